"""Names of what a model may compute in, for settings of processes that need no torch."""

from typing import Literal

DtypeName = Literal["auto", "bfloat16", "float16", "float32"]
