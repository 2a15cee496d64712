"""The recipe of one training job: everything that decides what cartridge comes out, and nothing else.

Free of torch, so the api validates recipes and documents every setting from these models.
"""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SeedPromptKind(StrEnum):
    """The five kinds of seed prompt of self-study (arXiv 2506.06266, section 4.1)."""

    STRUCTURING = "structuring"
    SUMMARIZATION = "summarization"
    QUESTION = "question"
    USE_CASE = "use_case"
    CREATIVE = "creative"


class ConversationKind(StrEnum):
    """What a synthesized conversation came from.

    A seed prompt of that kind; a ready-made request about a chunk's subject (generic); a question that the model
    wrote for a given span; the corpus's own words (recitation); a request that no corpus answers (general); or what an
    earlier version of the corpus was asked, read with the present one (correction).
    """

    STRUCTURING = "structuring"
    SUMMARIZATION = "summarization"
    QUESTION = "question"
    USE_CASE = "use_case"
    CREATIVE = "creative"
    GENERIC = "generic"
    SPAN_QUESTION = "span_question"
    RECITATION = "recitation"
    GENERAL = "general"
    CORRECTION = "correction"


class RecitationKind(StrEnum):
    """How recitations are made: drawn at random from chunks, or one for every fact of the corpus before any comes again."""

    DRAWN = "drawn"
    FACTS = "facts"


class Initialization(StrEnum):
    """Where the keys and values of a cartridge start from."""

    ATTENTION_MATCHING = "attention_matching"
    FIRST_TOKENS = "first_tokens"
    SAMPLED_CHUNKS = "sampled_chunks"
    TEXT = "text"
    RANDOM = "random"


class Objective(StrEnum):
    """What training minimises."""

    CONTEXT_DISTILLATION = "context_distillation"
    NEXT_TOKEN = "next_token"  # noqa: S105 - an objective's name


class LossWeighting(StrEnum):
    """How much each answer token of a conversation counts in context distillation."""

    CONTEXT_GAIN = "context_gain"
    UNIFORM = "uniform"


class TrainedPart(StrEnum):
    """What of the prefix moves in training."""

    BOTH = "both"
    KEYS = "keys"
    VALUES = "values"


class InitializationSettings(_Settings):
    kind: Initialization = Field(
        Initialization.ATTENTION_MATCHING,
        description="The corpus's KV compacted in closed form (attention_matching), KV of its first tokens, of sampled "
        "chunks, of a given text, or random vectors.",
    )
    reference_rows: int = Field(
        256, ge=1, le=100_000, description="Rows whose queries attention_matching serves."
    )
    ridge: float = Field(
        1e-3, gt=0, le=1e3, description="How strongly attention_matching holds values to the model's own."
    )
    text: str | None = Field(None, max_length=200_000, description="The text whose KV to take, for `text`.")
    freeze_first_token: bool = Field(
        True, description="Keep the first position, the attention sink, as the model made it."
    )

    @model_validator(mode="after")
    def _text_goes_with_its_kind(self) -> Self:
        if (self.kind is Initialization.TEXT) != (self.text is not None):
            raise ValueError("give initialization.text exactly when initialization.kind is 'text'")
        return self


