"""Stopping a training run by its loss on conversations that it does not train on.

The decision depends on the losses measured so far and on nothing else, so a run that goes on from a checkpoint with
them decides as the run that was cut off would have.
"""

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict


class ValidationPoint(BaseModel):
    """The loss on the validation conversations after `step` optimizer steps, nats a token."""

    model_config = ConfigDict(frozen=True)

    step: int
    loss: float


class EarlyStopping:
    """The losses measured so far, the best of them, and whether it is long enough ago."""

    def __init__(self, patience: int | None) -> None:
        """`patience`: measurements after the best one at which training is given up; None: never."""
        self._patience = patience
        self.points: list[ValidationPoint] = []
        self.best: ValidationPoint | None = None
        self._since_best = 0

    def note(self, point: ValidationPoint) -> bool:
        """Take a measurement in; whether it is the best so far."""
        self.points.append(point)
        if self.best is None or point.loss < self.best.loss:
            self.best = point
            self._since_best = 0
            return True
        self._since_best += 1
        return False

    def replay(self, points: Iterable[ValidationPoint]) -> None:
        """Take in what an interrupted run had measured."""
        for point in points:
            self.note(point)

    @property
    def exhausted(self) -> bool:
        """Whether as many measurements as the patience allows have brought no new best."""
        return self._patience is not None and self._since_best >= self._patience
