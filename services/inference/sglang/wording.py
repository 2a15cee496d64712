"""Token ids from SGLang as the chunks of an answer: text, log-probabilities, and where the answer ends."""

from collections.abc import Iterator

from cartridge_core.prompts import ChatFormat
from cartridge_core.text_stream import TextStream
from services.inference.engines.base import Chunk, FinishReason, ScoredToken, TokenLogprob
from services.inference.sglang.server_client import Tokens


class Wording:
    """The words of one answer, decoded as the torch engine decodes them, so that both stop at the same places."""

    def __init__(
        self, chat: ChatFormat, *, stop: tuple[str, ...], top_logprobs: int | None, max_tokens: int
    ) -> None:
        self.tokens = 0
        self._chat = chat
        self._stream = TextStream(chat.decode, stop)
        self._top_logprobs = top_logprobs
        self._max_tokens = max_tokens

    def chunks(self, tokens: Tokens) -> Iterator[Chunk]:
        """A chunk for each id; after one with a `finish_reason` there is nothing more to say."""
        for place, token in enumerate(tokens.ids):
            chunk = self._chunk(token, tokens, place)
            yield chunk
            if chunk.finish_reason is not None:
                return
        if tokens.finish_reason is not None:
            # An end that SGLang knows of and the chat format does not, such as a second end-of-text token.
            yield Chunk(
                self._stream.flush(), (), None, "length" if tokens.finish_reason == "length" else "stop"
            )

    def _chunk(self, token: int, tokens: Tokens, place: int) -> Chunk:
        self.tokens += 1
        text = ""
        finish: FinishReason | None = None
        if token == self._chat.end_of_turn:
            finish = "stop"
        else:
            text = self._stream.push(token)
            if self._stream.stopped:
                finish = "stop"
            elif self.tokens >= self._max_tokens:
                finish = "length"
        if finish is not None:
            text += self._stream.flush()
        return Chunk(text, (token,), self._scores(token, tokens, place), finish)

    def _scores(self, token: int, tokens: Tokens, place: int) -> tuple[ScoredToken, ...] | None:
        if self._top_logprobs is None:
            return None
        logprob, alternatives = tokens.logprobs[place]
        top = tuple(
            TokenLogprob(self._chat.decode([other]), value)
            for value, other in alternatives[: self._top_logprobs]
        )
        return (ScoredToken(self._chat.decode([token]), logprob, top),)
