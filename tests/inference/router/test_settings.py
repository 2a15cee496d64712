"""Settings of the router: where pods come from is said once, and well."""

import pytest
from pydantic import ValidationError

from services.inference.router.settings import RouterSettings

SECRET = "s" * 32


def test_pods_are_addresses_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARTRIDGES_GRANT_SECRET", SECRET)
    monkeypatch.setenv("CARTRIDGES_ROUTER_PODS", "http://10.0.0.7:8100/, http://10.0.0.8:8100")
    assert RouterSettings().router_pods == ("http://10.0.0.7:8100", "http://10.0.0.8:8100")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "set either CARTRIDGES_ROUTER_PODS or CARTRIDGES_ROUTER_KUBERNETES_SERVICE"),
        ({"router_pods": "http://a:1", "router_kubernetes_service": "inference"}, "set either"),
        ({"router_pods": "10.0.0.7:8100"}, "write it as http://host:port"),
        ({"router_pods": "http://a:1", "router_balance": 1}, "greater than 1"),
    ],
)
def test_what_is_wrong_is_told(given: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said) as refused:
        RouterSettings.model_validate({"grant_secret": SECRET, **given})
    assert SECRET not in str(refused.value)
