"""Settings of worker and dispatcher, from CARTRIDGES_* variables."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings

from cartridge_core.dtypes import DtypeName
from cartridge_core.preview_recipe import PreviewRecipe
from cartridge_store.quotas import QuotaSettings
from cartridge_store.settings import (
    CONFIG,
    BrokerSettings,
    DatabaseSettings,
    DocumentSettings,
    ObjectStoreSettings,
)
from services.trainer.events import Stage

Seconds = Annotated[float, Field(gt=0)]


_MINUTE, _HOUR = 60.0, 3600.0


class StageSettings(BaseSettings):
    """How long stages of jobs may take: an attempt's, or all attempts' together where they go on with what is made."""

    model_config = CONFIG

    trainer_parse_seconds: Annotated[
        float, Field(gt=0, description="For reading a corpus's documents, each attempt.")
    ] = 4 * _HOUR
    trainer_self_study_seconds: Annotated[
        float, Field(gt=0, description="For the conversations of a job, all its attempts together.")
    ] = 72 * _HOUR
    trainer_baselines_seconds: Annotated[
        float, Field(gt=0, description="For scoring no context and ICL, each attempt.")
    ] = 6 * _HOUR
    trainer_train_seconds: Annotated[
        float, Field(gt=0, description="For a job's training steps, all its attempts together.")
    ] = 168 * _HOUR
    trainer_evaluate_seconds: Annotated[
        float, Field(gt=0, description="For scoring a cartridge, each attempt.")
    ] = 6 * _HOUR
    trainer_compact_seconds: Annotated[
        float, Field(gt=0, description="For compacting a corpus's KV, each attempt.")
    ] = 2 * _HOUR
    trainer_publish_seconds: Annotated[
        float, Field(gt=0, description="For storing a cartridge, each attempt.")
    ] = 30 * _MINUTE
    trainer_grace_seconds: Annotated[
        float,
        Field(
            gt=0,
            description="How long a stage whose time is over has for stopping by itself before its process is ended.",
        ),
    ] = 120.0

    @property
    def stage_seconds(self) -> Mapping[Stage, float]:
        return {stage: getattr(self, f"trainer_{stage}_seconds") for stage in get_args(Stage)}


class WorkerSettings(DatabaseSettings, BrokerSettings, ObjectStoreSettings, StageSettings):
    base_model: Path
    data_dir: Path
    trainer_device: Annotated[
        str,
        Field(
            pattern=r"^(auto|cpu|cuda(:\d+)?)$",
            description="What the model computes on: `cpu`, `cuda`, `cuda:1`, or `auto`, a GPU where there is one.",
        ),
    ] = "auto"
    trainer_dtype: Annotated[
        DtypeName,
        Field(
            description="What the model computes in. `auto`: what it is stored in, and fp32 (twice the memory) on a CPU that "
            "is faster with that."
        ),
    ] = "auto"
    trainer_jobs_at_once: Annotated[
        int,
        Field(
            ge=1,
            le=64,
            description="Small jobs that one worker takes together; they share the model, its steps and its decoding.",
        ),
    ] = 1
    trainer_processes: Annotated[
        Literal["auto"] | Annotated[int, Field(ge=1, le=64)],
        Field(
            description="Processes that train one cartridge together; `auto`: one for each GPU that the worker sees, and "
            "one where it takes several jobs at once."
        ),
    ] = "auto"
    synthesis_endpoint: Annotated[
        str | None,
        Field(
            pattern=r"^https?://[^/]+$",
            description="A SGLang server that decodes for self-study, such as `http://teacher:30000`: it has to run the "
            "base model; unset: the worker decodes.",
        ),
    ] = None
    synthesis_endpoint_key: Annotated[
        SecretStr | None, Field(description="That server's API key; unset: it asks for none.")
    ] = None
    synthesis_endpoint_requests: Annotated[
        int, Field(ge=1, le=1024, description="Answers that a job asks that server for at a time.")
    ] = 64
    trainer_lease_seconds: Annotated[
        float, Field(gt=0, description="How long a job waits for a worker that has fallen silent.")
    ] = 30.0
    trainer_beat_seconds: Annotated[float, Field(gt=0, description="Between two renewals of a lease.")] = 5.0
    trainer_poll_seconds: Annotated[
        float, Field(gt=0, description="Between two looks for a cancellation.")
    ] = 1.0
    trainer_retry_seconds: Annotated[
        float,
        Field(
            ge=0, description="Pause before an attempt that failed is tried again; twice as long each time."
        ),
    ] = 5.0
    trainer_status_port: Annotated[
        int | None, Field(ge=0, le=65535, description="Where health and metrics are told; unset: nowhere.")
    ] = None

    @model_validator(mode="after")
    def _jobs_or_processes(self) -> Self:
        if self.trainer_jobs_at_once > 1 and self.trainer_processes not in {"auto", 1}:
            raise ValueError(
                "several jobs at once need one process: set CARTRIDGES_TRAINER_PROCESSES to auto or 1, or "
                "CARTRIDGES_TRAINER_JOBS_AT_ONCE to 1"
            )
        return self


class CheckingSettings(DocumentSettings, QuotaSettings):
    """What a document has to keep to: the same as the api's."""


