"""What the API returns, as frozen pydantic models. Fields that a newer server adds are ignored."""

from datetime import date, datetime
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

T = TypeVar("T")

JobState = Literal["queued", "running", "succeeded", "failed", "cancelled"]
TERMINAL_STATES: frozenset[str] = frozenset({"succeeded", "failed", "cancelled"})


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Page(_Answer, Generic[T]):
    """One page of a list; `next_cursor` asks for the next."""

    data: tuple[T, ...]
    has_more: bool = False
    next_cursor: str | None = None


class Corpus(_Answer):
    """Documents that one cartridge can be trained on."""

    id: str
    name: str
    version: int = 0
    documents: int = 0
    size_bytes: int = 0
    tokens: int | None = None
    pending: int = 0
    failed: int = 0
    created_at: datetime


class DocumentProblem(_Answer):
    """Why a file was refused."""

    code: str
    detail: str


class Document(_Answer):
    """One uploaded file: `uploading`, `checking`, then `ready` or `failed`; an archive becomes `expanded`."""

    id: str
    corpus_id: str
    name: str
    media_type: str
    status: str = "ready"
    error: DocumentProblem | None = None
    size_bytes: int
    sha256: str | None = None
    tokens: int | None = None
    archive_id: str | None = None
    added_in: int | None = None
    removed_in: int | None = None
    created_at: datetime

    @property
    def judged(self) -> bool:
        return self.status not in {"uploading", "checking"}


class CorpusVersion(_Answer):
    """What a corpus held after one change of it."""

    id: str
    corpus_id: str
    number: int
    documents: int
    size_bytes: int
    created_at: datetime


class Upload(_Answer):
    """A large file on its way in parts."""

    id: str
    corpus_id: str
    document_id: str
    name: str
    size_bytes: int
    part_bytes: int
    parts: int
    expires_at: datetime

    def place(self, number: int) -> tuple[int, int]:
        """Where a part begins in the file, and how many bytes it has."""
        offset = (number - 1) * self.part_bytes
        return offset, min(self.part_bytes, self.size_bytes - offset)


class Part(_Answer):
    """A part that has arrived."""

    number: int
    size_bytes: int
    etag: str


class PartList(_Answer):
    """The parts that have arrived."""

    data: tuple[Part, ...]


class PartUrl(_Answer):
    """Where one part can be put."""

    number: int
    url: str


class PartUrlList(_Answer):
    """Where parts can be put."""

    data: tuple[PartUrl, ...]


class StageProgress(_Answer):
    """How far the current stage is. Which fields are known depends on the stage."""

    stage: str
    conversations: int | None = None
    total: int | None = None
    step: int | None = None
    steps: int | None = None
    windows: int | None = None
    loss: float | None = None
    tokens_per_second: float | None = None
    eta_seconds: float | None = None
    system: str | None = None
    reused: int | None = None
    tokens: int | None = None
    validation_loss: float | None = None
    best_step: int | None = None


class Work(_Answer):
    """Tokens processed, and the seconds it took."""

    tokens: int = 0
    seconds: float = 0.0

    @property
    def tokens_per_second(self) -> float:
        return self.tokens / self.seconds if self.seconds else 0.0


class Reuse(_Answer):
    """What a job uses again of one that learned another version of its corpus."""

    cartridge_id: str
    conversations: int
    corrections: int
    chunks_kept: int
    chunks_written: int


class TrainingOutcome(_Answer):
    """Why training ended (`steps`, `early_stop`, `budget`), and after which step the cartridge was taken."""

    end: str
    steps: int
    best_step: int
    validation_loss: float | None = None


class JobProgress(_Answer):
    """Where a job stands, and what it has cost over all its attempts."""

    current: StageProgress | None = None
    seconds: dict[str, float] = {}
    synthesis: Work = Work()
    training: Work = Work()
    reuse: Reuse | None = None
    outcome: TrainingOutcome | None = None


class StageSeconds(_Answer):
    """`other`: all stages that are neither self-study nor training."""

    self_study: float
    train: float
    other: float


class MonthlySeconds(_Answer):
    """The quota of GPU seconds a month, before and after a job."""

    limit: int
    used: float
    after: float
    fits: bool


