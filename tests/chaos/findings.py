"""What is not as it was promised."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["lost", "doubled", "stuck", "different", "failed", "orphan", "died", "broken_off"]


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was promised, and the faults that it may come of."""

    kind: Kind
    subject: str
    why: str
    faults: frozenset[str]
