"""The fields of a ``config.json``, checked as they are read."""

from collections.abc import Mapping
from typing import Any, Final

from costmodel.messages import InputError, figure, shown

#: No count of a config comes near this; the limits of each field are ``ModelSpec``'s.
_MOST: Final = 1_000_000_000

_REQUIRED: Final = object()


class Fields:
    """A config's fields, checked as they are read."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._config = config

    def has(self, key: str) -> bool:
        """Whether the field is there and not null."""
        return self._config.get(key) is not None

    def count(self, *keys: str, default: Any = _REQUIRED, least: int = 1) -> int:
        """A whole number under the first of ``keys`` that is there."""
        key = next((k for k in keys if self.has(k)), keys[0])
        value = self._config.get(key)
        if value is None:
            if default is _REQUIRED:
                raise InputError(
                    f"hf_config.{key}", "the field is missing; the model's own config.json has it"
                )
            return int(default)
        if not is_whole(value):
            raise InputError(
                f"hf_config.{key}", "{value} is not a whole number", value=shown(value)
            )
        if value < least:
            raise InputError(
                f"hf_config.{key}",
                "{value} is too small; the least that makes sense is {least}",
                value=figure(value),
                least=least,
            )
        if value > _MOST:
            raise InputError(
                f"hf_config.{key}",
                "{value} is more than any model has had; "
                "the largest that makes sense here is {most}",
                value=figure(value),
                most=_MOST,
            )
        return int(value)

    def flag(self, key: str, *, default: bool) -> bool:
        """A field that is true or false."""
        value = self._config.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise InputError(
                f"hf_config.{key}", "{value} is neither true nor false", value=shown(value)
            )
        return value

    def text(self, key: str, default: str = "") -> str:
        """A field that is a word; anything else counts as not said."""
        value = self._config.get(key)
        return value if isinstance(value, str) else default

    def items(self, key: str) -> list[Any]:
        """A field that is a list; empty where there is none."""
        value = self._config.get(key)
        return list(value) if isinstance(value, list | tuple) else []

    def architecture(self) -> str:
        """The head that the weights carry (``BertForMaskedLM``), empty when not said."""
        first = next(iter(self.items("architectures")), "")
        return first if isinstance(first, str) else ""

    def head_width(self, d_model: int, n_heads: int, key: str | None = "head_dim") -> int:
        """The width of one head: as the config says, else an even share of the model's."""
        if key is not None and self.has(key):
            return self.count(key)
        if d_model % n_heads:
            raise InputError(
                "hf_config.num_attention_heads",
                "{heads} heads do not divide a width of {width}; "
                "correct one of the two, or add head_dim",
                heads=n_heads,
                width=d_model,
            )
        return d_model // n_heads


def is_whole(value: object) -> bool:
    """Whether ``value`` is a whole number; a boolean is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, int) or value.is_integer()
