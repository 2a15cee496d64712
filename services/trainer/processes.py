"""Further processes that train with this one: started for one training, on a device each, and gone with it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog
import torch
import torch.distributed as dist

from cartridge_core.batching import Batch
from cartridge_core.data_parallel import FollowerFailedError, LeadingGradients
from cartridge_core.models import Model, PrefixKV

READY = b"ready\n"
# After this long a collective is given up: somebody hangs, and the attempt is tried again.
STEP_TIMEOUT = timedelta(minutes=10)
_LEAVE_SECONDS = 10.0

log = structlog.get_logger(__name__)


def how_many(asked: int | None, device: str) -> int:
    """Processes that train one cartridge: as many as `asked`, by default one for each visible GPU.

    A device that is named by number, or the CPU, is one.
    """
    if asked is not None:
        return asked
    return torch.cuda.device_count() if device in {"auto", "cuda"} and torch.cuda.is_available() else 1


class _WatchedGradients:
    """`LeadingGradients` that look whether the others are still there before they wait for them."""

    def __init__(self, leading: LeadingGradients, followers: list[subprocess.Popen[bytes]]) -> None:
        self._leading = leading
        self._followers = followers

    def backward(self, prefix: PrefixKV, batch: Batch, share: float) -> float:
        for rank, follower in enumerate(self._followers, start=1):
            if follower.poll() is not None:
                raise FollowerFailedError(f"process {rank} ended with status {follower.returncode}")
        return self._leading.backward(prefix, batch, share)


@contextmanager
def leading(model: Model, model_path: Path, count: int) -> Iterator[_WatchedGradients]:
    """The gradients of this process as the first of `count`. Raises `FollowerFailedError` where another does not start."""
    with ExitStack() as stack:
        directory = stack.enter_context(TemporaryDirectory(prefix="rendezvous-"))
        rendezvous = Path(directory) / "store"
        followers = [
            stack.enter_context(_follower(model, model_path, rendezvous, rank, count))
            for rank in range(1, count)
        ]
        for rank, follower in enumerate(followers, start=1):
            if follower.stdout is None or follower.stdout.readline() != READY:
                raise FollowerFailedError(f"process {rank} did not start; its log has the reason")
        stack.enter_context(membership(rendezvous, model.device, rank=0, count=count))
        log.info("training_together", processes=count, device=str(model.device))
        gradients = LeadingGradients(model)
        yield _WatchedGradients(gradients, followers)
        gradients.end()


@contextmanager
def membership(rendezvous: Path, device: torch.device, *, rank: int, count: int) -> Iterator[None]:
    """Being `rank` of the process group that meets at the file `rendezvous`: nccl between GPUs, gloo between CPUs.

    A process that exits without having left may be aborted by gloo's threads, whatever it exits for.
    """
    # All are on this machine: nothing is to be asked of its other networks.
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    os.environ.setdefault("NCCL_SOCKET_IFNAME", "lo")
    on_gpu = device.type == "cuda"
    if on_gpu:
        torch.cuda.set_device(device)
    dist.init_process_group(
        "nccl" if on_gpu else "gloo",
        init_method=f"file://{rendezvous}",
        rank=rank,
        world_size=count,
        timeout=STEP_TIMEOUT,
    )
    try:
        yield
    finally:
        dist.destroy_process_group()


@contextmanager
def _follower(
    model: Model, model_path: Path, rendezvous: Path, rank: int, count: int
) -> Iterator[subprocess.Popen[bytes]]:
    device = f"cuda:{rank}" if model.device.type == "cuda" else "cpu"
    dtype = str(model.dtype).removeprefix("torch.")
    command = (
        sys.executable, "-m", "services.trainer.follower",
        str(model_path), device, dtype, str(rendezvous), str(rank), str(count),
    )  # fmt: skip
    # Its standard input is never written to: it ends with this process, and the other one by that.
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - our own command
    try:
        yield process
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(_LEAVE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
