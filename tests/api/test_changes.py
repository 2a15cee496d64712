"""Changes meet the state that they were meant for, or are refused."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.api.conftest import Belongings, Person, assert_problem


def test_a_change_meets_the_state_it_was_meant_for(ann: Person, belongings: Belongings) -> None:
    path = f"/v1/corpora/{belongings.corpus_id}"
    seen = ann.http.get(path).headers["etag"]
    changed = ann.http.patch(path, json={"name": "clinics"}, headers={"If-Match": seen})
    assert (changed.status_code, changed.json()["name"]) == (200, "clinics")
    assert ann.http.get(path).headers["etag"] == changed.headers["etag"] != seen
    late = ann.http.patch(path, json={"name": "lost"}, headers={"If-Match": seen})
    assert_problem(late, 412, "revision_mismatch")
    assert late.headers["etag"] == changed.headers["etag"]
    assert ann.http.get(path).json()["name"] == "clinics"
    for wanted in (None, "*", '"999", {etag}'):
        current = ann.http.get(path).headers["etag"]
        headers = {} if wanted is None else {"If-Match": wanted.format(etag=current)}
        assert ann.http.patch(path, json={"name": "any"}, headers=headers).status_code == 200


def test_a_corpus_has_changed_when_its_documents_have(ann: Person, belongings: Belongings) -> None:
    path = f"/v1/corpora/{belongings.corpus_id}"
    tags = [ann.http.get(path).headers["etag"]]
    made = ann.http.post(f"{path}/documents", files=[("files", ("a.txt", b"some text"))]).json()
    tags.append(ann.http.get(path).headers["etag"])
    ann.http.delete(f"{path}/documents/{made['data'][0]['id']}")
    tags.append(ann.http.get(path).headers["etag"])
    assert len(set(tags)) == 3


def test_of_changes_at_the_same_time_one_is_made(ann: Person, belongings: Belongings) -> None:
    path = f"/v1/cartridges/{belongings.cartridge_id}"
    seen = ann.http.get(path).headers["etag"]

    def change(number: int) -> int:
        body = {"name": f"name {number}"}
        return ann.http.patch(path, json=body, headers={"If-Match": seen}).status_code

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(change, range(6))) == [200, *[412] * 5]


def test_a_cartridge_is_reviewed_and_renamed(ann: Person, belongings: Belongings) -> None:
    path = f"/v1/cartridges/{belongings.cartridge_id}"
    assert ann.http.patch(path, json={"status": "needs_review"}).json()["status"] == "needs_review"
    renamed = ann.http.patch(path, json={"name": "wards 2026"}).json()
    assert (renamed["name"], renamed["status"]) == ("wards 2026", "needs_review")
    (entry, *_) = ann.http.get("/v1/audit", params={"target": belongings.cartridge_id}).json()["data"]
    assert entry["details"] == {"name": "wards 2026"}


@pytest.mark.parametrize("body", [{"digest": "0"}, {"status": "excellent"}, {"name": ""}])
def test_what_cannot_be_changed_is_refused(ann: Person, belongings: Belongings, body: dict[str, str]) -> None:
    response = ann.http.patch(f"/v1/cartridges/{belongings.cartridge_id}", json=body)
    assert_problem(response, 422, "invalid_request")
