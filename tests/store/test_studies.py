"""What a job has told, as it is read afterwards: conversations, events by page, and the loss in few points."""

import pytest
from sqlalchemy import select

from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.repositories import attempts, job_events, studies
from cartridge_store.db.scope import tenant_transaction
from cartridge_store.db.tables import StudiedConversation, TrainingJob
from cartridge_store.errors import LeaseLostError


def _shard(number: int, *questions: str) -> studies.NewShard:
    conversations = tuple(
        studies.NewConversation(0 if number == 0 else None, "question", question, "An answer.")
        for question in questions
    )
    return studies.NewShard("train", number, conversations)


@pytest.fixture
def claimed(worker_sessions: SessionFactory, job: TrainingJob) -> TrainingJob:
    with worker_sessions.begin() as session:
        assert attempts.claim(session, job.id, "w", 60) is not None
    return job


def test_conversations_are_found_by_what_they_say_with_the_chunks_they_are_about(
    worker_sessions: SessionFactory, api_sessions: SessionFactory, claimed: TrainingJob
) -> None:
    with worker_sessions.begin() as session:
        chunk = studies.NewChunk(0, "wards.txt", 12, "Ward 3 has 11 beds.\0")
        attempts.keep_chunks(session, claimed.id, 1, [chunk])
        for shard in (
            _shard(0, "How many BEDS?", "Is 100% full?", "1000 or 100x?"),
            _shard(1, "Who are you?"),
        ):
            studies.put_shard(session, claimed.tenant_id, claimed.id, shard)
    with tenant_transaction(api_sessions, claimed.tenant_id) as session:

        def found(**by: str) -> list[str]:
            page = studies.list_page(session, claimed.tenant_id, claimed.id, limit=9, **by)
            return [row.question for row in page.rows]

        assert found() == ["Who are you?", "1000 or 100x?", "Is 100% full?", "How many BEDS?"]
        assert found(search="beds") == ["How many BEDS?"]
        assert found(search="100%") == ["Is 100% full?"]
        assert found(search="an answer", kind="recitation") == []
        chunks = studies.chunks(session, claimed.tenant_id, claimed.id, [0, 7])
        assert [(chunk.document, chunk.position, chunk.text[:6]) for chunk in chunks.values()] == [
            ("wards.txt", 12, "Ward 3")
        ]


def test_a_shard_that_is_made_again_takes_the_place_of_what_it_was(
    worker_sessions: SessionFactory, sessions: SessionFactory, claimed: TrainingJob
) -> None:
    for questions in (("a", "b"), ("c",)):
        with worker_sessions.begin() as session:
            attempts.keep_chunks(session, claimed.id, 1, [studies.NewChunk(0, "d", 0, questions[0])])
            studies.put_shard(session, claimed.tenant_id, claimed.id, _shard(0, *questions))
    with sessions() as session:
        assert session.scalars(
            select(StudiedConversation.question).where(StudiedConversation.job_id == claimed.id)
        ).all() == ["c"]


def test_an_attempt_that_has_lost_its_job_keeps_nothing(
    worker_sessions: SessionFactory, sessions: SessionFactory, claimed: TrainingJob
) -> None:
    with pytest.raises(LeaseLostError), worker_sessions.begin() as session:
        attempts.keep_chunks(session, claimed.id, 2, [studies.NewChunk(0, "d", 0, "t")])
    with sessions() as session:
        assert studies.chunks(session, claimed.tenant_id, claimed.id, [0]) == {}


def test_a_curve_has_few_points_that_keep_its_extremes_and_its_last_step(
    worker_sessions: SessionFactory, api_sessions: SessionFactory, claimed: TrainingJob
) -> None:
    def tell(step: int, loss: float) -> None:
        data = {
            "stage": "train",
            "step": step,
            "loss": loss,
            "tokens_per_second": 100.0,
            "learning_rate": 0.1,
        }
        attempts.append_event(session, claimed.id, 1, "progress", data)

    with worker_sessions.begin() as session:
        attempts.append_event(session, claimed.id, 1, "progress", {"stage": "self_study", "conversations": 3})
        for step in range(1, 31):
            tell(step, 9.0 if step == 15 else 3.0)
        # A later attempt has gone back to a checkpoint.
        for step in range(29, 34):
            tell(step, 1.0)
    with tenant_transaction(api_sessions, claimed.tenant_id) as session:
        curve = job_events.loss_curve(session, claimed.tenant_id, claimed.id, 10)
        whole = job_events.loss_curve(session, claimed.tenant_id, claimed.id, 500)
        assert job_events.loss_curve(session, "ten_other", claimed.id, 10) == []
    assert len(curve) == 10
    assert curve[-1].step == 33
    assert max(point.largest for point in curve) == 9.0
    assert [point.step for point in whole] == list(range(1, 34))
    assert [point.loss for point in whole][27:30] == [3.0, 1.0, 1.0]


def test_events_are_read_back_page_by_page(
    worker_sessions: SessionFactory, api_sessions: SessionFactory, claimed: TrainingJob
) -> None:
    with worker_sessions.begin() as session:
        for number in range(5):
            attempts.append_event(session, claimed.id, 1, "log", {"message": str(number)})
            attempts.append_event(session, claimed.id, 1, "progress", {"stage": "train"})
    read: list[str] = []
    before, has_more = None, True
    with tenant_transaction(api_sessions, claimed.tenant_id) as session:
        while has_more:
            page = job_events.list_before(
                session, claimed.tenant_id, claimed.id, limit=2, before=before, types=["log"]
            )
            read += [row.data["message"] for row in page.rows]
            before, has_more = page.rows[-1].seq, page.has_more
        states = job_events.list_of_type(session, claimed.tenant_id, claimed.id, "state")
    assert read == ["4", "3", "2", "1", "0"]
    assert [event.data["state"] for event in states] == ["queued", "running"]
