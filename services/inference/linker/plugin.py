"""The linker that SGLang's scheduler loads: where its cache lacks pages of a cartridge, they come from here.

Made for the SGLang that `services.inference.sglang.release` names; `UnifiedCacheLinker` there is the contract.
"""

import logging
import uuid
from array import array
from pathlib import Path
from typing import Any

import torch
from sglang.srt.mem_cache.hicache_storage import PoolName, PoolTransfer
from sglang.srt.mem_cache.memory_pool import MHATokenToKVPool
from sglang.srt.mem_cache.radix_cache import RadixKey
from sglang.srt.mem_cache.unified_cache.component_type import ComponentType
from sglang.srt.mem_cache.unified_cache.unified_cache_linker import UnifiedCacheLinker
from sglang.srt.mem_cache.utils import get_storage_hash_str
from sglang.version import __version__ as sglang_version

from services.inference.linker import protocol
from services.inference.linker.compositions import Compositions
from services.inference.linker.control import ControlServer
from services.inference.linker.host_store import HostStore
from services.inference.linker.loading import DevicePool, LayerCounter, Loader
from services.inference.linker.loads import Loads
from services.inference.linker.requirements import Surroundings, check
from services.inference.linker.shards import shard_heads

log = logging.getLogger(__name__)


class CartridgeLinker(UnifiedCacheLinker):
    """Restores cartridges that the pod agent has made known; stores nothing of SGLang's own cache.

    `extra_config`: `socket_directory`, where each rank's linker listens; `host_bytes`, what a rank may keep of
    cartridges in host memory; `kv_heads`, those of the whole model. Raises `UnsupportedEngineError` at start for
    whatever it could not serve rightly.
    """

    def __init__(
        self, server_args: Any, params: Any, *, components: Any, extra_config: dict[str, Any] | None = None,
        forward_stream: "torch.cuda.Stream | None" = None,
    ) -> None:  # fmt: skip
        settings = extra_config or {}
        pool = params.token_to_kv_pool_allocator.get_kvcache()
        rank, ranks = _rank(params)
        check(_surroundings(server_args, params, pool, components))
        shard = shard_heads(int(settings["kv_heads"]), rank, ranks)
        device_pool = DevicePool(pool.k_buffer, pool.v_buffer)
        self.forward_stream = forward_stream
        self.pools = {PoolName.KV: pool}
        self.layer_done_counter = LayerCounter(device_pool.layers)
        self._page_size = params.page_size
        compositions = Compositions()
        host = HostStore(
            budget_bytes=int(settings["host_bytes"]) // ranks,
            shard=shard,
            layers=device_pool.layers,
            head_dim=pool.head_dim,
            pin_memory=device_pool.device.type == "cuda",
        )
        loader = Loader(device_pool, host, params.page_size, forward_stream)
        self._loads = Loads(compositions, loader, self.layer_done_counter)
        # SGLang builds its hash at the first use: here, where a machine that cannot build it refuses to start.
        self._hash(array("q", range(params.page_size)), "", "")
        hello = protocol.HelloReply(
            instance=uuid.uuid4().hex,
            rank=rank,
            ranks=ranks,
            pool=protocol.Pool(
                page_size=params.page_size,
                slots=pool.size,
                layers=device_pool.layers,
                kv_heads=shard.heads,
                head_dim=pool.head_dim,
                dtype=str(device_pool.dtype).removeprefix("torch."),
                device=device_pool.device.type,
            ),
        )
        path = protocol.socket_path(Path(settings["socket_directory"]), rank)
        self._control = ControlServer(
            path,
            hello,
            compositions=compositions,
            host=host,
            loads=self._loads,
            page_hashes=self._page_hashes,
        )
        log.info("the cartridge linker of rank %d listens on %s: %s", rank, path, hello.pool)

    def lookup(self, rid: str, transfers: list[PoolTransfer]) -> list[int]:
        return self._loads.lookup(rid, transfers[0].keys)

    def load(self, rid: str, transfers: list[PoolTransfer]) -> bool:
        self._loads.queue(rid, transfers[0].keys, transfers[0].device_indices.clone())
        return True

    def start_layer_wise_loading(self) -> int:
        return self._loads.start()

    def finish_layer_wise_loading(self, counter_index: int) -> bool:
        return self._loads.finish(counter_index)

    def cancel_queued_load(self, rid: str) -> bool:
        return self._loads.cancel(rid)

    def offload(self, transfers: list[PoolTransfer], session_id: str | None = None) -> bool:
        return False

    def num_completed_offloads(self) -> int:
        return 0

    def pop_completed_offload(self) -> bool:
        raise AssertionError("nothing is ever offloaded")

    def reset(self) -> None:
        self._loads.reset()

    def close(self) -> None:
        self._loads.reset()
        self._control.close()

    def _page_hashes(self, request: protocol.Hold) -> list[str]:
        return self._hash(array("q", request.token_ids), request.extra_key, request.cache_salt)

    def _hash(self, token_ids: "array[int]", extra_key: str, cache_salt: str) -> list[str]:
        key = RadixKey(token_ids, extra_key=extra_key, cache_salt=cache_salt)
        hashes: list[str] = get_storage_hash_str(key, None, page_size=self._page_size)
        return hashes


def _rank(params: Any) -> tuple[int, int]:
    group = params.attn_tp_cache_group or params.tp_cache_group
    if group is None or not torch.distributed.is_initialized():
        return 0, 1
    return torch.distributed.get_rank(group=group), torch.distributed.get_world_size(group=group)


def _surroundings(server_args: Any, params: Any, pool: Any, components: Any) -> Surroundings:
    return Surroundings(
        sglang_version=sglang_version,
        components=tuple(sorted(component.name for component in components)),
        full_attention_only=set(components) == {ComponentType.FULL},
        pool_class=type(pool).__name__,
        plain_pool=type(pool) is MHATokenToKVPool,
        layout=getattr(pool, "kv_cache_layout", "unknown"),
        pool_dtype=pool.dtype,
        store_dtype=pool.store_dtype,
        same_head_dims=pool.head_dim == pool.v_head_dim,
        page_size=params.page_size,
        pipeline_ranks=params.pp_size,
        context_ranks=params.attn_cp_size,
        data_ranks=server_args.dp_size,
        nodes=server_args.nnodes,
        lora=bool(server_args.enable_lora),
        speculative_algorithm=getattr(server_args, "speculative_algorithm", None),
    )
