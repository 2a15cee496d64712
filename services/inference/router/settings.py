"""Settings of the router, from CARTRIDGES_* variables."""

from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import NoDecode

from cartridge_store.settings import GrantSettings
from services.inference.router.decision import BALANCE


class RouterSettings(GrantSettings):
    """Pods come from `router_pods`, or from the EndpointSlices of `router_kubernetes_service`."""

    router_host: str = "127.0.0.1"
    router_port: Annotated[int, Field(ge=0, le=65535)] = 8200
    router_pods: Annotated[
        tuple[str, ...], NoDecode, Field(description="Addresses such as http://10.0.0.7:8100, by commas.")
    ] = ()
    router_kubernetes_service: str | None = None
    router_kubernetes_namespace: str = "default"
    router_kubernetes_port: Annotated[
        str | None, Field(description="Name of the service's port; may be left out where it has but one.")
    ] = None
    router_kubernetes_api: Annotated[
        str | None,
        Field(description="The API server's address; by default the cluster's own, or the kubeconfig's."),
    ] = None
    router_poll_seconds: Annotated[float, Field(gt=0, description="Between two looks at a pod.")] = 1.0
    router_poll_timeout_seconds: Annotated[float, Field(gt=0)] = 5.0
    router_listing_seconds: Annotated[
        float, Field(gt=0, description="Between two listings of a pod's cartridges.")
    ] = 10.0
    router_connect_seconds: Annotated[float, Field(gt=0)] = 2.0
    router_first_byte_seconds: Annotated[
        float, Field(gt=0, description="How long a pod may take to begin an answer before another is asked.")
    ] = 120.0
    router_whole_answer_seconds: Annotated[
        float, Field(gt=0, description="The same for an answer that is not streamed: it comes all at once.")
    ] = 600.0
    router_between_bytes_seconds: Annotated[
        float, Field(gt=0, description="How long a begun answer may stand still.")
    ] = 60.0
    router_attempts: Annotated[int, Field(ge=1, le=16, description="Pods asked for one request.")] = 3
    router_pod_queue: Annotated[
        int,
        Field(ge=0, description="Requests that may wait at a pod; at most what the pods themselves allow."),
    ] = 64
    router_balance: Annotated[
        float, Field(gt=1, le=4, description="How far beyond its fair share a pod may be loaded.")
    ] = BALANCE
    router_ejection_seconds: Annotated[
        float,
        Field(gt=0, description="How long a pod that failed is left out; doubled by each failure more."),
    ] = 1.0
    router_ejection_limit_seconds: Annotated[float, Field(gt=0)] = 30.0
    router_linger_seconds: Annotated[
        float, Field(ge=0, description="How long a stopping router still takes requests, not ready already.")
    ] = 0
    router_drain_seconds: Annotated[
        int, Field(ge=0, description="How long answers under way may go on when the router stops.")
    ] = 30

    @field_validator("router_pods", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("router_pods")
    @classmethod
    def _are_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            if not address.startswith(("http://", "https://")):
                raise ValueError(f"{address!r} is not an address; write it as http://host:port")
        return tuple(address.rstrip("/") for address in value)

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if bool(self.router_pods) == bool(self.router_kubernetes_service):
            raise ValueError("set either CARTRIDGES_ROUTER_PODS or CARTRIDGES_ROUTER_KUBERNETES_SERVICE")
        return self
