"""The description of the Kubernetes Jobs that train, and what can go wrong with them; needs no Kubernetes client."""

import json
from pathlib import Path
from typing import Any


class LaunchError(RuntimeError):
    """The API server is away or refuses; the training job waits in the database."""

    code = "launch_failed"


class LaunchTemplateError(ValueError):
    """The description of Jobs cannot be used."""

    code = "launch_template_unusable"


def read_template(path: Path) -> dict[str, Any]:
    """The description of Jobs in a file. Raises `LaunchTemplateError`."""
    try:
        template = json.loads(path.read_text(encoding="utf-8"))
        pod = template["spec"]["template"]
        usable = template["kind"] == "Job" and bool(template["metadata"]["namespace"])
        usable = (
            usable and bool(template["metadata"]["name"]) and bool(pod["spec"]["containers"][0]["command"])
        )
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise LaunchTemplateError(f"{path} does not describe a Job: {error!r}") from error
    if not usable:
        raise LaunchTemplateError(f"{path} does not describe a Job with a name, a namespace and a command")
    return dict(template)
