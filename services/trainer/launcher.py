"""A Kubernetes Job for each training job, for clusters that schedule batch work themselves.

The Job's description is the operator's, a file of JSON; added are a name and the training job's id, as the last word
of the command and as a label. That label is all the memory there is: what works on a job is found by asking.
"""

import copy
from collections.abc import Mapping
from typing import Any

import structlog
import urllib3
from kubernetes import client
from pydantic import ValidationError

from services.trainer.launch_template import LaunchError, LaunchTemplateError

log = structlog.get_logger(__name__)

JOB_LABEL = "cartridges/training-job"
_TIMEOUT_SECONDS = (5, 30)
_ENDED = frozenset({"Complete", "Failed"})


class JobLauncher:
    """Makes Jobs in the description's namespace, `max_active` of them at a time. It creates and lists, nothing else."""

    helps = False

    def __init__(self, api: client.ApiClient, template: Mapping[str, Any], max_active: int) -> None:
        """Raises `LaunchTemplateError` for a description that the client would not send."""
        self._jobs = client.BatchV1Api(api)
        self._template = template
        self._namespace: str = template["metadata"]["namespace"]
        self._max_active = max_active
        self._active: set[str] = set()
        try:
            client.V1Job.from_dict(self._described("job_0", "job_0"))
        except ValidationError as error:
            raise LaunchTemplateError(f"Jobs cannot be made as described: {error}") from error

    def room(self) -> int:
        """Jobs that may still be made; looks who is at work. Raises `LaunchError`."""
        try:
            found = self._jobs.list_namespaced_job(
                self._namespace, label_selector=JOB_LABEL, _request_timeout=_TIMEOUT_SECONDS
            )
        except (client.ApiException, urllib3.exceptions.HTTPError, OSError) as error:
            raise LaunchError(f"Kubernetes' Jobs could not be listed: {_reason(error)}") from error
        self._active = {each.metadata.labels[JOB_LABEL] for each in found.items if not _has_ended(each)}
        return self._max_active - len(self._active)

    def wake(self, job_id: str) -> None:
        """Make a Job, unless one is at work on it or waits for a node. Raises `LaunchError`."""
        label = _label_of(job_id)
        if label in self._active:
            return
        try:
            made = self._jobs.create_namespaced_job(
                self._namespace, self._described(job_id, label), _request_timeout=_TIMEOUT_SECONDS
            )
        except (client.ApiException, urllib3.exceptions.HTTPError, OSError) as error:
            raise LaunchError(f"no Job could be made for {job_id}: {_reason(error)}") from error
        self._active.add(label)
        log.info("job_launched", job=job_id, kubernetes_job=made.metadata.name)

    def _described(self, job_id: str, label: str) -> dict[str, Any]:
        made = copy.deepcopy(dict(self._template))
        metadata, pod = made["metadata"], made["spec"]["template"]
        # The API server adds a few letters of its own: a second attempt is another Job.
        metadata["generateName"] = f"{metadata.pop('name')}-"
        for labelled in (metadata, pod.setdefault("metadata", {})):
            labelled.setdefault("labels", {})[JOB_LABEL] = label
        pod["spec"]["containers"][0]["command"] += [job_id]
        return made


def _label_of(job_id: str) -> str:
    """A label's value is shorter than any id here, and of the same letters."""
    return job_id[:63]


def _has_ended(job: Any) -> bool:
    conditions = (job.status and job.status.conditions) or ()
    return any(each.type in _ENDED and each.status == "True" for each in conditions)


def _reason(error: Exception) -> str:
    return f"{error.status} {error.reason}" if isinstance(error, client.ApiException) else str(error)
