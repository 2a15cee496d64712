"""The one prompt form: how messages become token ids, with and without a cartridge before them.

A cartridge stands where a system message with the corpus would stand. Training, evaluation and every engine
use this module, so they cannot disagree.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from transformers import AutoTokenizer

from cartridge_core.context import context_text
from cartridge_core.errors import UnsupportedModelError

Role = Literal["system", "user", "assistant"]


# A token of text has some four characters; where a text has longer ones all of it is encoded.
_CHARACTERS_A_TOKEN = 32
_IDS_AT_A_CUT = 16


@dataclass(frozen=True)
class ChatMessage:
    role: Role
    content: str


def context_message(text: str) -> ChatMessage:
    """The system message that shows `text` to the model: what a cartridge stands for."""
    return ChatMessage("system", context_text(text))


class ChatFormat:
    """A model's tokenizer and chat template.

    Only the template speaks in special tokens: in messages and corpora, text that looks like one is encoded as the
    characters it is made of, so that nobody ends a turn or opens another by writing its marker.
    """

    def __init__(self, tokenizer: Any) -> None:
        if not getattr(tokenizer, "chat_template", None):
            raise UnsupportedModelError(
                "the model's tokenizer has no chat template; an instruct model is needed"
            )
        self._tokenizer = tokenizer
        # Tokenizers refuse to be used by two threads at once.
        self._alone = threading.Lock()
        self._backend = tokenizer.backend_tokenizer
        self.end_of_turn: int = tokenizer.eos_token_id
        self._system_head, self._system_tail = self._template_parts(
            [_PLACEHOLDER_SYSTEM], generation_prompt=False
        )

    def encode(self, text: str) -> list[int]:
        """Token ids of plain text, nothing added and no special token among them."""
        with self._alone:
            return list(self._tokenizer.encode(text, add_special_tokens=False, split_special_tokens=True))

    def encode_with_places(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """`encode`, and for each id the characters `begin, end` of `text` that it stands for."""
        with self._alone:
            encoded = self._tokenizer(
                text, add_special_tokens=False, split_special_tokens=True, return_offsets_mapping=True
            )
        return list(encoded["input_ids"]), [(begin, end) for begin, end in encoded["offset_mapping"]]

    def decode(self, ids: Sequence[int]) -> str:
        """Text of token ids, special tokens left out."""
        return str(self._backend.decode(list(ids), skip_special_tokens=True))

    def encode_messages(self, messages: Sequence[ChatMessage], *, with_cartridge: bool) -> list[int]:
        """Token ids of a conversation up to where the assistant is to answer.

        With a cartridge the ids are those that follow a system message holding the corpus: the template's own
        default system message is left out, a caller's system message stands as the template renders it.
        """
        return self.encode_messages_with_places(messages, with_cartridge=with_cartridge)[0]

    def encode_messages_with_places(
        self, messages: Sequence[ChatMessage], *, with_cartridge: bool
    ) -> tuple[list[int], list[range]]:
        """`encode_messages`, and where among the ids each message's content stands."""
        if not with_cartridge:
            return self._fill(self._template_parts(messages, generation_prompt=True), messages)
        if messages and messages[0].role == "system":
            head, *rest = self._template_parts(messages, generation_prompt=True)
            return self._fill([head.removeprefix(self._tokenizer.bos_token or ""), *rest], messages)
        _, first, *rest = self._template_parts([_PLACEHOLDER_SYSTEM, *messages], generation_prompt=True)
        return self._fill([first.removeprefix(self._system_tail), *rest], messages)

    def encode_context(self, text: str) -> list[int]:
        """Token ids of the system message that shows `text`, complete: what ICL prefills."""
        return self._fill([self._system_head, self._system_tail], [context_message(text)])[0]

    def encode_context_within(self, text: str, tokens: int) -> list[int]:
        """`encode_context` of the longest beginning of `text` that takes at most `tokens` ids, still complete.

        Raises `ValueError` when not even an empty text fits.
        """
        head, tail = self._encode_template(self._system_head), self._encode_template(self._system_tail)
        room = tokens - len(head) - len(tail)
        needed = len(self.encode(context_message("").content))
        if room < needed:
            least = needed + len(head) + len(tail)
            raise ValueError(f"{tokens} tokens are too few for a system message, which takes {least}")
        return head + self._encode_beginning(context_message(text).content, room) + tail

    def _encode_beginning(self, text: str, count: int) -> list[int]:
        """The first `count` ids of `text`, without encoding all of a long one."""
        end = text.rfind(" ", 0, count * _CHARACTERS_A_TOKEN)
        if count * _CHARACTERS_A_TOKEN < len(text) and end > 0:
            # Cut between words: no ids differ from those of the whole text but those of spaces at the cut itself.
            ids = self.encode(text[:end])
            if len(ids) >= count + _IDS_AT_A_CUT:
                return ids[:count]
        return self.encode(text)[:count]

    def encode_turn(self, question: str, answer: str) -> tuple[list[int], list[int]]:
        """Ids of a question after a cartridge or context, and of its answer with the end of its turn."""
        asked = self.encode_messages([ChatMessage("user", question)], with_cartridge=True)
        return asked, [*self.encode(answer), self.end_of_turn]

    def _template_parts(self, messages: Sequence[ChatMessage], *, generation_prompt: bool) -> list[str]:
        """What the template writes before, between and after the messages' contents."""
        marks = [f"\u241e{index}\u241e" for index in range(len(messages))]
        plain = [
            {"role": message.role, "content": mark} for message, mark in zip(messages, marks, strict=True)
        ]
        rest = str(
            self._tokenizer.apply_chat_template(
                plain, tokenize=False, add_generation_prompt=generation_prompt
            )
        )
        parts = []
        for mark in marks:
            part, found, rest = rest.partition(mark)
            if not found:
                raise UnsupportedModelError("the chat template does not keep every message as it is")
            parts.append(part)
        return [*parts, rest]

    def _fill(self, parts: Sequence[str], messages: Sequence[ChatMessage]) -> tuple[list[int], list[range]]:
        """Ids of the template's parts with the messages' contents between them, and the contents' places."""
        ids = self._encode_template(parts[0])
        places = []
        for message, part in zip(messages, parts[1:], strict=True):
            content = self.encode(message.content)
            places.append(range(len(ids), len(ids) + len(content)))
            ids += content + self._encode_template(part)
        return ids, places

    def _encode_template(self, text: str) -> list[int]:
        with self._alone:
            return list(self._tokenizer.encode(text, add_special_tokens=False))


_PLACEHOLDER_SYSTEM = ChatMessage("system", "")


def load_chat_format(directory: Path) -> ChatFormat:
    """The chat format of the model in `directory`."""
    return ChatFormat(AutoTokenizer.from_pretrained(directory))
