"""How long a job may stay in a stage, and what becomes of one that stays longer."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.trainer.errors import StageTimedOutError
from services.trainer.events import Stage

# What they have made so far is kept: all attempts count together, and another one would be no faster.
_GO_ON = frozenset[Stage]({"self_study", "train"})
_ADVICE: Mapping[Stage, str] = {
    "parse": "learn fewer or smaller documents",
    "self_study": "ask for fewer conversations or shorter answers (self_study.conversations, self_study.recitations, "
    "self_study.answer_max_tokens)",
    "baselines": "measure with fewer conversations or questions (evaluation.held_out_conversations, "
    "evaluation.questions)",
    "train": "ask for fewer steps or smaller batches (training.steps, training.batch_tokens)",
    "evaluate": "measure with fewer conversations or questions (evaluation.held_out_conversations, "
    "evaluation.questions)",
    "compact": "learn fewer or smaller documents",
    "publish": "ask for a smaller cartridge (cartridge_tokens)",
}


@dataclass(frozen=True)
class StageLimits:
    """Seconds for each stage."""

    seconds: Mapping[Stage, float]

    def left(self, stage: Stage, spent: float) -> float:
        """Seconds that an attempt has for the stage, after `spent` seconds of earlier attempts in it."""
        return self.seconds[stage] - (spent if stage in _GO_ON else 0.0)

    def overrun(self, stage: Stage) -> StageTimedOutError:
        """What to tell of a stage that took longer."""
        passes = stage not in _GO_ON
        allowed = f"{self.seconds[stage]:g} s"
        return StageTimedOutError(
            f"stage {stage} took longer than the {allowed} that "
            f"{'an attempt has' if passes else 'all attempts together have'} for it; {_ADVICE[stage]}, or have whoever "
            f"runs the service raise CARTRIDGES_TRAINER_{stage.upper()}_SECONDS",
            passes=passes,
        )
