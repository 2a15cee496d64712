"""Where a tenant's objects stand: everything of a tenant is under its own prefix."""

PARSED_CORPUS = "parsed.json"


def tenant_prefix(tenant_id: str) -> str:
    return f"tenants/{tenant_id}/"


def text_key(tenant_id: str, digest: str) -> str:
    """A document's text; equal texts of a tenant are stored once."""
    return f"{tenant_prefix(tenant_id)}documents/{digest}"


def upload_key(tenant_id: str, document_id: str) -> str:
    """A file as it came, until its text is kept."""
    return f"{tenant_prefix(tenant_id)}uploads/{document_id}"


def job_prefix(tenant_id: str, job_id: str) -> str:
    """What the stages of a job keep: the parsed corpus, conversations, checkpoints."""
    return f"{tenant_prefix(tenant_id)}jobs/{job_id}/"


def parsed_corpus_key(tenant_id: str, job_id: str) -> str:
    """The texts that a job learned, as its first stage read them."""
    return f"{job_prefix(tenant_id, job_id)}{PARSED_CORPUS}"


def cartridge_key(tenant_id: str, digest: str) -> str:
    """A cartridge's file; equal files of a tenant are stored once."""
    return f"{tenant_prefix(tenant_id)}cartridges/{digest}.safetensors"
