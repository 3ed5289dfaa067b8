"""What came of a call: its value, or the refusal that a person would read."""

from collections.abc import Callable
from typing import TypeVar

from costmodel.facts import FactError
from costmodel.messages import InputError

T = TypeVar("T")


def outcome(call: Callable[[], T]) -> T | InputError | FactError:
    """The value of ``call``, or its refusal; any other exception is a fault and passes on."""
    try:
        return call()
    except (InputError, FactError) as refusal:
        return refusal
