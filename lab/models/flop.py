"""Training FLOP of small networks, counted at their layers; and torch's counter, to check."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

#: Forward and backward of one multiply-add.
_TRAIN_FLOP: int = 6


def training_flop(model: nn.Module, *example: Tensor) -> float:
    """FLOP to train on ``example``: six per weight and use in dense, convolutional and
    recurrent layers. Element-wise work is not counted.
    """
    uses = 0.0

    def seen(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        nonlocal uses
        if isinstance(module, nn.Linear):
            uses += module.weight.numel() * output.numel() / module.out_features
        elif isinstance(module, nn.Conv2d):
            places = output.shape[0] * output.shape[-1] * output.shape[-2]
            uses += module.weight.numel() * places
        elif isinstance(module, nn.LSTM):
            steps = inputs[0].shape[0] * inputs[0].shape[1]
            uses += steps * sum(p.numel() for n, p in module.named_parameters() if "weight" in n)

    handles = [m.register_forward_hook(seen) for m in model.modules()]
    training = model.training
    model.eval()
    try:
        with torch.no_grad():
            model(*example)
    finally:
        model.train(training)
        for handle in handles:
            handle.remove()
    return _TRAIN_FLOP * uses


def counted(call: Callable[[], object]) -> int:
    """What torch's own counter sees in ``call``, attention on a CPU included.

    Without the two entries the counter takes attention on a CPU for nothing (pytorch issue
    195460). It counts the whole attention square.
    """
    from torch.utils.flop_counter import FlopCounterMode, sdpa_backward_flop_count, sdpa_flop_count

    aten = torch.ops.aten

    def forward(q: Any, k: Any, v: Any, *args: Any, **kwargs: Any) -> int:
        return int(sdpa_flop_count(q, k, v))

    def backward(g: Any, q: Any, k: Any, v: Any, *args: Any, **kwargs: Any) -> int:
        return int(sdpa_backward_flop_count(g, q, k, v))

    mapping = {
        aten._scaled_dot_product_flash_attention_for_cpu: forward,
        aten._scaled_dot_product_flash_attention_for_cpu_backward: backward,
    }
    with FlopCounterMode(display=False, custom_mapping=mapping) as counter:
        call()
    return int(counter.get_total_flops())
