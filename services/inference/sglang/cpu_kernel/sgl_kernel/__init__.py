"""Stand-in for SGLang's GPU kernel package on a machine without a CUDA driver.

The real package cannot be imported where libcuda is missing, and SGLang imports names from it even when it runs on the
CPU. This one goes first on the path there and only there (see `services.inference.sglang.command`): every name can
be imported, and none can be called. SGLang's CPU path calls none.
"""

from collections.abc import Callable


def __getattr__(name: str) -> Callable[..., None]:
    if name.startswith("__"):
        raise AttributeError(name)

    def refuse(*_: object, **__: object) -> None:
        raise NotImplementedError(f"sgl_kernel.{name} needs a CUDA device")

    return refuse