class JobEstimate(_Answer):
    """What a job takes at most; `based_on_jobs` finished ones have told how fast the deployment is."""

    corpus_tokens: int
    corpus_tokens_counted: bool
    synthesis_tokens: int
    training_tokens: int
    seconds: StageSeconds
    gpu_seconds: float
    based_on_jobs: int
    retrains: str | None = None
    month: MonthlySeconds


class TrainingJob(_Answer):
    """A training job as it stands now."""

    id: str
    corpus_id: str
    corpus_version: int | None = None
    initialize_from: str | None = None
    kind: str = "train"
    priority: str = "normal"
    name: str | None = None
    base_model: str
    state: JobState
    stage: str | None = None
    progress: JobProgress | None = None
    error_code: str | None = None
    error_detail: str | None = None
    cartridge_id: str | None = None
    recipe: dict[str, Any]
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def finished(self) -> bool:
        return self.state in TERMINAL_STATES


class JobEvent(_Answer):
    """Something that happened to a job; `seq` counts from 1 without holes."""

    seq: int
    type: str
    data: dict[str, Any]

    @property
    def terminal(self) -> bool:
        return self.type == "state" and self.data.get("state") in TERMINAL_STATES


class Cartridge(_Answer):
    """A trained cartridge, or a preview. `report` comes with a single cartridge, not in lists."""

    id: str
    corpus_id: str | None = None
    corpus_version: int | None = None
    job_id: str | None = None
    name: str | None = None
    digest: str
    size_bytes: int
    tokens: int
    base_model: str
    kind: str = "trained"
    status: Literal["ready", "needs_review"]
    report: dict[str, Any] | None = None
    created_at: datetime

    @property
    def is_preview(self) -> bool:
        """Whether it was compacted from the text without training."""
        return self.kind == "preview"


class Model(_Answer):
    """A name that `model` takes in a chat request."""

    id: str


class ChatMessage(_Answer):
    """One message of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


class _CachedTokens(_Answer):
    cached_tokens: int = 0


class Usage(_Answer):
    """Tokens of one answer. Cartridges count as cached prompt tokens; `selection_tokens` were read to choose among them."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    selection_tokens: int = 0
    prompt_tokens_details: _CachedTokens | None = None

    @property
    def cartridge_tokens(self) -> int:
        return 0 if self.prompt_tokens_details is None else self.prompt_tokens_details.cached_tokens


class _Choice(_Answer):
    message: ChatMessage
    finish_reason: str | None = None
    logprobs: dict[str, Any] | None = None


class Considered(_Answer):
    """A cartridge that `select="relevant"` chose from; `gain`: nats that it takes off the prompt's own words."""

    cartridge: str
    gain: float
    chosen: bool


class ChatCompletion(_Answer):
    """A whole answer; `cartridges` are those that stood before it, by their own ids.

    `selection`: with `select="relevant"`, all that were asked for, in order.
    """

    id: str
    model: str
    cartridges: tuple[str, ...] = ()
    selection: tuple[Considered, ...] | None = None
    choices: tuple[_Choice, ...]
    usage: Usage | None = None

    @property
    def text(self) -> str:
        return self.choices[0].message.content

    @property
    def finish_reason(self) -> str | None:
        return self.choices[0].finish_reason


class ChatDelta(_Answer):
    """A piece of a streamed answer. The last one may carry the usage and no text, the first the selection."""

    text: str = ""
    cartridges: tuple[str, ...] = ()
    selection: tuple[Considered, ...] | None = None
    finish_reason: str | None = None
    usage: Usage | None = None


class ApiKey(_Answer):
    """An API key without its text. `prefix` is what follows `ck_`."""

    id: str
    name: str
    prefix: str
    scopes: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    replaces: str | None = None


class NewApiKey(ApiKey):
    """An API key just made: `key` is its text, which the API never shows again."""

    key: str


class AuditEntry(_Answer):
    """One change: who did what to which thing."""

    id: str
    actor: str
    actor_id: str | None = None
    action: str
    target_id: str
    details: dict[str, Any]
    request_id: str | None = None
    created_at: datetime


class DayUsage(_Answer):
    """What was used of one kind on one day (UTC)."""

    day: date
    kind: str
    amount: float


class Quota(_Answer):
    """What may be used, and how much of it is, where that is known."""

    name: str
    limit: int
    used: float | None = None
