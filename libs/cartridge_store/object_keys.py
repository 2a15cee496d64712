"""Where a tenant's objects stand: everything of a tenant is under its own prefix."""


def tenant_prefix(tenant_id: str) -> str:
    return f"tenants/{tenant_id}/"


def corpus_prefix(tenant_id: str, corpus_id: str) -> str:
    """The documents of a corpus."""
    return f"{tenant_prefix(tenant_id)}corpora/{corpus_id}/"


def job_prefix(tenant_id: str, job_id: str) -> str:
    """What the stages of a job keep: the parsed corpus, conversations, checkpoints."""
    return f"{tenant_prefix(tenant_id)}jobs/{job_id}/"


def cartridge_key(tenant_id: str, digest: str) -> str:
    """A cartridge's file; equal files of a tenant are stored once."""
    return f"{tenant_prefix(tenant_id)}cartridges/{digest}.safetensors"
