"""The parameters of a config as ``transformers`` builds it, without storage."""

import logging
import warnings
from collections.abc import Mapping
from typing import Any, Final

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what the libraries say about themselves
    import torch
    from transformers import (
        CONFIG_MAPPING,
        AutoModel,
        AutoModelForCausalLM,
        AutoModelForMaskedLM,
        AutoModelForSeq2SeqLM,
    )

logging.getLogger("transformers").setLevel(logging.ERROR)

#: Families that the installed library has; it fetches the others as remote code.
KNOWN: Final = frozenset(CONFIG_MAPPING)

_ENCODERS: Final = frozenset({"bert", "roberta", "xlm-roberta"})
_ENCODER_DECODERS: Final = frozenset({"t5", "mt5"})


def built(config: Mapping[str, Any], *, device: str = "meta", **options: Any) -> torch.nn.Module:
    """The model of a ``config.json``; on PyTorch's meta device it takes no memory."""
    family = config["model_type"]
    kind = CONFIG_MAPPING[family]
    loaded = kind(**{key: value for key, value in config.items() if key != "model_type"})
    factory: Any = AutoModelForCausalLM
    if family in _ENCODERS:
        masked = "ForMaskedLM" in "".join(config.get("architectures", []))
        factory = AutoModelForMaskedLM if masked else AutoModel
    elif family in _ENCODER_DECODERS:
        factory = AutoModelForSeq2SeqLM
    with torch.device(device), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model: torch.nn.Module = factory.from_config(loaded, **options)
    return model


def count(config: Mapping[str, Any]) -> int:
    """Every parameter once: shared ones are not repeated, buffers are none."""
    return sum(parameter.numel() for parameter in built(config).parameters())