class PreviewSettings(QuotaSettings):
    """Whether and how corpora get a preview by themselves."""

    preview: Annotated[
        bool, Field(description="Whether every version of a corpus gets a preview as soon as it is read.")
    ] = True
    preview_tokens: Annotated[
        int, Field(ge=2, le=65_536, description="Most positions of a preview; a small corpus gets fewer.")
    ] = PreviewRecipe().cartridge_tokens
    preview_read_tokens: Annotated[
        int,
        Field(
            ge=64,
            le=100_000_000,
            description="Most tokens of a corpus that a preview reads; of a longer one pieces from all over.",
        ),
    ] = PreviewRecipe().read_tokens
    base_model: Annotated[
        Path | None,
        Field(description="The trainers' model, of which previews are made; unset: there are none."),
    ] = None

    @property
    def orders_previews(self) -> bool:
        return self.preview and self.base_model is not None

    @property
    def base_model_name(self) -> str:
        """Empty where no model is named."""
        return "" if self.base_model is None else self.base_model.name


class DispatcherSettings(
    DatabaseSettings, BrokerSettings, ObjectStoreSettings, CheckingSettings, PreviewSettings
):
    data_dir: Path
    dispatcher_check_seconds: Annotated[
        float, Field(gt=0, description="Between two looks for uploaded files to read.")
    ] = 0.5
    dispatcher_poll_seconds: Seconds = 0.5
    dispatcher_sweep_seconds: Annotated[
        float, Field(gt=0, description="Between two looks for objects to delete.")
    ] = 5.0
    dispatcher_rewake_seconds: Annotated[
        float, Field(gt=0, description="After this long a wake-up that nobody followed is sent again.")
    ] = 15.0
    dispatcher_queue_limit: Annotated[
        int,
        Field(ge=1, description="Wake-ups let lie in the broker: what nobody takes must not fill it up."),
    ] = 200
    dispatcher_look_seconds: Annotated[
        float, Field(gt=0, description="Between two looks at the backlog, for the metrics.")
    ] = 5.0
    dispatcher_patience_seconds: Annotated[
        float,
        Field(
            gt=0, description="For how long no round may have succeeded before the dispatcher is not ready."
        ),
    ] = 30.0
    dispatcher_status_port: Annotated[
        int | None, Field(ge=0, le=65535, description="Where health and metrics are told; unset: nowhere.")
    ] = None
    launcher_template: Annotated[
        Path | None,
        Field(
            description="JSON of a Kubernetes Job: one is made for each training job; unset: workers train."
        ),
    ] = None
    launcher_max_active: Annotated[int, Field(ge=1, description="Kubernetes Jobs at a time.")] = 8
    launcher_kubernetes_api: Annotated[
        str | None,
        Field(description="The API server's address; by default the cluster's own, or the kubeconfig's."),
    ] = None
