"""What the pod agent and a linker say to each other: one JSON object a line, a reply to each, over a Unix socket.

The linker of every tensor-parallel rank listens on a socket of its own in one directory.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

# A request id says which composition a request must find, so that the linker can tell a request that lacks its
# cartridge from one that has none.
_CARTRIDGE_REQUEST = "cartridges"
_PLAIN_REQUEST = "plain"


def socket_path(directory: Path, rank: int) -> Path:
    """Where the linker of tensor-parallel rank `rank` listens."""
    return directory / f"linker-{rank}.sock"


def request_id(composition: str | None, unique: str) -> str:
    """The id of a request to SGLang that needs `composition`, or none."""
    return (
        f"{_PLAIN_REQUEST}:{unique}"
        if composition is None
        else f"{_CARTRIDGE_REQUEST}:{composition}:{unique}"
    )


def composition_of(rid: str) -> str | None:
    """The composition that a request needs, by its id; None for a request without cartridges."""
    kind, _, rest = rid.partition(":")
    return rest.partition(":")[0] if kind == _CARTRIDGE_REQUEST else None


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CartridgeFile(_Message):
    """A verified cartridge file on the pod's disk; its digest is its name everywhere else."""

    digest: str
    path: str
    size_bytes: int = Field(ge=1, description="Bytes of keys and values.")


class Segment(_Message):
    """Columns of one cartridge, keys moved by `distance` positions (see `cartridge_core.composition`)."""

    digest: str
    start: int = Field(ge=0)
    tokens: int = Field(ge=1)
    distance: int


class Hello(_Message):
    """Ask who listens."""

    op: Literal["hello"] = "hello"


class Hold(_Message):
    """Make a composition known and keep its cartridges in host memory until the `release` of request `rid`.

    `token_ids` are the placeholders that stand for it in SGLang, one a column; with `extra_key` and `cache_salt` they
    name its pages.
    """

    op: Literal["hold"] = "hold"
    rid: str
    composition: str
    token_ids: list[int]
    extra_key: str
    cache_salt: str
    files: list[CartridgeFile]
    segments: list[Segment]
    inverse_frequencies: list[float]


class Release(_Message):
    op: Literal["release"] = "release"
    rid: str


class Confirm(_Message):
    """Ask whether request `rid`, which holds its composition, has been answered with it and nothing in its stead."""

    op: Literal["confirm"] = "confirm"
    rid: str


class Pin(_Message):
    """Keep a cartridge in host memory whatever else wants room there, or no longer."""

    op: Literal["pin"] = "pin"
    file: CartridgeFile
    pinned: bool


class Drop(_Message):
    """Forget a cartridge: its bytes in host memory and every composition with it that nobody holds."""

    op: Literal["drop"] = "drop"
    digest: str


class Residents(_Message):
    """Ask what is in host memory."""

    op: Literal["residents"] = "residents"


Request = Hello | Hold | Release | Confirm | Pin | Drop | Residents
_REQUEST: TypeAdapter[Request] = TypeAdapter(Annotated[Request, Field(discriminator="op")])


def parse_request(line: bytes) -> Request:
    """The request in a line. Raises `pydantic.ValidationError`."""
    return _REQUEST.validate_json(line)


class Pool(_Message):
    """The device pool of one rank, as the linker found it."""

    page_size: int
    slots: int
    layers: int
    kv_heads: int = Field(description="Of the whole model, not of the rank.")
    head_dim: int
    dtype: str
    device: str


class HelloReply(_Message):
    """`instance` is new with every start of SGLang."""

    instance: str
    rank: int
    ranks: int
    pool: Pool


class HoldReply(_Message):
    """`from_disk`: digests that were not in host memory and have been read, in so many seconds.

    `on_device`: as far as is known, the device holds the whole composition.
    """

    from_disk: list[str]
    seconds: float
    on_device: bool


class Done(_Message):
    done: bool = True


class ConfirmReply(_Message):
    intact: bool


class Resident(_Message):
    digest: str
    size_bytes: int
    holders: int
    pinned: bool
    last_used: float = Field(description="Seconds since the epoch.")


class ResidentsReply(_Message):
    residents: list[Resident]
    compositions: int
    used_bytes: int
    evictions: int = Field(description="From host memory, since the start.")
    loads: int = Field(description="Into the device pool, since the start.")
    failed_loads: int = Field(description="Loads whose requests were aborted, since the start.")
    loaded_bytes: int = Field(description="Into the device pool, since the start.")


class Failure(_Message):
    """`code`: host_full, too_large, unreadable, not_held, invalid or internal; `detail` says more."""

    code: str
    detail: str


class Reply(BaseModel):
    """The envelope of a reply: one of the two is there."""

    result: dict[str, object] | None = None
    failure: Failure | None = None
