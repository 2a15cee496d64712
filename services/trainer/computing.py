"""How a worker's jobs compute: each by itself, several together, or one over several processes; and who decodes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cartridge_core.computing_thread import ComputingThread, SharedModel
from cartridge_core.decoding import Decoder
from cartridge_core.gradients import Gradients
from cartridge_core.joint_decoding import JointDecoding
from cartridge_core.joint_steps import JointSteps
from cartridge_core.models import Model
from services.trainer.processes import leading
from services.trainer.synthesis_endpoint import SynthesisEndpoint

# What jobs that train together may have in one forward and backward, in padded tokens: reading the weights is no longer
# what it costs by then, and more would have to be computed twice for want of memory (`Model.kept_bytes`).
JOINT_TOKENS = 2048
# Rows that jobs decode together. Beyond it a row costs what it costs, for weights are read for many already.
JOINT_ROWS = 64


class _Together:
    """What jobs at work at the same time in one process share: the thread that computes, and places where they meet."""

    def __init__(self, base: Model) -> None:
        computing = ComputingThread()
        self.model = SharedModel(base, computing)
        self.decoding = JointDecoding(self.model, JOINT_ROWS, computing)
        self.steps = JointSteps(self.model, JOINT_TOKENS, computing)


@dataclass
class Computing:
    """What the jobs of one worker compute with. By default each has the model for itself, in this process alone.

    `jobs_at_once`: how many small jobs the worker takes together. `processes`: how many train one cartridge, this one
    among them, each with the model of `model_path`; the two exclude each other. `endpoint` decodes for self-study instead
    of the model.
    """

    jobs_at_once: int = 1
    processes: int = 1
    model_path: Path | None = None
    endpoint: SynthesisEndpoint | None = None
    _made: dict[int, _Together] = field(default_factory=dict)
    _making: threading.Lock = field(default_factory=threading.Lock)

    def model(self, base: Model) -> Model:
        """The worker's base model as a job is given it."""
        return base if self.jobs_at_once == 1 else self._together(base).model

    def decoder(self, base: Model, job_id: str) -> Decoder | None:
        """Who decodes for a job's self-study; None: the job's own thread."""
        if self.endpoint is not None:
            return self.endpoint.decoder(self.model(base), job_id)
        return None if self.jobs_at_once == 1 else self._together(base).decoding

    @contextmanager
    def gradients(self, base: Model) -> Iterator[Gradients | None]:
        """Who computes the gradients of one training; None: its own thread. Raises `FollowerFailedError`."""
        if self.processes > 1 and self.model_path is not None:
            with leading(base, self.model_path, self.processes) as gradients:
                yield gradients
        elif self.jobs_at_once > 1:
            with self._together(base).steps.joined() as joint:
                yield joint
        else:
            yield None

    def _together(self, base: Model) -> _Together:
        """One for each base model; a shared model has its own base's."""
        with self._making:
            for made in self._made.values():
                if made.model is base:
                    return made
            return self._made.setdefault(id(base), _Together(base))
