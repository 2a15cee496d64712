"""Text out of documents that are no plain text: in a process of its own, for a document may be made to hang its reader."""
