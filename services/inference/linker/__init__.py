"""Cartridges inside SGLang: the plugin that its scheduler loads, and what the plugin is made of.

Everything here but `protocol` runs in SGLang's process and environment, and needs only what is there: torch,
safetensors, pydantic, and `cartridge_core.rotation`.
"""
