"""HTTPRoutes, checked by the definitions of the Gateway API, which npm's registry has and PyPI has not."""

import json
import subprocess
from functools import cache

from tests.helm.rendering import TOOLS, Manifest

# Its types are checked by the definition; that there is nothing else in it, by this.
_SPEC = {"parentRefs", "hostnames", "rules"}
_RULE = {"matches", "timeouts", "backendRefs"}


def check_route(route: Manifest) -> None:
    """Raises `AssertionError` with what is wrong."""
    complaint = _complaint(json.dumps(route))
    assert not complaint, complaint
    assert route["spec"].keys() <= _SPEC
    assert all(rule.keys() <= _RULE for rule in route["spec"]["rules"])


@cache
def _complaint(route: str) -> str:
    found = subprocess.run(
        ["node", "validate.mjs"],  # noqa: S607 - the machine's own
        cwd=TOOLS / "gateway", input=route, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return found.stderr if found.returncode else ""
