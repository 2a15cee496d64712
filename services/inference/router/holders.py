"""Which pods are known to hold which cartridges: what they list, and what was sent to them since."""

from collections.abc import Collection, Iterable, Iterator, Mapping


class Holders(Mapping[str, Collection[str]]):
    """Digest to the names of its pods. A pod's part is at most `pod_limit` digests; it is told anew by each listing."""

    def __init__(self, *, pod_limit: int = 16_384) -> None:
        self._pod_limit = pod_limit
        self._pods: dict[str, set[str]] = {}  # digest to pods
        self._digests: dict[str, set[str]] = {}  # pod to digests

    def __getitem__(self, digest: str) -> Collection[str]:
        return self._pods[digest]

    def __iter__(self) -> Iterator[str]:
        return iter(self._pods)

    def __len__(self) -> int:
        return len(self._pods)

    def note(self, pod: str, digests: Iterable[str]) -> None:
        """`pod` was sent these and so holds them, unless it has dropped them again."""
        held = self._digests.setdefault(pod, set())
        for digest in digests:
            if digest in held or len(held) >= self._pod_limit:
                continue
            held.add(digest)
            self._pods.setdefault(digest, set()).add(pod)

    def replace(self, pod: str, digests: Iterable[str]) -> None:
        """`pod` holds exactly these."""
        now = set(digests)
        for digest in self._digests.get(pod, set()) - now:
            self._drop(pod, digest)
        self.note(pod, now)

    def remove(self, digest: str) -> None:
        """No pod holds this any more."""
        for pod in self._pods.pop(digest, set()):
            self._digests[pod].discard(digest)

    def forget(self, pod: str) -> None:
        """`pod` has left, or came back empty."""
        for digest in self._digests.get(pod, set()).copy():
            self._drop(pod, digest)
        self._digests.pop(pod, None)

    def _drop(self, pod: str, digest: str) -> None:
        self._digests[pod].discard(digest)
        pods = self._pods[digest]
        pods.discard(pod)
        if not pods:
            del self._pods[digest]
