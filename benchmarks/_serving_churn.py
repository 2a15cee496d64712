"""More cartridges than the pool holds, one after the other, again and again: is any answer wrong, is anything lost?"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from benchmarks._backdoor import Backdoor
from benchmarks._tenants import Answer, Tenant, at_once, user
from benchmarks.parity import judge
from cartridge_store.grants import GrantedCartridge

_AT_ONCE = 4


def measure_churn(
    reference: Tenant,
    pod: Tenant,
    backdoor: Backdoor,
    cartridges: Sequence[GrantedCartridge],
    *,
    rounds: int,
    max_tokens: int,
) -> dict[str, Any]:
    """Ask one question of all `cartridges` in `rounds` rounds; every answer is compared with the reference engine's.

    In the end all are unloaded and the cache is emptied: what is in use then beyond what was before is lost. An answer
    that parts from the reference at a tie (`benchmarks.parity`) is told apart from a wrong one.
    """
    backdoor.flush_device()
    before = backdoor.occupancy()

    def ask(tenant: Tenant) -> list[Answer]:
        question = user("What was built there, and by whom?")
        jobs = [
            partial(tenant.stream, question, cartridge, max_tokens=max_tokens, ranked=True)
            for cartridge in cartridges
        ]
        return at_once(jobs, _AT_ONCE)

    expected = ask(reference)
    found = [answer for _ in range(rounds) for answer in ask(pod)]
    verdict = judge(expected * rounds, found)
    most = backdoor.occupancy()
    for cartridge in cartridges:
        pod.unload(cartridge)
    backdoor.flush_device()
    after = backdoor.occupancy()
    return {
        "churn_cartridges": len(cartridges),
        "churn_answers": verdict.prompts,
        "churn_distinct_answers": verdict.distinct,
        "churn_ties": verdict.ties,
        "churn_wrong_answers": verdict.mismatches - verdict.ties,
        "churn_host_bytes": most.host_bytes,
        "pool_leaked_tokens": after.device_tokens - before.device_tokens,
        "host_leaked_bytes": after.host_bytes - before.host_bytes,
        "disk_leaked_files": after.disk_files - before.disk_files,
    }
