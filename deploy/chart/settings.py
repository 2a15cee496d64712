"""What an operator may set of a service through the chart: the settings in its code, less those that the chart sets."""

from typing import Any, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

# Addresses, paths, secrets and what follows from other values: templates/_environment.tpl.
CHART_OWNED = frozenset(
    {
        "CARTRIDGES_API_DRAIN_SECONDS",
        "CARTRIDGES_API_HOST",
        "CARTRIDGES_API_PORT",
        "CARTRIDGES_BASE_MODEL",
        # The chart's dashboard is an image of its own.
        "CARTRIDGES_DASHBOARD_DIR",
        "CARTRIDGES_DATABASE_URL",
        "CARTRIDGES_DATA_DIR",
        "CARTRIDGES_DISPATCHER_STATUS_PORT",
        "CARTRIDGES_INFERENCE_DRAIN_SECONDS",
        "CARTRIDGES_INFERENCE_ENGINE",
        "CARTRIDGES_INFERENCE_HOST",
        "CARTRIDGES_INFERENCE_LINGER_SECONDS",
        "CARTRIDGES_INFERENCE_PAGE_SIZE",
        "CARTRIDGES_INFERENCE_PORT",
        "CARTRIDGES_INFERENCE_URL",
        "CARTRIDGES_LAUNCHER_KUBERNETES_API",
        "CARTRIDGES_LAUNCHER_MAX_ACTIVE",
        "CARTRIDGES_LAUNCHER_TEMPLATE",
        "CARTRIDGES_ROUTER_DRAIN_SECONDS",
        "CARTRIDGES_ROUTER_HOST",
        "CARTRIDGES_ROUTER_KUBERNETES_API",
        "CARTRIDGES_ROUTER_KUBERNETES_NAMESPACE",
        "CARTRIDGES_ROUTER_KUBERNETES_PORT",
        "CARTRIDGES_ROUTER_KUBERNETES_SERVICE",
        "CARTRIDGES_ROUTER_LINGER_SECONDS",
        "CARTRIDGES_ROUTER_PODS",
        "CARTRIDGES_ROUTER_POLL_SECONDS",
        "CARTRIDGES_ROUTER_PORT",
        "CARTRIDGES_S3_BUCKET",
        "CARTRIDGES_S3_ENDPOINT",
        "CARTRIDGES_S3_REGION",
        "CARTRIDGES_S3_SECURE",
        "CARTRIDGES_SGLANG_HOST",
        "CARTRIDGES_SGLANG_PORT",
        "CARTRIDGES_SGLANG_PYTHON",
        "CARTRIDGES_SGLANG_SOCKET_DIRECTORY",
        "CARTRIDGES_SGLANG_START_SECONDS",
        "CARTRIDGES_SGLANG_TENSOR_PARALLEL",
        "CARTRIDGES_TRAINER_DEVICE",
        "CARTRIDGES_TRAINER_STATUS_PORT",
    }
)


def variables_of(settings: type[BaseSettings]) -> dict[str, FieldInfo]:
    """The fields of a settings class by the names of their variables."""
    prefix = settings.model_config["env_prefix"]
    return {f"{prefix}{name}".upper(): field for name, field in settings.model_fields.items()}


def settings_schema(*classes: type[BaseSettings]) -> dict[str, Any]:
    """JSON schemas of what may be set, by variable; a default is told, not filled in."""
    found: dict[str, Any] = {}
    for settings in classes:
        properties = settings.model_json_schema()["properties"]
        for (variable, field), schema in zip(
            variables_of(settings).items(), properties.values(), strict=True
        ):
            if variable not in CHART_OWNED and not _is_secret(field):
                found[variable] = _told(dict(schema), field)
    return dict(sorted(found.items()))


def _is_secret(field: FieldInfo) -> bool:
    return SecretStr in (field.annotation, *get_args(field.annotation))


def _told(schema: dict[str, Any], field: FieldInfo) -> dict[str, Any]:
    words = (schema.pop("description", None) or _in_words(schema.pop("title"))).rstrip(".")
    schema.pop("title", None)
    default = schema.pop("default", None)
    told = "" if field.is_required() or default is None else f" The service's default: {default!r}."
    return schema | {"description": f"{words}.{told}"}


def _in_words(title: str) -> str:
    return title.capitalize()
