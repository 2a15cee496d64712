"""Moving keys along the positions: rotary embeddings compose, so a key is moved by rotating it further.

Torch alone, because this also runs inside the inference engine's own processes.
"""

import torch
from torch import Tensor


def rotate(vectors: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
    """Rotate `vectors` `[..., head_dim]`, halves paired, by angles broadcastable to `[..., head_dim / 2]`."""
    first, second = vectors.chunk(2, dim=-1)
    return torch.cat((first * cosines - second * sines, second * cosines + first * sines), dim=-1)


def move_keys(keys: Tensor, distance: int, inverse_frequencies: Tensor) -> Tensor:
    """`keys` `[..., head_dim]`, made at whatever positions, as if made `distance` positions later.

    Attention depends on the difference of positions alone (Su et al., arXiv 2104.09864, section 3.2.2), so moving
    all keys of a prefix together with the prompt after it changes no logit. `distance` may be negative and lead
    below position 0. Computed in fp32 (angles in fp64), returned in the dtype of `keys`; 0 returns `keys` itself.
    """
    if distance == 0:
        return keys
    phases = distance * inverse_frequencies.to(keys.device).double()  # [head_dim / 2]
    return rotate(keys.float(), phases.cos().float(), phases.sin().float()).to(keys.dtype)
