"""The client: one method for each thing the REST API does."""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel

from cartridge_client.chat import chat_request, read_chat_stream
from cartridge_client.downloads import DownloadProgress, save_checked
from cartridge_client.errors import UnexpectedAnswerError
from cartridge_client.following import follow_events
from cartridge_client.schemas import (
    ApiKey,
    AuditEntry,
    Cartridge,
    ChatCompletion,
    ChatDelta,
    ChatMessage,
    Corpus,
    CorpusVersion,
    DayUsage,
    Document,
    JobEstimate,
    JobEvent,
    Model,
    NewApiKey,
    Page,
    Quota,
    TrainingJob,
)
from cartridge_client.sending import OnRefused, Sender
from cartridge_client.transport import Transport
from cartridge_client.uploads import UploadProgress, local_files

Message = ChatMessage | Mapping[str, str]
T = TypeVar("T")
Made = TypeVar("Made", bound=BaseModel)
# What is no base model by itself: a cartridge of one, or a corpus with some.
_NAMED = re.compile(r":(ctg|crp)_")


class Client:
    """A tenant's view of the platform.

    What makes something is sent again where the connection breaks, under a key by which the API makes it once.
    Every method raises ApiError when the API refuses, ApiUnreachableError when no answer comes, and
    UnexpectedAnswerError when something else than this API answers. `timeout` is in seconds, for one read.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        timeout: float = 60.0,
        *,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._transport = Transport(base_url, api_key, timeout, transport)
        self._base_model: str | None = None

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._transport.close()

    # Corpora and their documents

    def create_corpus(self, name: str) -> Corpus:
        return self._make(Corpus, "/v1/corpora", {"name": name})

    def corpora(self, limit: int | None = None, cursor: str | None = None) -> Page[Corpus]:
        return self._page(Page[Corpus], "/v1/corpora", limit, cursor)

    def corpus(self, corpus_id: str) -> Corpus:
        return self._transport.ask(Corpus, "GET", f"/v1/corpora/{corpus_id}")

    def delete_corpus(self, corpus_id: str) -> None:
        self._transport.send("DELETE", f"/v1/corpora/{corpus_id}")

    def upload_documents(
        self,
        corpus_id: str,
        paths: Sequence[Path],
        on_progress: UploadProgress | None = None,
        *,
        replace: bool = False,
        direct: bool = True,
        on_refused: OnRefused | None = None,
    ) -> tuple[Document, ...]:
        """Uploads files, and of folders all files below them, streamed from disk; a path in a folder is kept as name.

        Small files go in forms, large ones and large archives in parts that are gone on with where an earlier try
        broke off; `direct` sends parts straight to the object store where it can be reached. With `replace` documents
        of the same names give way. A file that is refused is told to `on_refused` and the others go on; without it
        ApiError is raised. Raises OSError for a file that cannot be read.
        """
        sender = Sender(self._transport, corpus_id, replace=replace, direct=direct, on_refused=on_refused)
        return tuple(sender.send(local_files(paths), on_progress))

    def await_documents(self, corpus_id: str, *, seconds: float = 600.0, every: float = 0.5) -> Corpus:
        """The corpus once no file of it is on its way or being checked, or after so many seconds as it is then."""
        until = time.monotonic() + seconds
        while True:
            corpus = self.corpus(corpus_id)
            if corpus.pending == 0 or time.monotonic() >= until:
                return corpus
            time.sleep(every)

    def document(self, corpus_id: str, document_id: str) -> Document:
        return self._transport.ask(Document, "GET", f"/v1/corpora/{corpus_id}/documents/{document_id}")

    def corpus_versions(
        self, corpus_id: str, limit: int | None = None, cursor: str | None = None
    ) -> Page[CorpusVersion]:
        return self._page(Page[CorpusVersion], f"/v1/corpora/{corpus_id}/versions", limit, cursor)

    def documents(
        self,
        corpus_id: str,
        limit: int | None = None,
        cursor: str | None = None,
        *,
        status: str | None = None,
        version: int | None = None,
    ) -> Page[Document]:
        """Documents as they are now, or as a version of the corpus held them."""
        params = {"limit": limit, "cursor": cursor, "status": status, "version": version}
        return self._transport.ask(Page[Document], "GET", f"/v1/corpora/{corpus_id}/documents", params=params)

    def delete_document(self, corpus_id: str, document_id: str) -> None:
        self._transport.send("DELETE", f"/v1/corpora/{corpus_id}/documents/{document_id}")

    # Training jobs

    def create_training_job(
        self,
        corpus_id: str,
        *,
        name: str | None = None,
        base_model: str | None = None,
        recipe: Mapping[str, Any] | None = None,
        corpus_version: int | None = None,
        initialize_from: str | None = None,
        priority: str | None = None,
    ) -> TrainingJob:
        """Queues a job; `recipe` names only what differs from the default recipe.

        It learns the corpus's present version unless another is named. `initialize_from` names a cartridge to start
        from. `priority` (low, normal, high) says which of the tenant's jobs comes first.
        """
        body = {
            "corpus_id": corpus_id,
            "name": name,
            "base_model": base_model,
            "recipe": recipe,
            "corpus_version": corpus_version,
            "initialize_from": initialize_from,
            "priority": priority,
        }
        return self._make(TrainingJob, "/v1/training-jobs", _present(body))

    def estimate_training_job(
        self,
        corpus_id: str,
        *,
        recipe: Mapping[str, Any] | None = None,
        corpus_version: int | None = None,
        initialize_from: str | None = None,
    ) -> JobEstimate:
        """What such a job takes at most, in tokens, seconds and quota. Nothing is ordered."""
        body = {
            "corpus_id": corpus_id,
            "recipe": recipe,
            "corpus_version": corpus_version,
            "initialize_from": initialize_from,
        }
        path = "/v1/training-jobs/estimate"
        return self._transport.ask(JobEstimate, "POST", path, json=_present(body))

    def training_jobs(self, limit: int | None = None, cursor: str | None = None) -> Page[TrainingJob]:
        return self._page(Page[TrainingJob], "/v1/training-jobs", limit, cursor)

    def training_job(self, job_id: str) -> TrainingJob:
        return self._transport.ask(TrainingJob, "GET", f"/v1/training-jobs/{job_id}")

    def cancel_training_job(self, job_id: str) -> TrainingJob:
        return self._transport.ask(TrainingJob, "POST", f"/v1/training-jobs/{job_id}/cancel")

    def follow(self, job_id: str, *, after: int = 0, reconnect_for: float = 120.0) -> Iterator[JobEvent]:
        """A job's events in order, each once, until it ended, across connections that break.

        Begins after the event numbered `after`. Gives up when `reconnect_for` seconds brought nothing.
        """
        return follow_events(
            self._transport,
            f"/v1/training-jobs/{job_id}/events",
            after=after,
            is_finished=lambda: self.training_job(job_id).finished,
            reconnect_for=reconnect_for,
        )

    # Cartridges

    def cartridges(self, limit: int | None = None, cursor: str | None = None) -> Page[Cartridge]:
        return self._page(Page[Cartridge], "/v1/cartridges", limit, cursor)

    def cartridge(self, cartridge_id: str) -> Cartridge:
        """One cartridge with its quality report."""
        return self._transport.ask(Cartridge, "GET", f"/v1/cartridges/{cartridge_id}")

    def download_cartridge(
        self, cartridge_id: str, target: Path, on_progress: DownloadProgress | None = None
    ) -> Path:
        """Writes the safetensors file to `target` once its digest is right. Raises DigestMismatchError."""
        expected = self.cartridge(cartridge_id)
        with self._transport.stream("GET", f"/v1/cartridges/{cartridge_id}/download") as response:
            return save_checked(
                response.iter_bytes(),
                target,
                digest=expected.digest,
                size=expected.size_bytes,
                on_progress=on_progress,
            )

    def delete_cartridge(self, cartridge_id: str) -> None:
        self._transport.send("DELETE", f"/v1/cartridges/{cartridge_id}")

    # Keys and the audit log, for keys with the scope `admin`

    def create_key(
        self, name: str, *, scopes: Sequence[str] | None = None, expires_at: datetime | None = None
    ) -> NewApiKey:
        """A key of this tenant; `scopes` default to all but `admin`."""
        body: dict[str, Any] = {"name": name}
        if scopes is not None:
            body["scopes"] = list(scopes)
        if expires_at is not None:
            body["expires_at"] = expires_at.isoformat()
        return self._make(NewApiKey, "/v1/keys", body)

    def keys(self, limit: int | None = None, cursor: str | None = None) -> Page[ApiKey]:
        return self._page(Page[ApiKey], "/v1/keys", limit, cursor)

    def rotate_key(self, key_id: str, *, grace_seconds: int | None = None) -> NewApiKey:
        """A key that takes another's place; the other works on for `grace_seconds`, a day unless given."""
        body = {} if grace_seconds is None else {"grace_seconds": grace_seconds}
        return self._make(NewApiKey, f"/v1/keys/{key_id}/rotate", body)

    def revoke_key(self, key_id: str) -> ApiKey:
        return self._transport.ask(ApiKey, "POST", f"/v1/keys/{key_id}/revoke")

    def audit(self, limit: int | None = None, cursor: str | None = None) -> Page[AuditEntry]:
        return self._page(Page[AuditEntry], "/v1/audit", limit, cursor)

    def usage(self, first_day: date | None = None, last_day: date | None = None) -> tuple[DayUsage, ...]:
        """Use by day and kind, oldest first; the last 30 days unless days are given."""
        days = {"first_day": first_day, "last_day": last_day}
        params = {name: day.isoformat() for name, day in days.items() if day is not None}
        return self._transport.ask(Page[DayUsage], "GET", "/v1/usage", params=params).data

    def quotas(self) -> tuple[Quota, ...]:
        return self._transport.ask(Page[Quota], "GET", "/v1/quotas").data

    # Chat

    def models(self) -> tuple[Model, ...]:
        """The base model, the tenant's cartridges as `<base>:<cartridge id>`, and corpora as `<base>:<corpus id>`."""
        return self._transport.ask(Page[Model], "GET", "/v1/models").data

    def base_model(self) -> str:
        """The name of the base model that is served."""
        if self._base_model is None:
            bare = [model.id for model in self.models() if not _NAMED.search(model.id)]
            if not bare:
                raise UnexpectedAnswerError(f"{self._transport.base_url} lists no base model.")
            self._base_model = bare[0]
        return self._base_model

    def chat(
        self,
        messages: Sequence[Message],
        *,
        model: str | None = None,
        cartridges: Sequence[str] = (),
        **options: Any,
    ) -> ChatCompletion:
        """A whole answer. `options` are the endpoint's own: select, temperature, top_p, max_tokens, seed, stop, logprobs..."""
        body = chat_request(messages, model or self.base_model(), cartridges, stream=False, options=options)
        return self._transport.ask(ChatCompletion, "POST", "/v1/chat/completions", json=body)

    def chat_stream(
        self,
        messages: Sequence[Message],
        *,
        model: str | None = None,
        cartridges: Sequence[str] = (),
        **options: Any,
    ) -> Iterator[ChatDelta]:
        """An answer piece by piece; the last piece carries the usage."""
        body = chat_request(messages, model or self.base_model(), cartridges, stream=True, options=options)
        with self._transport.stream("POST", "/v1/chat/completions", json=body) as response:
            yield from read_chat_stream(response)

    def every(self, page: Callable[..., Page[T]]) -> Iterator[T]:
        """All items of a list method, page by page: `client.every(client.corpora)`."""
        cursor: str | None = None
        while True:
            current = page(cursor=cursor)
            yield from current.data
            if not current.has_more or current.next_cursor is None:
                return
            cursor = current.next_cursor

    def _make(self, kind: type[Made], path: str, body: Mapping[str, Any]) -> Made:
        return self._transport.once(
            lambda headers: self._transport.ask(kind, "POST", path, json=body, headers=headers)
        )

    def _page(self, kind: type[Page[T]], path: str, limit: int | None, cursor: str | None) -> Page[T]:
        return self._transport.ask(kind, "GET", path, params={"limit": limit, "cursor": cursor})


def _present(body: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that are given: the API has defaults for the others."""
    return {field: value for field, value in body.items() if value is not None}
