"""Roles allow what the code asks of the API server, seen on servers that stand in for it, and not a verb more."""

import asyncio
from pathlib import Path

import pytest

from cartridge_web.cluster import cluster_client
from services.inference.router.kubernetes_pods import EndpointSliceWatch
from services.inference.router.metrics import RouterMetrics
from services.trainer.launch_template import read_template
from services.trainer.launcher import JobLauncher
from tests.helm.combinations import COMBINATIONS, JOBS, PRODUCTION
from tests.helm.rendering import FULLNAME, Combination, render
from tests.inference.router.api_server import NAMESPACE, SERVICE, ApiServer, api_server
from tests.trainer.jobs_server import jobs_server


def rights(combination: Combination, component: str) -> set[tuple[str, str, str]]:
    """API group, resource and verb of a component's role."""
    role = render(combination).one("Role", component)
    return {
        (group, resource, verb)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def test_the_router_lists_and_watches_endpointslices_and_nothing_else() -> None:
    with api_server() as (api, url):
        asyncio.run(_follow_until_watching(api, url))
        asked = ({"list"} if api.lists else set()) | ({"watch"} if api.watched_from else set())
    assert rights(PRODUCTION, "router") == {("discovery.k8s.io", "endpointslices", verb) for verb in asked}


def test_the_dispatcher_makes_and_lists_jobs_as_the_chart_describes_them_and_nothing_else(
    tmp_path: Path,
) -> None:
    description = render(JOBS).kind("ConfigMap")[f"{FULLNAME}-training-job"]["data"]["job.json"]
    (tmp_path / "job.json").write_text(description)
    template = read_template(tmp_path / "job.json")
    with jobs_server(template["metadata"]["namespace"]) as (server, url):
        launcher = JobLauncher(cluster_client(url), template, max_active=1)
        launcher.room()
        launcher.wake("job_1")
        assert launcher.room() == 0
        (made,) = server.jobs.values()
    # The client reads the description into its own model and writes it anew: nothing may get lost on that way.
    sent, described = made["spec"]["template"]["spec"], template["spec"]["template"]["spec"]
    assert sent["containers"][0].pop("command") == [*described["containers"][0].pop("command"), "job_1"]
    assert sent == described
    assert rights(JOBS, "dispatcher") == {("batch", resource, verb) for verb, resource in server.verbs}


def test_the_dispatcher_finds_the_description_where_it_is_told() -> None:
    (container,) = render(JOBS).one("Deployment", "dispatcher")["spec"]["template"]["spec"]["containers"]
    told = {each["name"]: each.get("value", "") for each in container["env"]}
    directory, _, name = told["CARTRIDGES_LAUNCHER_TEMPLATE"].rpartition("/")
    assert directory in {mount["mountPath"] for mount in container["volumeMounts"]}
    assert name in render(JOBS).kind("ConfigMap")[f"{FULLNAME}-training-job"]["data"]


@pytest.mark.parametrize("combination", COMBINATIONS, ids=str)
def test_roles_are_bound_to_accounts_that_pods_use(combination: Combination) -> None:
    rendered = render(combination)
    used = {template["spec"].get("serviceAccountName") for _, template in rendered.pods()}
    for name, binding in rendered.kind("RoleBinding").items():
        assert binding["roleRef"]["name"] in rendered.kind("Role"), name
        for subject in binding["subjects"]:
            assert subject["name"] in used
            assert subject["namespace"] == rendered.kind("Role")[name]["metadata"]["namespace"]
    assert len(rendered.kind("Role")) == len(rendered.kind("RoleBinding"))


async def _follow_until_watching(api: ApiServer, url: str) -> None:
    watch = EndpointSliceWatch(SERVICE, NAMESPACE, port_name=None, api_url=url, metrics=RouterMetrics())
    async with watch.running(lambda _: None):
        async with asyncio.timeout(30):
            while not api.watched_from:
                await asyncio.sleep(0.01)
