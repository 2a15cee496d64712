"""`python -m services.trainer.follower ...`: a process that computes its part of another one's training steps.

Started by `services.trainer.processes`, on the same machine. It knows of no job: prefix and rows come with each step.
"""

import os
import sys
import threading
from pathlib import Path

import torch

from cartridge_core.data_parallel import follow
from cartridge_core.models import load_model
from cartridge_web.logs import configure_logging
from services.trainer.processes import READY, membership


def main() -> None:
    # Standard output is a pipe that says one word; logs go where the other process's errors go.
    word = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    configure_logging("trainer")
    model_path, device, dtype, rendezvous, rank, count = sys.argv[1:]
    threading.Thread(target=_end_with_the_other, daemon=True).start()
    model = load_model(Path(model_path), dtype=getattr(torch, dtype), device=device)
    word.write(READY)
    word.close()
    with membership(Path(rendezvous), model.device, rank=int(rank), count=int(count)):
        follow(model)


def _end_with_the_other() -> None:
    """The process that leads holds the other end of standard input, dead or alive."""
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    main()
