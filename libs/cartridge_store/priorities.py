"""How urgent a job is to its tenant: it comes before the tenant's other jobs, and before nobody else's."""

from enum import StrEnum


class Priority(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"

    @property
    def rank(self) -> int:
        """As it is stored; the highest comes first."""
        return _RANKS[self]

    @classmethod
    def of_rank(cls, rank: int) -> "Priority":
        return next(priority for priority, known in _RANKS.items() if known == rank)


_RANKS = {Priority.LOW: -1, Priority.NORMAL: 0, Priority.HIGH: 1}
