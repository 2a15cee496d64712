"""The public REST API: one folder per domain, all SQL in `cartridge_store`, no model in the process."""
