"""Prometheus takes the chart's rules; each alert fires when it should, and holds its peace when not."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.helm.combinations import DEV, EVERYTHING, JOBS, PRODUCTION
from tests.helm.rendering import FULLNAME, NAMESPACE, TOOLS, Combination, Rendered, render

_WATCHED_DEV = Combination.of("dev, watched", {"monitoring.rules.enabled": True}, file="values-dev.yaml")


def _of(component: str, **labels: str) -> str:
    named = {"namespace": NAMESPACE, "service": f"{FULLNAME}-{component}", "pod": f"{FULLNAME}-{component}-0"}
    return "{" + ",".join(f'{name}="{value}"' for name, value in {**named, **labels}.items()) + "}"


API, ROUTER, PODS, DISPATCHER = (_of(each) for each in ("api", "router", "inference", "dispatcher"))
TRAINER = f'{{namespace="{NAMESPACE}",pod="{FULLNAME}-trainer-1"}}'
CHAT = {"route": "/v1/chat/completions", "method": "POST"}
WELL = _of("api", **CHAT, status="200")
BROKEN = _of("api", **CHAT, status="500")
SLOW_STEP = 20
FIRST = "inference_time_to_first_token_seconds"


@dataclass(frozen=True)
class Case:
    """Series, one value a step, and whether the alert is there at `minute`."""

    alert: str
    fires: bool
    series: dict[str, str]
    minute: int = 60
    name: str = ""

    @property
    def step_minutes(self) -> int:
        """What takes days to show need not be looked at every minute."""
        return SLOW_STEP if self.minute > 1000 else 1

    def __str__(self) -> str:
        return f"{self.alert}{' ' + self.name if self.name else ''} {'fires' if self.fires else 'holds'}"


def _both(alert: str, loud: dict[str, str], quiet: dict[str, str], minute: int = 60) -> tuple[Case, Case]:
    return Case(alert, True, loud, minute), Case(alert, False, quiet, minute)


def _chat(well: int, broken: int) -> dict[str, str]:
    """Requests a step."""
    return {
        f"http_requests_total{WELL}": f"0+{well}x300",
        f"http_requests_total{BROKEN}": f"0+{broken}x300",
    }


def _first_tokens(in_time: int, all_: int) -> dict[str, str]:
    return {
        f"{FIRST}_bucket{_of('inference', le='2.5')}": f"0+{in_time}x300",
        f"{FIRST}_count{PODS}": f"0+{all_}x300",
    }


CASES = (
    *_both("CartridgesChatErrorsBurnFast", _chat(95, 5), _chat(1000, 1), 90),
    Case("CartridgesChatErrorsBurnFast", False, {}, name="without traffic"),
    Case("CartridgesChatErrorsBurnFast", False, {
        f"http_requests_total{WELL}": "0+100x300", f"http_requests_total{BROKEN}": "0+50x10 500x290"}, 120,
        name="after ten bad minutes two hours ago"),
    *_both("CartridgesChatErrorsBurnSlow", _chat(998, 3), _chat(9999, 1), 5000),
    *_both("CartridgesSlowFirstTokensBurnFast", _first_tokens(20, 100), _first_tokens(97, 100), 90),
    *_both("CartridgesSlowFirstTokensBurnSlow", _first_tokens(90, 100), _first_tokens(97, 100), 5000),
    *_both("CartridgesApiDown", {}, {f"http_requests_in_progress{API}": "0x60"}),
    *_both("CartridgesNoInferencePod", {f"router_pods{_of('router', state='ready')}": "0x60"},
           {f"router_pods{_of('router', state='ready')}": "1x60"}),
    *_both("CartridgesRequestsRefused",
           {f"router_refusals_total{_of('router', cause='full')}": "0+5x60",
            f"router_decisions_total{_of('router', reason='home')}": "0+100x60"},
           {f"router_refusals_total{_of('router', cause='full')}": "0x60",
            f"router_decisions_total{_of('router', reason='home')}": "0+100x60"}),
    *_both("CartridgesAnswersBrokenOff", {f"router_broken_answers_total{ROUTER}": "0+1x60"},
           {f"router_broken_answers_total{ROUTER}": "0x30 1x30"}),
    *_both("CartridgesPodsUnknown", {f"router_discovery_failures_total{_of('router', cause='api')}": "0+3x60"},
           {f"router_discovery_failures_total{_of('router', cause='gone')}": "0+3x60"}),
    *_both("CartridgesEngineDown", {f"inference_engine_up{PODS}": "0x60"}, {f"inference_engine_up{PODS}": "0x10 1x50"}),
    *_both("CartridgesAnswersWithheld",
           {f"inference_withheld_answers_total{_of('inference', reason='uncovered')}": "0+1x60"},
           {f"inference_withheld_answers_total{_of('inference', reason='uncovered')}": "0x50 1x10"}),
    *_both("CartridgesLoadsFail",
           {f"inference_cartridge_load_failures_total{_of('inference', code='object_store_unavailable')}": "0+5x60",
            f"inference_cartridge_lookups_total{_of('inference', result='miss')}": "0+100x60"},
           {f"inference_cartridge_load_failures_total{_of('inference', code='object_store_unavailable')}": "0+1x60",
            f"inference_cartridge_lookups_total{_of('inference', result='miss')}": "0+100x60"}),
    *_both("CartridgesCacheThrash",
           {f"inference_cartridge_evictions_total{PODS}": "0+80x120",
            f"inference_cartridge_lookups_total{_of('inference', result='miss')}": "0+100x120"},
           {f"inference_cartridge_evictions_total{PODS}": "0+20x120",
            f"inference_cartridge_lookups_total{_of('inference', result='hit')}": "0+100x120"}, 90),
    *_both("CartridgesLimitsOff", {f"rate_limit_unchecked_total{API}": "0+50x60"},
           {f"rate_limit_unchecked_total{API}": "0+1x60"}),
    *_both("CartridgesDispatcherDown", {f"dispatcher_last_round_timestamp_seconds{DISPATCHER}": "600x60"},
           {f"dispatcher_last_round_timestamp_seconds{DISPATCHER}": "0+60x60"}),
    Case("CartridgesDispatcherDown", True, {}, name="that tells nothing"),
    *_both("CartridgesQueueAge", {f"dispatcher_oldest_unbegun_job_seconds{DISPATCHER}": "0+60x60"},
           {f"dispatcher_oldest_unbegun_job_seconds{DISPATCHER}": "600x60"}),
    *_both("CartridgesJobStuck", {f"dispatcher_oldest_begun_job_seconds{DISPATCHER}": "43000+60x60"},
           {f"dispatcher_oldest_begun_job_seconds{DISPATCHER}": "3000+60x60"}),
    *_both("CartridgesJobRepeats", {f"dispatcher_most_attempts{DISPATCHER}": "5x60"},
           {f"dispatcher_most_attempts{DISPATCHER}": "4x60"}),
    *_both("CartridgesLeasesLost", {f"dispatcher_lost_leases_total{DISPATCHER}": "0x40 1 2 3 4 5 5x20"},
           {f"dispatcher_lost_leases_total{DISPATCHER}": "0x40 1x30"}),
    *_both("CartridgesLeaseExpired", {f"dispatcher_expired_leases{DISPATCHER}": "1x60"},
           {f"dispatcher_expired_leases{DISPATCHER}": "0x50 1x10"}),
    *_both("CartridgesAttemptsBreak", {f"trainer_attempts_total{TRAINER[:-1]},outcome=\"broken\"}}": "0+1x60"},
           {f"trainer_attempts_total{TRAINER[:-1]},outcome=\"failed\"}}": "0+1x60"}),
    *_both("CartridgesDeletionsOverdue", {f"dispatcher_oldest_deletion_seconds{DISPATCHER}": "7100+60x60"},
           {f"dispatcher_oldest_deletion_seconds{DISPATCHER}": "60x60"}),
    *_both("CartridgesDiskFull",
           {f"inference_disk_free_bytes{PODS}": "9x60", f"inference_disk_size_bytes{PODS}": "100x60"},
           {f"inference_disk_free_bytes{PODS}": "50x60", f"inference_disk_size_bytes{PODS}": "100x60"}),
    Case("CartridgesDiskFull", True, {f"trainer_disk_free_bytes{TRAINER}": "9x60",
                                      f"trainer_disk_size_bytes{TRAINER}": "100x60"}, name="of a trainer"),
)  # fmt: skip


def rules_of(rendered: Rendered) -> dict[str, Any]:
    (found,) = rendered.kind("PrometheusRule").values()
    spec: dict[str, Any] = found["spec"]
    return spec


def alerts_of(rendered: Rendered) -> dict[str, dict[str, Any]]:
    return {
        rule["alert"]: rule
        for group in rules_of(rendered)["groups"]
        for rule in group["rules"]
        if "alert" in rule
    }


@pytest.mark.parametrize("combination", [PRODUCTION, EVERYTHING, JOBS, _WATCHED_DEV], ids=str)
def test_promtool_finds_nothing_wrong_with_the_rules(combination: Combination, tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(rules_of(render(combination))))
    promtool("check", "rules", "--lint-fatal", str(tmp_path / "rules.yaml"))


def test_every_alert_has_a_case_in_which_it_fires_and_one_in_which_it_does_not() -> None:
    alerts = set(alerts_of(render(PRODUCTION)))
    assert {case.alert for case in CASES if case.fires} == alerts
    assert {case.alert for case in CASES if not case.fires} == alerts


@pytest.mark.parametrize("step_minutes", [1, SLOW_STEP])
def test_each_alert_fires_and_holds_its_peace_as_it_should(step_minutes: int, tmp_path: Path) -> None:
    cases = [case for case in CASES if case.step_minutes == step_minutes]
    assert cases
    _try_rules(tmp_path, [_test_of(case) for case in cases], step_minutes)


def test_a_case_that_should_not_hold_is_found_out(tmp_path: Path) -> None:
    loud = next(case for case in CASES if case.fires and case.minute == 60)
    with pytest.raises(AssertionError, match="FAILED"):
        _try_rules(tmp_path, [_test_of(Case(loud.alert, False, loud.series))], 1)


def test_no_rules_are_made_unless_asked_for() -> None:
    assert not render(DEV).kind("PrometheusRule")


def test_every_alert_says_how_bad_it_is_and_where_its_runbook_is() -> None:
    for name, alert in alerts_of(render(PRODUCTION)).items():
        assert alert["labels"]["severity"] in {"warning", "critical"}
        assert alert["annotations"]["runbook_url"].endswith(f"#{name.lower()}")
        assert re.search(r"\w{3}", alert["annotations"]["summary"].partition(": ")[2])


def promtool(*arguments: str) -> None:
    found = subprocess.run([str(TOOLS / "promtool"), *arguments], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


def _try_rules(directory: Path, tests: list[dict[str, Any]], step_minutes: int) -> None:
    (directory / "rules.yaml").write_text(yaml.safe_dump(rules_of(render(PRODUCTION))))
    described = {"rule_files": ["rules.yaml"], "evaluation_interval": f"{step_minutes}m", "tests": tests}
    (directory / "tests.yaml").write_text(yaml.safe_dump(described))
    promtool("test", "rules", str(directory / "tests.yaml"))


def _test_of(case: Case) -> dict[str, Any]:
    """promtool compares whole alerts: that one fires is asked of the series ALERTS, whose labels matter less."""
    query = f'count(ALERTS{{alertname="{case.alert}",alertstate="firing"}}) or vector(0)'
    return {
        "name": str(case),
        "interval": f"{case.step_minutes}m",
        "input_series": [{"series": name, "values": values} for name, values in case.series.items()],
        "promql_expr_test": [
            {
                "expr": f"({query}) > bool 0",
                "eval_time": f"{case.minute}m",
                "exp_samples": [{"labels": "{}", "value": int(case.fires)}],
            }
        ],
    }
