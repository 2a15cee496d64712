"""Texts that workers write, made storable: a model may sample any character, and Postgres refuses some.

Requests are not cleaned like this: whoever sends such a text is told so. Numbers that JSON cannot say are not
touched either: a loss that is not finite is a failure to hear of.
"""

import re
from collections.abc import Mapping
from typing import Any

_REFUSED = re.compile("[\0\ud800-\udfff]")


def storable_text(text: str) -> str:
    """`text` with U+FFFD in the place of NUL and of lone surrogates."""
    return _REFUSED.sub("\N{REPLACEMENT CHARACTER}", text)


def storable_json(data: Mapping[str, Any]) -> dict[str, Any]:
    """`data` with every text storable."""
    return {storable_text(name): _storable(value) for name, value in data.items()}


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, Mapping):
        return storable_json(value)
    if isinstance(value, list | tuple):
        return [_storable(item) for item in value]
    return value
