"""Both engines' greedy answers are the same tokens, on many prompts of every kind."""

from collections.abc import Callable

from benchmarks._material import Shelf as Material
from benchmarks._tenants import Answer, Tenant
from benchmarks.parity import TIE_NATS, compare_kinds, is_tie, judge, kinds
from cartridge_core.models import Model
from tests.inference.serving import Caller
from tests.inference.shelf import Shelf

PROMPTS_OF_A_KIND = 15


def tenant_of(caller: Caller) -> Tenant:
    return Tenant(caller.client, caller.settings.grant_secret, caller.tenant_id)


def test_engines_agree(
    pod: Caller,
    caller: Caller,
    model: Model,
    shelf: Shelf,
    record_property: Callable[[str, object], None],
) -> None:
    cartridges = kinds(
        model, Material(shelf.objects, shelf.directory), shelf.tenant_id, (96, 40), ends_at=500
    )
    found = compare_kinds(
        tenant_of(caller), tenant_of(pod), cartridges, prompts=PROMPTS_OF_A_KIND, max_tokens=12
    )
    prompts = sum(each.prompts for each in found.values())
    record_property("prompts", prompts)
    assert prompts >= 50
    assert {kind: each.mismatches for kind, each in found.items()} == dict.fromkeys(
        ("none", "one", "one_moved", "two"), 0
    ), f"of {prompts} prompts"
    # Answers that are all alike would agree whatever stood before them.
    assert all(each.distinct > PROMPTS_OF_A_KIND / 2 for each in found.values())


def _answer(words: str, lead: float) -> Answer:
    """One letter a token; at every place an `x` comes second, by `lead` nats."""
    return Answer(
        ids=tuple(map(ord, words)),
        tokens=tuple(words),
        runners_up=tuple(("x", lead) for _ in words),
        usage={},
        first_token_seconds=0,
    )


def test_a_divergence_counts_whatever_its_reason() -> None:
    verdict = judge([_answer("abc", 1.0)] * 2, [_answer("abc", 1.0), _answer("abx", 1.0)])
    assert (verdict.prompts, verdict.mismatches, verdict.ties) == (2, 1, 0)


def test_a_tie_is_one_that_both_engines_see() -> None:
    lead = TIE_NATS / 2
    tied = Answer((97, 98), ("a", "b"), (("x", 1.0), ("c", lead)), {}, 0)
    other = Answer((97, 99), ("a", "c"), (("x", 1.0), ("b", lead)), {}, 0)
    sure = Answer((97, 99), ("a", "c"), (("x", 1.0), ("b", 2 * TIE_NATS)), {}, 0)
    elsewhere = Answer((97, 100), ("a", "d"), (("x", 1.0), ("b", lead)), {}, 0)
    assert is_tie(tied, other)
    assert not is_tie(tied, sure)
    assert not is_tie(tied, elsewhere)
    assert not is_tie(tied, Answer((97,), ("a",), (("x", 1.0),), {}, 0))
