"""KV of the texts that requests share: computed once, and kept while there is room."""

from collections import OrderedDict
from collections.abc import Sequence

from cartridge_core.models import Model, PrefixKV

_KEPT_TOKENS = 16_384


class SharedContexts:
    """The least recently used leave first. What rows hold in their hands stays alive by that."""

    def __init__(self, model: Model, max_tokens: int = _KEPT_TOKENS) -> None:
        self._model = model
        self._max_tokens = max_tokens
        self._kept: OrderedDict[tuple[int, ...], PrefixKV] = OrderedDict()
        self._tokens = 0

    def get(self, ids: Sequence[int]) -> PrefixKV:
        """KV of `ids` standing at positions 0 and on; the very same object while it is kept."""
        key = tuple(ids)
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = self._model.prefill(key)
            self._tokens += len(key)
        self._kept.move_to_end(key)
        while self._tokens > self._max_tokens and len(self._kept) > 1:
            self._tokens -= len(self._kept.popitem(last=False)[0])
        return found
