"""The chart's values: one model, from which values.yaml, values.schema.json and the README are made."""

from typing import Annotated, Any, Literal

from pydantic import Field

from deploy.chart.backing import ObjectStoreTrial, PostgresTrial, RedisTrial
from deploy.chart.blocks import (
    Budget,
    Count,
    CpuScaling,
    Gpu,
    Image,
    Images,
    Labels,
    Name,
    OutsideImage,
    Pod,
    Quantity,
    Resources,
    Scratch,
    Seconds,
    Values,
)
from deploy.chart.monitoring import Monitoring
from deploy.chart.network import Gateway, Ingress, NetworkPolicies
from deploy.chart.secrets import Secrets
from deploy.chart.settings import settings_schema
from services.api.settings import ApiSettings
from services.inference.router.settings import RouterSettings
from services.inference.settings import InferenceSettings
from services.inference.sglang.settings import SglangSettings
from services.trainer.settings import DispatcherSettings, WorkerSettings


class ModelClaim(Values):
    existing: Name = ""
    """A PersistentVolumeClaim that holds the model in a directory of its name; empty: the chart makes one."""
    size: Quantity = "20Gi"
    """Size of the volume that the chart makes."""
    storage_class_name: Name = ""
    """Its StorageClass; empty: the cluster's default."""
    access_modes: list[Literal["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany"]] = ["ReadWriteMany"]
    """ReadWriteMany where pods of several nodes read it; ReadWriteOnce does for a single node."""


class ModelLoader(Values):
    enabled: bool = False
    """Run a Job that copies the model into the volume out of an image, where it is not there yet."""
    image: OutsideImage = OutsideImage(repository="cartridges-model", tag="smollm2-135m")
    """An image with the model's files, `sh` and `cp`."""
    source: Annotated[str, Field(pattern=r"^/[A-Za-z0-9._/-]+$")] = "/model"
    """The directory in it that has config.json."""
    resources: Resources = Resources(requests={"cpu": "100m", "memory": "128Mi"}, limits={"memory": "512Mi"})
    """Of the Job."""


class Model(Values):
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")] = "smollm2-135m"
    """The base model: a directory of this name in the volume, and its name in the API."""
    claim: ModelClaim = ModelClaim()
    """The volume with the model, mounted read-only at /models by trainer and inference."""
    loader: ModelLoader = ModelLoader()
    """Filling the volume; elsewhere an operator copies the model's directory into it."""


class ObjectStore(Values):
    endpoint: str = ""
    """host:port of an S3 server; empty: the one of `trial.objectStore`."""
    bucket: str = "cartridges"
    """The bucket; it is made where it is missing and the keys allow it."""
    secure: bool = True
    """Whether the server speaks TLS; the trial's does not."""
    region: str = "us-east-1"
    """Its region."""


class Api(Pod):
    replicas: Count = 2
    """Pods, without autoscaling."""
    image: Image = Image(repository="cartridges-api")
    """The image, which also has migrations and dispatcher."""
    resources: Resources = Resources(requests={"cpu": "500m", "memory": "512Mi"}, limits={"memory": "1Gi"})
    """Memory, CPU and disk."""
    autoscaling: CpuScaling = CpuScaling()
    """Scaling on CPU use."""
    disruption: Budget = Budget()
    """How many pods may leave at a time."""
    drain_seconds: Seconds = 60
    """How long a pod that leaves may take to end its answers, after it has been taken out of the service."""
    trusted_proxies: Annotated[str, Field(min_length=1)] = "*"
    """Addresses or networks believed about callers' addresses; `*`: who gets through, by policy the entrance alone."""
    scratch: Scratch = Scratch(size="4Gi")
    """Uploads that are being read lie here for a moment."""


class Dashboard(Pod):
    enabled: bool = True
    """Serve the dashboard under `/` of the same host."""
    replicas: Count = 2
    """Pods."""
    image: Image = Image(repository="cartridges-dashboard")
    """The image: static files behind nginx."""
    resources: Resources = Resources(requests={"cpu": "50m", "memory": "32Mi"}, limits={"memory": "64Mi"})
    """Memory, CPU and disk."""
    disruption: Budget = Budget()
    """How many pods may leave at a time."""


class Migrations(Values):
    enabled: bool = True
    """Bring the tables up to date, and make the services' logins and the bucket, before pods of a new release start."""
    backoff_limit: Count = 6
    """How often a Job that failed is tried again."""
    deadline_seconds: Annotated[int, Field(ge=1)] = 1800
    """How long all tries together may take."""
    resources: Resources = Resources(requests={"cpu": "100m", "memory": "256Mi"}, limits={"memory": "512Mi"})
    """Of the Job."""


