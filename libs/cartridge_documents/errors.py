"""Why a file cannot become a document. The sentence says what its owner can do; it quotes nothing of the file."""


class DocumentError(Exception):
    """Base of all refusals of a file. `code` is stable and machine readable, `title` is for people."""

    code = "document_refused"
    title = "Document refused"


class DocumentTypeError(DocumentError):
    """By its name the file is of no kind that is read here."""

    code = "document_type_unsupported"
    title = "Unsupported document type"


class DocumentEmptyError(DocumentError):
    """The file holds no text."""

    code = "document_empty"
    title = "Empty document"


class DocumentNotTextError(DocumentError):
    """The file is binary, or in no charset that could be told."""

    code = "document_not_text"
    title = "Not a text"


class DocumentUnreadableError(DocumentError):
    """The file is damaged, or not what its name says."""

    code = "document_unreadable"
    title = "Unreadable document"


class DocumentEncryptedError(DocumentError):
    """The file opens with a password alone."""

    code = "document_encrypted"
    title = "Encrypted document"


class DocumentTooComplexError(DocumentError):
    """Reading the file takes more time or memory than a document may."""

    code = "document_too_complex"
    title = "Document too complex"


class DocumentTooLargeError(DocumentError):
    """The file, or its text, has more bytes than a document may."""

    code = "document_too_large"
    title = "Document too large"


class DocumentDigestError(DocumentError):
    """What arrived is not what was sent."""

    code = "document_digest_mismatch"
    title = "Digest mismatch"


class DocumentUncheckedError(DocumentError):
    """The file could not be checked, for no fault of its own that is known."""

    code = "document_check_failed"
    title = "Check failed"


class ArchiveUnreadableError(DocumentError):
    """The archive is damaged, or not what its name says."""

    code = "archive_unreadable"
    title = "Unreadable archive"


class ArchiveTooLargeError(DocumentError):
    """The archive unpacks to more bytes than allowed."""

    code = "archive_too_large"
    title = "Archive too large"


class ArchiveTooManyEntriesError(DocumentError):
    """The archive holds more entries than allowed."""

    code = "archive_too_many_entries"
    title = "Too many entries"


class EntryPathError(DocumentError):
    """The entry's path leads out of the archive."""

    code = "entry_path_unsafe"
    title = "Unsafe path"


class EntryNotAFileError(DocumentError):
    """The entry is a link, a device or something else that is no file."""

    code = "entry_not_a_file"
    title = "Not a file"


class EntryNestedError(DocumentError):
    """The entry is an archive itself."""

    code = "entry_nested_archive"
    title = "Archive in an archive"


class EntryBombError(DocumentError):
    """The entry unpacks to far more than documents do."""

    code = "entry_ratio_suspicious"
    title = "Suspicious compression"
