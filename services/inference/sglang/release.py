"""The one place that says which SGLang this is made for; its requirements are in the file beside this one."""

from pathlib import Path

SGLANG_VERSION = "0.5.23"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
