"""A part for every alert that the chart has, with metrics, errors and variables that there are."""

import re

import pytest

from tests.conftest import REPOSITORY
from tests.helm.rendering import CHART, Combination, render

DOCUMENTS = REPOSITORY / "docs" / "operations"
RUNBOOKS = (DOCUMENTS / "runbooks.md").read_text(encoding="utf-8")
PRODUCTION = Combination.of("production", file="values-production.yaml")
ALL = sorted(DOCUMENTS.glob("*.md"))
CODE = "\n".join(
    path.read_text(encoding="utf-8")
    for root in ("libs", "services", "deploy")
    for path in (REPOSITORY / root).rglob("*")
    if path.suffix in {".py", ".yaml", ".tpl"} and "node_modules" not in path.parts
)


def alerts() -> dict[str, str]:
    """Each alert of the production values, with its runbook's address."""
    (rules,) = render(PRODUCTION).kind("PrometheusRule").values()
    return {
        rule["alert"]: rule["annotations"]["runbook_url"]
        for group in rules["spec"]["groups"]
        for rule in group["rules"]
        if "alert" in rule
    }


def test_every_alert_has_its_part_and_no_part_is_of_an_alert_that_is_gone() -> None:
    assert sorted(re.findall(r"^## (\w+)$", RUNBOOKS, re.MULTILINE)) == sorted(alerts())


def test_an_alert_links_to_its_part() -> None:
    for name, url in alerts().items():
        assert url.endswith(f"/runbooks#{name.lower()}")


def test_a_part_tells_of_metrics_and_error_codes_that_there_are() -> None:
    for metric in set(re.findall(r"`((?:inference|router|trainer|dispatcher)_[a-z_]+)[`{]", RUNBOOKS)):
        assert f'"{metric.removesuffix("_total")}"' in CODE, metric
    codes = set(re.findall(r"`([a-z]+_[a-z_]+)`", RUNBOOKS))
    named = (REPOSITORY / "docs" / "errors.md").read_text(encoding="utf-8")
    quotas = {"requests_minute", "tokens_minute", "concurrent_jobs", "batch_tokens", "cartridge_tokens"}
    for code in codes - quotas:
        assert f"`{code}`" in named or f'"{code.removesuffix("_total")}"' in CODE, code


@pytest.mark.parametrize("path", ALL, ids=[path.stem for path in ALL])
def test_what_a_document_names_is_there(path: object) -> None:
    assert path in ALL
    text = path.read_text(encoding="utf-8")
    for variable in set(re.findall(r"CARTRIDGES_[A-Z0-9_]+[A-Z0-9]", text)):
        field = variable.removeprefix("CARTRIDGES_").removeprefix("SGLANG_").lower()
        assert variable in CODE or re.search(rf"^    {field}:", CODE, re.MULTILINE), variable
    for link, anchor in re.findall(r"\]\(([\w./-]*)(?:#([\w-]+))?\)", text):
        target = (path.parent / link).resolve() if link else path
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings}
    for test in re.findall(r"`(tests/[\w./]+)`", text):
        assert (REPOSITORY / test).exists(), test
    values = (CHART / "values.yaml").read_text(encoding="utf-8")
    for value in re.findall(
        r"`((?:api|inference|trainer|router|monitoring|priorityClasses|secrets)\.[\w.]+)", text
    ):
        assert f"{value.split('.')[-1].split('=')[0]}:" in values, value
