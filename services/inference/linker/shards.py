"""Which KV heads of a model a tensor-parallel rank holds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class HeadShard:
    """Heads `first .. stop` of `heads`."""

    first: int
    stop: int
    heads: int

    @property
    def count(self) -> int:
        return self.stop - self.first


def shard_heads(heads: int, rank: int, ranks: int) -> HeadShard:
    """The KV heads of `rank`: an equal run each, or one shared by neighbours where ranks outnumber heads.

    As SGLang divides them. Raises `ValueError` where they do not divide.
    """
    if not 0 <= rank < ranks:
        raise ValueError(f"rank {rank} of {ranks}")
    if heads % ranks == 0:
        each = heads // ranks
        return HeadShard(rank * each, (rank + 1) * each, heads)
    if ranks % heads == 0:
        first = rank * heads // ranks
        return HeadShard(first, first + 1, heads)
    raise ValueError(f"{heads} KV heads cannot be divided among {ranks} tensor-parallel ranks")
