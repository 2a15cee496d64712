"""What a job's self-study is about: all of the corpus, or what has changed since a cartridge was trained on it."""

from functools import partial

from pydantic import BaseModel, ConfigDict

from cartridge_core.conversations import Conversation, read_conversations
from cartridge_core.difference import retraining_recipe
from cartridge_core.models import ModelIdentity
from cartridge_core.recipe import Objective, Recipe, SelfStudySettings
from services.trainer.events import Reuse
from services.trainer.job_objects import JobObjects

PLAN = "study-plan.json"
OUTDATED = "kept/outdated.safetensors"


class StudyPlan(BaseModel):
    """How many conversations are written, by what they are for, and about which chunks (None: all of them).

    The same for all workers of a job. `settings` are those for what is written. `starts_from` is the cartridge that
    training goes on from.
    """

    model_config = ConfigDict(frozen=True)

    settings: SelfStudySettings
    train: int
    held_out: int
    validation: int
    corrections: int = 0
    chunks: tuple[int, ...] | None = None
    starts_from: str | None = None
    reuse: Reuse | None = None

    @classmethod
    def whole(cls, recipe: Recipe, starts_from: str | None = None) -> "StudyPlan":
        """Everything is written."""
        # Next-token training learns from the corpus itself.
        learns_text = recipe.training.objective is Objective.NEXT_TOKEN
        return cls(
            settings=recipe.self_study,
            train=0 if learns_text else recipe.self_study.total,
            held_out=recipe.evaluation.held_out_conversations,
            validation=recipe.training.validation_conversations,
            starts_from=starts_from,
        )

    def training_recipe(self, recipe: Recipe) -> Recipe:
        """The recipe that training goes by: a shorter one where most is known already."""
        return retraining_recipe(recipe) if self.starts_from and self.reuse else recipe


def restore_plan(objects: JobObjects, recipe: Recipe) -> StudyPlan:
    """The plan that the job's own worker has made."""
    return objects.restore_json(PLAN, StudyPlan) or StudyPlan.whole(recipe)


def restore_outdated(objects: JobObjects, identity: ModelIdentity) -> list[Conversation]:
    """Conversations about chunks that are gone, by the index of what those have become."""
    return objects.restore(OUTDATED, partial(read_conversations, identity=identity)) or []