class Dispatcher(Pod):
    replicas: Annotated[int, Field(ge=1)] = 2
    """Pods. They need no leader: rows that one works on are locked, and the others pass over them."""
    resources: Resources = Resources(requests={"cpu": "500m", "memory": "512Mi"}, limits={"memory": "4Gi"})
    """Memory, CPU and disk; uploaded files are read here."""
    scratch: Scratch = Scratch(size="8Gi")
    """Uploads that are being read."""
    disruption: Budget = Budget()
    """How many pods may leave at a time."""


class TrainerScaling(Values):
    enabled: bool = True
    """Let KEDA decide about the number of workers (a ScaledObject); else there are `trainer.replicas`."""
    min_replicas: Count = 0
    """Workers at the least; 0: GPUs are given back when there is nothing to train."""
    max_replicas: Annotated[int, Field(ge=1)] = 8
    """Workers at the most."""
    jobs_per_replica: Annotated[int, Field(ge=1)] = 1
    """Jobs, waiting and running, to one worker; as many as it takes at once (`CARTRIDGES_TRAINER_JOBS_AT_ONCE`)."""
    messages_per_replica: Annotated[int, Field(ge=1)] = 10
    """Messages in the queue to one worker; a job that waits is announced again every 15 seconds."""
    polling_seconds: Annotated[int, Field(ge=1)] = 15
    """Between two looks at both."""
    cooldown_seconds: Seconds = 300
    """How long there must have been nothing before the last worker goes."""
    stabilization_seconds: Annotated[int, Field(ge=0, le=3600)] = 300
    """How long fewer workers must have been enough before some go."""


class TrainerJobs(Values):
    max_active: Annotated[int, Field(ge=1)] = 8
    """Kubernetes Jobs at a time; training jobs beyond that wait in the database."""
    ttl_seconds: Seconds = 600
    """How long a finished Job can still be looked at."""
    backoff_limit: Count = 2
    """How often a pod that could not even begin is tried again."""


class Trainer(Pod):
    enabled: bool = True
    """Train here at all."""
    mode: Literal["workers", "jobs"] = "workers"
    """workers: Celery workers, which take one training job or a few small ones at a time; jobs: a Kubernetes Job for each."""
    replicas: Count = 1
    """Workers, where KEDA does not decide."""
    image: Image = Image(repository="cartridges-trainer")
    """The image."""
    gpu: Gpu = Gpu(count=1)
    """Its GPUs: over those of a pod one cartridge is trained by a process each."""
    resources: Resources = Resources(requests={"cpu": "4", "memory": "16Gi"}, limits={"memory": "32Gi"})
    """Memory, CPU and disk."""
    scaling: TrainerScaling = TrainerScaling()
    """Scaling of workers."""
    jobs: TrainerJobs = TrainerJobs()
    """Of the mode `jobs`."""
    scratch: Scratch = Scratch(size="50Gi")
    """Conversations and checkpoints of the job at work."""
    shutdown_seconds: Seconds = 180
    """How long a worker that leaves may take to save its step and give its job back."""


class Cache(Values):
    persistent: bool = True
    """Keep fetched cartridges over restarts, on a volume of the pod's own; else on the node's ephemeral disk."""
    size: Quantity = "200Gi"
    """Size of the volume; `CARTRIDGES_SGLANG_DISK_BYTES` must leave room on it."""
    storage_class_name: Name = ""
    """A class of local NVMe volumes with volumeBindingMode WaitForFirstConsumer; empty: the cluster's default."""


class SglangServer(Values):
    resources: Resources = Resources(requests={"cpu": "4", "memory": "32Gi"}, limits={"memory": "64Gi"})
    """Of SGLang beside the agent: host memory for cartridges counts here."""
    shared_memory: Quantity = "8Gi"
    """/dev/shm, over which the processes of several GPUs speak; it counts as memory."""
    start_seconds: Annotated[int, Field(ge=10)] = 900
    """How long weights may take to load before the container is started anew."""


class InferenceScaling(Values):
    enabled: bool = False
    """Scale on requests that wait."""
    kind: Literal["hpa", "keda"] = "hpa"
    """hpa: autoscaling/v2 on the pods' metric, which prometheus-adapter has to offer; keda: a query to Prometheus."""
    min_replicas: Annotated[int, Field(ge=1)] = 1
    """Pods at the least."""
    max_replicas: Annotated[int, Field(ge=1)] = 8
    """Pods at the most."""
    waiting_per_pod: Annotated[int, Field(ge=1)] = 8
    """Requests that may wait at a pod on average."""
    prometheus_address: str = ""
    """Where KEDA asks, such as `http://prometheus-operated.monitoring:9090`."""
    stabilization_seconds: Annotated[int, Field(ge=0, le=3600)] = 600
    """How long fewer pods must have been enough before one goes: it takes its cache along."""