class SelfStudySettings(_Settings):
    conversations: int = Field(
        512, ge=0, le=1_000_000, description="How many conversations the two agents hold."
    )
    generic_answers: int = Field(
        256,
        ge=0,
        le=1_000_000,
        description="How many answers are written to ready-made requests about a chunk.",
    )
    span_questions: int = Field(
        0,
        ge=0,
        le=1_000_000,
        description="How many questions are written for given spans; kept where the teacher answers with the span.",
    )
    recitations: int = Field(
        1536, ge=0, le=1_000_000, description="How many answers are read from the corpus instead of written."
    )
    general_answers: int = Field(
        384,
        ge=0,
        le=1_000_000,
        description="How many requests that have nothing to do with the corpus the model answers without it, so that the "
        "cartridge leaves such answers alone.",
    )
    recitation_kind: RecitationKind = Field(
        RecitationKind.FACTS,
        description="Random sentences, gaps and names, answered by the bare words; or every fact of the corpus in turn, "
        "answered as a reply.",
    )
    min_teacher_logprob: float = Field(
        -8.0,
        le=0,
        description="A recitation that the teacher finds less likely (mean nats a token) is left out.",
    )
    verbatim_share: float = Field(
        0.5,
        ge=0,
        le=1,
        description="How much of a recitation's target is the corpus's own word; the rest is what the teacher expects.",
    )
    one_paragraph: bool = Field(True, description="Show the teacher one paragraph at a time.")
    chunk_min_tokens: int = Field(48, ge=8, le=100_000, description="Smallest chunk shown to the teacher.")
    chunk_max_tokens: int = Field(256, ge=16, le=100_000, description="Largest chunk shown to the teacher.")
    seed_prompt_kinds: tuple[SeedPromptKind, ...] = Field(
        tuple(SeedPromptKind), min_length=1, description="Kinds of seed prompt, drawn evenly."
    )
    question_max_tokens: int = Field(
        48, ge=4, le=2048, description="Longest question the first agent writes."
    )
    answer_max_tokens: int = Field(64, ge=4, le=4096, description="Longest answer the second agent writes.")
    question_temperature: float = Field(
        0.8,
        ge=0,
        le=2,
        description="How freely questions are sampled: more gives more variety and more nonsense.",
    )
    answer_temperature: float = Field(
        0.3, ge=0, le=2, description="How freely answers are sampled; low keeps them to the text."
    )
    generic_temperature: float = Field(
        0.8, ge=0, le=2, description="How freely answers to ready-made requests are sampled."
    )
    top_k: int = Field(20, ge=1, le=256, description="Teacher log-probabilities kept at each answer token.")
    batch_rows: int = Field(64, ge=1, le=1024, description="Conversations decoded at once.")
    shard_conversations: int = Field(128, ge=1, le=100_000, description="Conversations a stored shard holds.")

    @property
    def total(self) -> int:
        """Conversations of all sorts asked for; fewer come out, unusable ones are left out."""
        return self.about_corpus + self.general_answers

    @property
    def about_corpus(self) -> int:
        """Those of them that teach the corpus."""
        return self.conversations + self.generic_answers + self.span_questions + self.recitations

    @model_validator(mode="after")
    def _chunk_sizes_are_ordered(self) -> Self:
        if self.chunk_min_tokens > self.chunk_max_tokens:
            raise ValueError("self_study.chunk_min_tokens must not exceed self_study.chunk_max_tokens")
        if self.about_corpus == 0:
            raise ValueError(
                "self_study.conversations, generic_answers, span_questions and recitations must not all be 0"
            )
        return self


