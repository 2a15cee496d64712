"""Bodies of what a job has told: its stages, its loss, its events and its conversations."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from cartridge_store.db.repositories.job_events import CurvePoint
from cartridge_store.db.repositories.studies import Stream
from cartridge_store.db.tables import JobEvent, StudiedChunk, StudiedConversation

TrainingEnd = Literal["steps", "early_stop", "budget"]
EventType = Literal["state", "stage", "progress", "baselines", "conversation", "log"]


class StageOut(BaseModel):
    """A stage of one attempt."""

    stage: str = Field(description="parse, self_study, baselines, train, evaluate or publish.")
    attempt: int
    status: Literal["running", "finished", "interrupted"] = Field(
        description="`interrupted`: the attempt ended in it; a later one goes on from what was kept."
    )
    started_at: datetime
    finished_at: datetime | None = None
    seconds: float | None = None


class WorkOut(BaseModel):
    """Tokens, and the seconds that they took, of all workers together."""

    tokens: int = 0
    seconds: float = 0.0


class ReuseOut(BaseModel):
    """What was learned before: conversations about chunks that stayed are used again, answers about others corrected."""

    cartridge_id: str
    conversations: int
    corrections: int
    chunks_kept: int
    chunks_written: int


class CostOut(BaseModel):
    """What the job has taken so far."""

    gpu_seconds: float = Field(description="In which it held workers: what counts against the quota.")
    synthesis: WorkOut = Field(description="What self-study wrote and read.")
    training: WorkOut


class StagesOut(BaseModel):
    """The stages in the order they began, those of earlier attempts included."""

    object: Literal["list"] = "list"
    data: list[StageOut]
    eta_seconds: float | None = Field(description="Until the present stage ends, at its present speed.")
    reuse: ReuseOut | None = Field(description="Null where everything was made for this job.")
    cost: CostOut


class LossPointOut(BaseModel):
    """Several steps in one: those after the point before, up to `step`."""

    step: int
    loss: float = Field(description="Mean, nats a token.")
    least: float
    largest: float
    tokens_per_second: float
    learning_rate: float

    @classmethod
    def of(cls, point: CurvePoint) -> "LossPointOut":
        return cls(
            step=point.step,
            loss=point.loss,
            least=point.least,
            largest=point.largest,
            tokens_per_second=point.tokens_per_second,
            learning_rate=point.learning_rate,
        )


class BaselinesOut(BaseModel):
    """The same loss on held-out conversations without a cartridge, nats a token."""

    no_context: float = Field(description="Of the model alone: a cartridge under this level has learned.")
    icl: float = Field(description="With the text itself before the model: what a cartridge strives for.")


class ValidationPointOut(BaseModel):
    """The loss on conversations that are kept from training, to stop it by; those of the evaluation are others."""

    step: int
    loss: float = Field(description="Mean, nats a token.")


class LossCurveOut(BaseModel):
    """The training loss by step, with the levels to compare it with."""

    object: Literal["loss_curve"] = "loss_curve"
    steps: int = Field(description="Steps that the recipe asks for.")
    points: list[LossPointOut]
    validation: list[ValidationPointOut] = Field(description="Step 0 is the cartridge before training.")
    best_step: int | None = Field(description="Where the validation loss was least: that cartridge is taken.")
    end: TrainingEnd | None = Field(
        description="Why training ended: its steps were made, no better loss came for so long as the recipe says, or its "
        "budget of tokens or seconds was used up. Null until then."
    )
    baselines: BaselinesOut | None = Field(
        description="Null until they are measured, and where the recipe's loss is another than theirs."
    )


class JobEventOut(BaseModel):
    """An event as it stands in the stream of events, with the time it was written."""

    object: Literal["training_job.event"] = "training_job.event"
    seq: int = Field(description="The `id` of the event in the stream.")
    type: str
    data: dict[str, Any]
    created_at: datetime

    @classmethod
    def of(cls, row: JobEvent) -> "JobEventOut":
        return cls(seq=row.seq, type=row.type, data=row.data, created_at=row.created_at)


class ChunkOut(BaseModel):
    """A piece of the corpus that was shown to the model."""

    index: int
    document: str = Field(description="The document it begins in.")
    position: int = Field(description="Characters of the document's text before it.")
    text: str


class ConversationOut(BaseModel):
    """A synthesized question and its answer, with the chunk that both are about."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "object": "training_job.conversation",
                "id": "cnv_01j9z3k4m5n6p7q8r9s0t1v2w3",
                "stream": "train",
                "kind": "question",
                "question": "Who led the project after its founder?",
                "answer": "Bruce Perens led it from 1996.",
                "chunk": {"index": 3, "document": "history.txt", "position": 4210, "text": "In 1996 ..."},
                "created_at": "2026-11-24T09:02:00Z",
            }
        }
    )

    object: Literal["training_job.conversation"] = "training_job.conversation"
    id: str
    stream: Stream = Field(description="`held_out` ones are never trained on; quality is measured with them.")
    kind: str = Field(description="What it came from: a kind of seed prompt, or for example a recitation.")
    question: str
    answer: str
    chunk: ChunkOut | None = Field(description="Null where it is about nothing in the corpus.")
    created_at: datetime

    @classmethod
    def of(cls, row: StudiedConversation, chunk: StudiedChunk | None) -> "ConversationOut":
        return cls(
            id=row.id,
            stream="train" if row.stream == "train" else "held_out",
            kind=row.kind,
            question=row.question,
            answer=row.answer,
            chunk=None
            if chunk is None
            else ChunkOut(
                index=chunk.index, document=chunk.document, position=chunk.position, text=chunk.text
            ),
            created_at=row.created_at,
        )