class Inference(Pod):
    engine: Literal["sglang", "torch"] = "sglang"
    """sglang: a SGLang server beside the agent; torch: the model in the agent itself, for trials without a GPU."""
    replicas: Count = 2
    """Pods, without autoscaling."""
    image: Image = Image(repository="cartridges-inference")
    """The image of agent and SGLang."""
    gpu: Gpu = Gpu(count=1)
    """GPUs of a pod; `CARTRIDGES_SGLANG_TENSOR_PARALLEL` follows."""
    resources: Resources = Resources(requests={"cpu": "2", "memory": "8Gi"}, limits={"memory": "16Gi"})
    """Of the agent."""
    sglang: SglangServer = SglangServer()
    """The SGLang server."""
    page_size: Annotated[int, Field(ge=1, le=128)] = 16
    """Tokens a page of the KV cache, the same for all pods."""
    cache: Cache = Cache()
    """The disk for cartridges."""
    linger_seconds: Seconds = 5
    """How long a pod that leaves still takes requests: at least `router.pollSeconds`."""
    drain_seconds: Seconds = 120
    """How long its answers may go on after that."""
    autoscaling: InferenceScaling = InferenceScaling()
    """Scaling."""
    disruption: Budget = Budget()
    """How many pods may leave at a time."""


class Router(Pod):
    enabled: bool = True
    """Put a router before the inference pods; without it there may be one of them only."""
    replicas: Count = 2
    """Pods, without autoscaling."""
    image: Image = Image(repository="cartridges-router")
    """The image."""
    resources: Resources = Resources(requests={"cpu": "250m", "memory": "256Mi"}, limits={"memory": "512Mi"})
    """Memory, CPU and disk."""
    poll_seconds: Annotated[int, Field(ge=1)] = 1
    """Between two looks at a pod."""
    linger_seconds: Seconds = 5
    """How long a router that leaves still takes requests."""
    drain_seconds: Seconds = 120
    """How long its answers may go on after that."""
    autoscaling: CpuScaling = CpuScaling()
    """Scaling on CPU use."""
    disruption: Budget = Budget()
    """How many pods may leave at a time."""


class PriorityClasses(Values):
    create: bool = False
    """Make two PriorityClasses, which belong to the cluster: inference displaces training and never the reverse."""
    inference: Annotated[int, Field(ge=-2_000_000_000, le=1_000_000_000)] = 100_000
    """Value of inference's; above that of training."""
    training: Annotated[int, Field(ge=-2_000_000_000, le=1_000_000_000)] = 1_000
    """Value of training's, which displaces nobody."""


class Trial(Values):
    """Servers in the cluster for trials: one pod each, no replication, no backups."""

    postgres: PostgresTrial = PostgresTrial()
    """Postgres."""
    redis: RedisTrial = RedisTrial()
    """Redis."""
    object_store: ObjectStoreTrial = ObjectStoreTrial()
    """An S3 server, SeaweedFS."""


class ChartValues(Values):
    name_override: Name = ""
    """In place of the chart's name in the names of objects."""
    fullname_override: Name = ""
    """In place of release and chart in the names of objects."""
    common_labels: Labels = {}
    """Labels of every object."""
    cluster_domain: str = "cluster.local"
    """The cluster's domain in DNS."""
    image: Images = Images()
    """Where images come from."""
    model: Model = Model()
    """The base model."""
    secrets: Secrets = Secrets()
    """Existing secrets; the chart makes none."""
    object_store: ObjectStore = ObjectStore()
    """S3 for documents, checkpoints and cartridges."""
    ingress: Ingress = Ingress()
    """The way in, as an Ingress."""
    gateway: Gateway = Gateway()
    """The way in, as a HTTPRoute of the Gateway API."""
    api: Api = Api()
    """The public API."""
    dashboard: Dashboard = Dashboard()
    """The web client."""
    migrations: Migrations = Migrations()
    """The Job that prepares database and bucket."""
    dispatcher: Dispatcher = Dispatcher()
    """Sends jobs to workers, takes those back whose workers died, deletes objects without rows."""
    trainer: Trainer = Trainer()
    """Training."""
    inference: Inference = Inference()
    """Answering."""
    router: Router = Router()
    """One address before all inference pods."""
    priority_classes: PriorityClasses = PriorityClasses()
    """Who gives way on a full cluster."""
    network_policies: NetworkPolicies = NetworkPolicies()
    """Who may speak with whom: nobody, but for what the parts need."""
    monitoring: Monitoring = Monitoring()
    """Prometheus and Grafana."""
    trial: Trial = Trial()
    """Servers in the cluster, for trials."""


# What an operator may set of each component: the rest of its settings is the chart's own.
SETTINGS: dict[str, tuple[dict[str, Any], ...]] = {
    "Api": settings_schema(ApiSettings),
    "Dispatcher": settings_schema(DispatcherSettings),
    "Trainer": settings_schema(WorkerSettings),
    "Inference": settings_schema(InferenceSettings, SglangSettings),
    "Router": settings_schema(RouterSettings),
}