class TrainingSettings(_Settings):
    objective: Objective = Field(
        Objective.CONTEXT_DISTILLATION,
        description="Give the answers that the model gives with the text before it (context_distillation), or predict the "
        "text itself (next_token).",
    )
    trained: TrainedPart = Field(
        TrainedPart.BOTH,
        description="Whether keys, values or both move; what does not stays as it was initialized.",
    )
    weighting: LossWeighting = Field(
        LossWeighting.CONTEXT_GAIN,
        description="Answer tokens count by what the chunk changes about them, KL(teacher || no context), or alike.",
    )
    weight_cap: float = Field(4.0, gt=0, description="Largest context gain that counts, nats.")
    weight_floor: float = Field(0.1, ge=0, description="Added to every token's context gain.")
    steps: int = Field(1000, ge=1, le=1_000_000, description="Optimizer steps, at most.")
    budget_tokens: int | None = Field(
        None,
        ge=1,
        le=10**12,
        description="Training ends after so many tokens, and the step size falls by their share.",
    )
    budget_seconds: float | None = Field(
        None,
        gt=0,
        le=10**8,
        description="Training ends after so many seconds of it, and the step size falls by their share.",
    )
    learning_rate: float = Field(
        0.02, gt=0, le=1, description="Peak step size, relative to the RMS of each layer's keys and values."
    )
    warmup_steps: int = Field(20, ge=0, description="Steps over which the step size rises to its peak.")
    final_learning_rate_share: float = Field(0.05, ge=0, le=1, description="Where the cosine schedule ends.")
    batch_tokens: int = Field(512, ge=16, le=1_000_000, description="Padded tokens in one forward pass.")
    accumulation: int = Field(1, ge=1, le=1024, description="Forward passes per optimizer step.")
    gradient_clip: float = Field(1.0, gt=0, description="Largest global gradient norm.")
    max_row_tokens: int = Field(512, ge=16, le=100_000, description="Longer conversations are cut here.")
    checkpoint_every: int = Field(50, ge=1, description="Steps between checkpoints.")
    validation_conversations: int = Field(
        32,
        ge=0,
        le=10_000,
        description="Synthesized apart, never trained on and not those that quality is measured with: the cartridge with "
        "the least loss on them is the one that is taken. 0: the last one.",
    )
    validate_every: int = Field(25, ge=1, description="Steps between two losses on them.")
    patience: int = Field(
        4, ge=0, description="Training ends after so many such losses without a new least one; 0: never."
    )


class RetrainingSettings(_Settings):
    """How training goes where it starts from the cartridge of an earlier version of its corpus."""

    from_previous: bool = Field(
        True,
        description="Start from the newest cartridge of another version of the corpus, of the same model and size, where "
        "most of the corpus is still there, and use its conversations again. False: train afresh.",
    )
    steps_share: float = Field(
        0.4, gt=0, le=1, description="Share of training's steps and budget: what has not changed is known."
    )
    learning_rate_share: float = Field(1.0, gt=0, le=1, description="Share of training.learning_rate.")
    new_share: float = Field(
        0.5,
        gt=0,
        lt=1,
        description="At least this share of what is trained on is about what is new; the rest repeats what has not "
        "changed.",
    )
    weigh_news: bool = Field(
        True,
        description="Each answer token about what is new counts by how far the earlier cartridge is from the teacher there, so "
        "that what has changed is learned first; training's weight_cap and weight_floor limit it. What is kept counts by "
        "its context gain, also where training.weighting is uniform. False: all of it counts as in training afresh.",
    )
    corrections: bool = Field(
        True,
        description="Train on what the earlier version was asked about what is gone, answered by what stands there now.",
    )


class EvaluationQuestion(_Settings):
    """A held-out question about the corpus, with its answer and options of the same kind."""

    question: Annotated[str, Field(min_length=1, max_length=2000)]
    answer: Annotated[str, Field(min_length=1, max_length=2000)]
    distractors: tuple[Annotated[str, Field(min_length=1, max_length=2000)], ...] = Field((), max_length=15)


class EvaluationSettings(_Settings):
    held_out_conversations: int = Field(
        32, ge=1, le=10_000, description="Synthesized apart, never trained on."
    )
    questions: tuple[EvaluationQuestion, ...] = Field(
        (), max_length=500, description="Your own questions with known answers, to be measured by as well."
    )
    min_gap_closed: float = Field(
        0.0, ge=0, le=1, description="A cartridge that closes less of the gap is published as needs_review."
    )


class Recipe(_Settings):
    """What to make from a corpus. Every default is the product's own choice."""

    cartridge_tokens: int = Field(256, ge=2, le=65_536, description="Prefix positions p of the cartridge.")
    seed: int = Field(
        0, ge=0, lt=2**63, description="The same recipe and seed make the same cartridge again."
    )
    initialization: InitializationSettings = InitializationSettings()
    self_study: SelfStudySettings = SelfStudySettings()
    training: TrainingSettings = TrainingSettings()
    retraining: RetrainingSettings = RetrainingSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
