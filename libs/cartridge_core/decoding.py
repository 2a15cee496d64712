"""Who decodes a teacher's requests: this thread by itself, several jobs together, or a server elsewhere."""

from collections.abc import Callable, Sequence
from typing import Protocol

from cartridge_core.generation import GeneratedRow, GenerationRequest, generate
from cartridge_core.models import Model
from cartridge_core.shared_contexts import SharedContexts


class Decoder(Protocol):
    """Rows of token ids and text, with the alternatives of each token at temperature 1 where a request asks for them."""

    def decode(
        self,
        requests: Sequence[GenerationRequest],
        *,
        on_tokens: Callable[[int], None],
        should_stop: Callable[[], bool],
    ) -> list[GeneratedRow]:
        """A row for each request, in their order.

        `on_tokens` is told in this thread how many tokens were made since it was last told. When `should_stop` answers
        true the rows come back as far as they are, `finish_reason` None where unfinished.
        """


class OwnDecoder:
    """The model of this process, `max_rows` rows at a time."""

    def __init__(self, model: Model, max_rows: int, contexts: SharedContexts) -> None:
        self._model = model
        self._max_rows = max_rows
        self._contexts = contexts

    def decode(
        self,
        requests: Sequence[GenerationRequest],
        *,
        on_tokens: Callable[[int], None],
        should_stop: Callable[[], bool],
    ) -> list[GeneratedRow]:
        return generate(
            self._model,
            requests,
            self._max_rows,
            contexts=self._contexts,
            on_tokens=on_tokens,
            should_stop=should_stop,
        )
