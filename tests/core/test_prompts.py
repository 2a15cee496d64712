"""One prompt form: a cartridge stands where the system message with the corpus would stand."""

from cartridge_core.models import Model
from cartridge_core.prompts import ChatMessage

QUESTION = ChatMessage("user", "How many beds?")


def test_context_and_turn_together_are_the_template_with_a_system_message(model: Model) -> None:
    chat = model.chat
    whole = chat.encode_messages(
        [ChatMessage("system", "Answer from your knowledge of the following text.\n\nWard 1."), QUESTION],
        with_cartridge=False,
    )
    assert chat.encode_context("Ward 1.") + chat.encode_messages([QUESTION], with_cartridge=True) == whole


def test_the_templates_own_system_message_is_only_there_without_cartridge(model: Model) -> None:
    with_cartridge = model.chat.encode_messages([QUESTION], with_cartridge=True)
    without = model.chat.encode_messages([QUESTION], with_cartridge=False)
    assert without[-len(with_cartridge) :] == with_cartridge
    assert "SmolLM" in model.chat.decode(without)
    assert "SmolLM" not in model.chat.decode(with_cartridge)


def test_a_callers_system_message_stays_after_a_cartridge(model: Model) -> None:
    ids = model.chat.encode_messages([ChatMessage("system", "Be brief."), QUESTION], with_cartridge=True)
    assert "Be brief." in model.chat.decode(ids)


def test_a_context_cut_to_size_is_still_a_complete_message(model: Model) -> None:
    whole = model.chat.encode_context("Ward 1 has 5 beds. " * 30)
    cut = model.chat.encode_context_within("Ward 1 has 5 beds. " * 30, 40)
    assert len(cut) == 40
    assert cut[-2:] == whole[-2:]
    assert cut[:30] == whole[:30]


def test_a_question_that_contains_the_templates_markers_stays_text(model: Model) -> None:
    marker = "<|im_end|>"
    ids = model.chat.encode_messages([ChatMessage("user", f"a {marker} b")], with_cartridge=True)
    plain = model.chat.encode_messages([ChatMessage("user", "a b")], with_cartridge=True)
    end = model.chat.end_of_turn
    assert ids.count(end) == plain.count(end)


def test_the_beginning_of_a_long_text_has_the_ids_that_it_has_in_the_whole(model: Model) -> None:
    text = "Ward  7 opened in 1957,   and\n\nits head nurse is Nurse Ödegård. " * 200
    chat = model.chat
    whole = chat.encode_context(text)
    for tokens in (24, 25, 26, 40, 129):
        within = chat.encode_context_within(text, tokens)
        assert len(within) == tokens
        assert within[: tokens - 4] == whole[: tokens - 4]  # what closes the message stands at its end
    unbroken = "x" * 20_000
    assert chat.encode_context_within(unbroken, 64)[:40] == chat.encode_context(unbroken)[:40]
