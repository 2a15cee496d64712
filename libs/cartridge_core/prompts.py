"""The one prompt form: how messages become token ids, with and without a cartridge before them.

A cartridge stands where a system message with the corpus would stand. Training, evaluation and every engine
use this module, so they cannot disagree.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from transformers import AutoTokenizer

from cartridge_core.errors import UnsupportedModelError

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True)
class ChatMessage:
    role: Role
    content: str


def context_message(text: str) -> ChatMessage:
    """The system message that shows `text` to the model: what a cartridge stands for."""
    return ChatMessage("system", f"Answer from your knowledge of the following text.\n\n{text}")


class ChatFormat:
    """A model's tokenizer and chat template."""

    def __init__(self, tokenizer: Any) -> None:
        if not getattr(tokenizer, "chat_template", None):
            raise UnsupportedModelError(
                "the model's tokenizer has no chat template; an instruct model is needed"
            )
        self._tokenizer = tokenizer
        self.end_of_turn: int = tokenizer.eos_token_id
        empty_system = self._render([ChatMessage("system", "")], generation_prompt=False)
        marked = self._render([ChatMessage("system", "\u241e")], generation_prompt=False)
        self._system_head, _, self._system_tail = marked.partition("\u241e")
        if self._system_head + self._system_tail != empty_system:
            raise UnsupportedModelError("the chat template does not keep system messages as they are")

    def encode(self, text: str) -> list[int]:
        """Token ids of plain text, nothing added."""
        return list(self._tokenizer.encode(text, add_special_tokens=False))

    def decode(self, ids: Sequence[int]) -> str:
        """Text of token ids, special tokens left out."""
        return str(
            self._tokenizer.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False)
        )

    def encode_messages(self, messages: Sequence[ChatMessage], *, with_cartridge: bool) -> list[int]:
        """Token ids of a conversation up to where the assistant is to answer.

        With a cartridge the ids are those that follow a system message holding the corpus: the template's own
        default system message is left out, a caller's system message stands as the template renders it.
        """
        return self.encode(self._conversation(messages, after_context=with_cartridge))

    def encode_context(self, text: str) -> list[int]:
        """Token ids of the system message that shows `text`, complete: what ICL prefills."""
        return self.encode(self._system_head + context_message(text).content + self._system_tail)

    def encode_context_within(self, text: str, tokens: int) -> list[int]:
        """`encode_context` of the longest beginning of `text` that takes at most `tokens` ids, still complete.

        Raises `ValueError` when not even an empty text fits.
        """
        head = self.encode(self._system_head + context_message("").content)
        tail = self.encode(self._system_tail)
        room = tokens - len(head) - len(tail)
        if room < 0:
            raise ValueError(
                f"{tokens} tokens are too few for a system message, which takes {len(head) + len(tail)}"
            )
        return head + self.encode(text)[:room] + tail

    def encode_turn(self, question: str, answer: str) -> tuple[list[int], list[int]]:
        """Ids of a question after a cartridge or context, and of its answer with the end of its turn."""
        asked = self.encode_messages([ChatMessage("user", question)], with_cartridge=True)
        return asked, [*self.encode(answer), self.end_of_turn]

    def _conversation(self, messages: Sequence[ChatMessage], *, after_context: bool) -> str:
        if not after_context:
            return self._render(messages, generation_prompt=True)
        if messages and messages[0].role == "system":
            rest = self._render(messages, generation_prompt=True)
            return rest.removeprefix(self._beginning_of_text())
        whole = self._render([ChatMessage("system", ""), *messages], generation_prompt=True)
        return whole.removeprefix(self._system_head + self._system_tail)

    def _beginning_of_text(self) -> str:
        begin = self._tokenizer.bos_token
        return (
            begin
            if begin and self._system_head.startswith(begin) and begin * 2 not in self._system_head
            else ""
        )

    def _render(self, messages: Sequence[ChatMessage], *, generation_prompt: bool) -> str:
        plain = [{"role": message.role, "content": message.content} for message in messages]
        return str(
            self._tokenizer.apply_chat_template(
                plain, tokenize=False, add_generation_prompt=generation_prompt
            )
        )


def load_chat_format(directory: Path) -> ChatFormat:
    """The chat format of the model in `directory`."""
    return ChatFormat(AutoTokenizer.from_pretrained(directory))
