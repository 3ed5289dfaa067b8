"""A Hugging Face ``config.json`` read as data: nothing in it is executed or fetched.

One small reader per family maps its field names onto ``ModelSpec``. A family that is not
known is refused by name: guessing an architecture would give a wrong count that looks exact.
"""

import difflib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from costmodel.messages import InputError, shown
from costmodel.workload.hf_families import READERS
from costmodel.workload.hf_fields import Fields
from costmodel.workload.model_spec import ModelSpec

#: A config.json is a few kilobytes; anything larger is something else.
MAX_BYTES: Final = 1_000_000


def parse(content: bytes | str, *, name: str = "") -> ModelSpec:
    """The architecture in the text of a ``config.json``.

    Raises ``InputError`` with the field and the remedy: too large, not UTF-8, not JSON, not
    an object, an unknown family, a field that is missing, of a wrong type or contradictory.
    """
    if len(content) > MAX_BYTES:
        raise InputError(
            "hf_config",
            "the file has {size} bytes and a config.json has a few thousand; "
            "upload the model's config.json itself",
            size=len(content),
        )
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
        loaded = json.loads(text, parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        raise InputError(
            "hf_config", "this is not a text file; upload the model's config.json itself"
        ) from None
    except (ValueError, RecursionError):  # a number of thousands of digits is a ValueError
        raise InputError(
            "hf_config", "this is not valid JSON; upload the model's config.json unchanged"
        ) from None
    if not isinstance(loaded, dict):
        raise InputError(
            "hf_config",
            "the file holds no JSON object; a config.json starts with {brace}",
            brace="{",
        )
    return read(loaded, name=name)


def read(config: Mapping[str, Any], *, name: str = "") -> ModelSpec:
    """The architecture in a loaded config; errors as in ``parse``."""
    fields = Fields(config)
    family = config.get("model_type")
    if not isinstance(family, str):
        raise InputError(
            "hf_config.model_type", "the family is missing; add model_type, for example llama"
        )
    reader = READERS.get(family)
    if reader is None and isinstance(config.get("text_config"), Mapping):
        raise InputError(
            "hf_config.model_type",
            "{family} joins several models; upload the text_config part alone, with its model_type",
            family=shown(family),
        )
    if reader is None:
        near = difflib.get_close_matches(family, READERS, n=3, cutoff=0.6)
        if not near:
            raise InputError(
                "hf_config.model_type",
                "{family} is not a family that Assay can count; type the size by hand",
                family=shown(family),
            )
        raise InputError(
            "hf_config.model_type",
            "{family} is not a family that Assay can count (near it: {near}); "
            "type the size by hand, or use the nearest family if the layers are the same",
            family=shown(family),
            near=", ".join(near),
        )
    if fields.flag("add_cross_attention", default=False):
        raise InputError(
            "hf_config.add_cross_attention",
            "the variant with cross-attention is not one that Assay can count; "
            "type the size by hand",
        )
    try:
        spec = reader(fields)
    except InputError as error:
        if error.field.startswith("hf_config"):
            raise
        raise InputError(
            f"hf_config.{error.field}", error.message.text, **error.message.params
        ) from None
    given = name or fields.text("_name_or_path") or family
    return replace(spec, name=given)


def _refuse_constant(text: str) -> float:
    raise ValueError(text)
