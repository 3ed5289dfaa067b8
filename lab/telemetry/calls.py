"""Calls of NVML on one device: errors sorted into lost, refused, unsupported and passing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

Why: TypeAlias = Literal["not supported", "no permission"]
Field: TypeAlias = tuple[int, int]  # NVML's field id and scope

# Return codes of nvml.h; nvidia-ml-py has no exception for some of them.
NOT_SUPPORTED: Final = 3
FUNCTION_NOT_FOUND: Final = 13
#: No permission; blocked by the operating system.
REFUSED: Final = frozenset({4, 17})
#: Invalid argument, not supported, function not found, other version, deprecated.
_UNSUPPORTED: Final = frozenset({2, NOT_SUPPORTED, FUNCTION_NOT_FOUND, 25, 26})
#: Uninitialised, lost, reset required: nothing more comes from this device.
GONE: Final = frozenset({1, 15, 16})
_VALUE_OF_TYPE: Final = ("dVal", "uiVal", "ulVal", "ullVal", "sllVal", "siVal", "usVal")
#: Types of 64 bits: a narrower count of bytes wraps several times a second.
_WIDE_TYPES: Final = frozenset({2, 3, 4})
_NOT_AVAILABLE: Final = frozenset({0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF})


class DeviceLostError(Exception):
    """The device does not answer any more."""


class NoAnswerError(Exception):
    """A value could not be had; ``code`` is NVML's."""

    def __init__(self, code: int = NOT_SUPPORTED) -> None:
        super().__init__(code)
        self.code = code

    @property
    def is_final(self) -> bool:
        """Whether asking again is of no use."""
        return self.code in _UNSUPPORTED or self.code in REFUSED


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A field's value, the driver's time of it in seconds, and whether it has 64 bits."""

    value: float
    stamp_s: float
    is_wide: bool


class Calls:
    """The functions of NVML on the device behind ``handle``."""

    def __init__(self, nvml: Any, handle: Any) -> None:
        self.nvml, self._handle = nvml, handle

    def ask(self, function: str, *arguments: Any, **named: Any) -> Any:
        """The answer of one function. Raises ``NoAnswerError``, ``DeviceLostError``."""
        call = getattr(self.nvml, function, None)
        if call is None:  # an older nvidia-ml-py
            raise NoAnswerError(FUNCTION_NOT_FOUND)
        try:
            return call(self._handle, *arguments, **named)
        except self.nvml.NVMLError as error:
            if error.value in GONE:
                raise DeviceLostError from error
            raise NoAnswerError(error.value) from error

    def fields(
        self, fields: Sequence[Field], codes: dict[Field, int] | None = None
    ) -> dict[Field, FieldValue]:
        """Those of the ``fields`` that answer, asked in one call; ``codes`` takes the rest.

        Raises ``DeviceLostError``.
        """
        codes = {} if codes is None else codes
        if not fields:
            return {}
        try:
            answers = self.ask("nvmlDeviceGetFieldValues", list(fields))
        except NoAnswerError as none:
            codes.update(dict.fromkeys(fields, none.code))
            return {}
        values = {}
        for field, answer in zip(fields, answers, strict=True):
            if answer.nvmlReturn in GONE:
                raise DeviceLostError
            if answer.nvmlReturn != 0 or not 0 <= answer.valueType < len(_VALUE_OF_TYPE):
                codes[field] = answer.nvmlReturn or NOT_SUPPORTED
                continue
            value = getattr(answer.value, _VALUE_OF_TYPE[answer.valueType])
            if value not in _NOT_AVAILABLE:
                wide = answer.valueType in _WIDE_TYPES
                values[field] = FieldValue(value, answer.timestamp / 1e6, wide)
        return values


def why_missing(codes: Iterable[int]) -> Why:
    """What kept a metric away: a refusal before a lack, as it can be remedied."""
    return "no permission" if REFUSED & set(codes) else "not supported"


def text_of(value: Any) -> str | None:
    """A string of NVML, which some versions give as bytes."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def known(value: int) -> float | None:
    """A number, unless it is NVML's sign for none."""
    return None if value in _NOT_AVAILABLE else float(value)


def share_of(percent: int) -> float | None:
    """A share from a percentage."""
    return percent / 100 if percent <= 100 else None


def watts(milliwatts: float | None) -> float | None:
    """Power in W. A board that is on draws power: zero is no reading."""
    if milliwatts is None or milliwatts in _NOT_AVAILABLE or milliwatts <= 0:
        return None
    return milliwatts / 1e3


def joules(millijoules: float | None) -> float | None:
    """Energy in J. A counter at zero has not begun to count."""
    return millijoules / 1e3 if millijoules is not None and millijoules > 0 else None
