"""What the trainer tells about a job while it runs: the data of its events, and of its progress column."""

from typing import Literal

from pydantic import BaseModel

from cartridge_core.recipe import LossWeighting

Stage = Literal["parse", "self_study", "baselines", "train", "evaluate", "compact", "publish"]


class StageEvent(BaseModel):
    """A stage began or ended; `seconds` counts this attempt alone."""

    stage: Stage
    status: Literal["started", "finished"]
    attempt: int
    seconds: float | None = None


class SynthesisProgress(BaseModel):
    """`reused` conversations of an earlier version of the corpus are not written again, and not among the others."""

    stage: Literal["self_study"] = "self_study"
    stream: Literal["train", "held_out"]
    conversations: int
    total: int
    reused: int = 0
    tokens_per_second: float
    eta_seconds: float | None


class StepProgress(BaseModel):
    """After a training step; see `cartridge_core.training.TrainingProgress`."""

    stage: Literal["train"] = "train"
    step: int
    steps: int
    loss: float
    tokens_per_second: float
    eta_seconds: float
    learning_rate: float
    tokens: int = 0
    seconds: float = 0.0
    validation_loss: float | None = None
    validated_step: int | None = None
    best_step: int | None = None
    end: str | None = None


class EvaluationProgress(BaseModel):
    """The system that is being scored: none, icl or cartridge."""

    stage: Literal["baselines", "evaluate"]
    system: str


class CompactionProgress(BaseModel):
    """Windows of the corpus that a preview has read."""

    stage: Literal["compact"] = "compact"
    windows: int
    total: int


class BaselineScores(BaseModel):
    """Of no context or ICL on held-out conversations, nats a token; `loss` is what training minimises."""

    loss: float
    log_perplexity: float


class BaselinesEvent(BaseModel):
    """What the cartridge is to be compared with. `weighting`: how tokens count in the losses, if it is as in training."""

    none: BaselineScores
    icl: BaselineScores
    weighting: LossWeighting | None


class ConversationSample(BaseModel):
    """A synthesized exchange, cut to a readable length."""

    shard: int
    chunk_index: int | None  # None: about nothing in the corpus
    kind: str
    question: str
    answer: str


LogLevel = Literal["info", "warning", "error"]
Progress = SynthesisProgress | StepProgress | EvaluationProgress | CompactionProgress


class Reuse(BaseModel):
    """What of the job that made a cartridge of an earlier version is used again, and what is written beside it.

    `corrections` are what that job had asked about chunks that are gone, read again with what is there now.
    """

    cartridge_id: str
    conversations: int
    corrections: int
    chunks_kept: int
    chunks_written: int

    @property
    def kept_share(self) -> float:
        """Of the present chunks."""
        return self.chunks_kept / max(1, self.chunks_kept + self.chunks_written)


class TrainingOutcome(BaseModel):
    """How training ended: after all `steps`, by `early_stop`, or by its `budget`, and which step's cartridge was taken.

    `validation_loss` is that cartridge's, nats a token; None where no conversations were kept for it.
    """

    end: str
    steps: int
    best_step: int
    validation_loss: float | None
    tokens: int
    seconds: float


class LogLine(BaseModel):
    level: LogLevel
    message: str


class Work(BaseModel):
    """Tokens processed and the seconds it took, over all attempts."""

    tokens: int = 0
    seconds: float = 0.0

    @property
    def tokens_per_second(self) -> float:
        return self.tokens / self.seconds if self.seconds else 0.0


class JobProgress(BaseModel):
    """The progress column: where the job stands, and what it has cost over all attempts.

    `failures` were unexpected, in `outages` something needed was away, `farewells` are attempts that gave the job back.
    """

    current: Progress | None = None
    seconds: dict[Stage, float] = {}
    synthesis: Work = Work()
    training: Work = Work()
    reuse: Reuse | None = None
    outcome: TrainingOutcome | None = None
    failures: int = 0
    outages: int = 0
    farewells: int = 0
