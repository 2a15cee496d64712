"""Prometheus metrics of one inference process, beside those of HTTP."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_LATENCY_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class InferenceMetrics:
    """Every metric this service exposes."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        self.requests = Counter(
            "inference_requests", "Generate requests by outcome: ok, cancelled, or an error code.",
            ["outcome"], registry=self.registry,
        )  # fmt: skip
        self.tokens = Counter(
            "inference_tokens",
            "Tokens by kind: prompt, cartridge, selection (read to choose among cartridges), completion.",
            ["kind"],
            registry=self.registry,
        )
        self.first_token_seconds = Histogram(
            "inference_time_to_first_token_seconds", "From a request's arrival to its first token.",
            buckets=_LATENCY_BUCKETS, registry=self.registry,
        )  # fmt: skip
        self.waiting = Gauge(
            "inference_waiting_requests",
            "Requests that wait for a row, or to be read for a selection.",
            registry=self.registry,
        )
        self.rows = Gauge("inference_active_rows", "Rows that decode now.", registry=self.registry)
        self.resident_bytes = Gauge(
            "inference_cartridge_resident_bytes",
            "Bytes of the cartridges at hand: in memory (torch), on the pod's disk (sglang).",
            registry=self.registry,
        )
        self.cartridge_lookups = Counter(
            "inference_cartridge_lookups", "Cartridges asked for, by result: hit, miss, joined (a load under way).",
            ["result"], registry=self.registry,
        )  # fmt: skip
        self.cartridge_hits = Counter(
            "inference_cartridge_hits",
            "Cartridges that a prompt was answered or read with, by where they were: device, host, disk, s3.",
            ["tier"], registry=self.registry,
        )  # fmt: skip
        self.selections = Counter(
            "inference_cartridge_selections",
            "Cartridges of requests that ask for the relevant ones, by whether the prompt was found to be about them: "
            "chosen, left_out.",
            ["verdict"], registry=self.registry,
        )  # fmt: skip
        self.selection_seconds = Histogram(
            "inference_selection_seconds", "To read a prompt behind each of its cartridges and choose among them.",
            buckets=_LATENCY_BUCKETS, registry=self.registry,
        )  # fmt: skip
        self.evictions = Counter(
            "inference_cartridge_evictions", "Cartridges dropped to make room.", registry=self.registry
        )
        self.load_failures = Counter(
            "inference_cartridge_load_failures", "Cartridges that could not be loaded, by error code.",
            ["code"], registry=self.registry,
        )  # fmt: skip
        self.load_seconds = Histogram(
            "inference_cartridge_load_seconds", "From the object store to a checked cartridge at hand.",
            buckets=_LATENCY_BUCKETS, registry=self.registry,
        )  # fmt: skip
        self.loaded_bytes = Counter(
            "inference_cartridge_loaded_bytes", "Bytes of cartridges from the object store.",
            registry=self.registry,
        )  # fmt: skip
        self.withheld = Counter(
            "inference_withheld_answers",
            "Answers kept back because they were made without their cartridges, by reason: uncovered, unconfirmed, "
            "load_failed.",
            ["reason"], registry=self.registry,
        )  # fmt: skip
        self.host_resident_bytes = Gauge(
            "inference_cartridge_host_bytes", "Bytes of the cartridges in SGLang's host memory.",
            registry=self.registry,
        )  # fmt: skip
        self.host_evictions = Counter(
            "inference_cartridge_host_evictions", "Cartridges dropped from SGLang's host memory.",
            registry=self.registry,
        )  # fmt: skip
        self.host_load_seconds = Histogram(
            "inference_cartridge_host_load_seconds", "From the pod's disk to SGLang's host memory, a request.",
            buckets=_LATENCY_BUCKETS, registry=self.registry,
        )  # fmt: skip
        self.device_loads = Counter(
            "inference_cartridge_device_loads", "Requests whose cartridges were copied to the device, by outcome.",
            ["outcome"], registry=self.registry,
        )  # fmt: skip
        self.device_loaded_bytes = Counter(
            "inference_cartridge_device_loaded_bytes", "Bytes of cartridges copied to the device.",
            registry=self.registry,
        )  # fmt: skip
        self.engine_up = Gauge(
            "inference_engine_up", "Whether the engine takes requests.", registry=self.registry
        )
