"""What a token's gain is told against: the model with nothing before it, or with what it knows already."""

import pytest

from cartridge_core.context_gain import with_gains
from cartridge_core.conversations import Conversation
from cartridge_core.drafts import draft_of_read
from cartridge_core.models import Model, PrefixKV
from cartridge_core.reading import read_answers
from cartridge_core.recipe import ConversationKind
from cartridge_core.recitation import Recitation

_TURNS = [("How many beds?", "Thirty."), ("Who runs the ward?", "Doctor Abel runs the ward.")]


def _text(model: Model, text: str) -> PrefixKV:
    return model.prefill(model.chat.encode(text))


def _read_behind(model: Model, context: PrefixKV) -> list[Conversation]:
    readings = read_answers(model, context, _TURNS, top_k=model.head.shape[0])
    return [
        draft_of_read(0, ConversationKind.RECITATION, Recitation(*turn), reading)
        for turn, reading in zip(_TURNS, readings, strict=True)
    ]


def test_what_stands_there_already_is_no_news(model: Model) -> None:
    ward, mill = _text(model, "Ward 4 has thirty beds."), _text(model, "The mill grinds rye by wind.")
    conversations = _read_behind(model, ward)
    knowing = with_gains(model, conversations, ward)
    otherwise = with_gains(model, conversations, mill)
    for known, other in zip(knowing, otherwise, strict=True):
        assert len(known.context_gain) == len(known.answer_ids)
        assert float(known.context_gain.abs().max()) < 1e-3
        assert float(other.context_gain.max()) > 0.01


def test_the_caller_may_end_it_between_two_parts(model: Model) -> None:
    class Enough(Exception):  # noqa: N818 - nothing has failed
        pass

    def enough() -> None:
        raise Enough

    conversations = _read_behind(model, _text(model, "Ward 4 has thirty beds."))
    with pytest.raises(Enough):
        with_gains(model, conversations, between=enough)
