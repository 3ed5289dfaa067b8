"""What experiments have in common: how one is described, and options and limits of several."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from costmodel.messages import Message
from lab.experiments import options as reading
from lab.experiments.options import Option


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of an experiment's table: the entry of a row, its title and its unit."""

    name: str
    title: Message
    unit: str = "count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One experiment: ``lab.experiments.NAME`` holds ``run(options, report) -> dict``.

    ``computed`` says how its figures come about.
    """

    name: str
    title: Message
    about: Message
    options: tuple[Option, ...]
    columns: tuple[Column, ...]
    cannot_see: tuple[Message, ...]
    computed: tuple[Message, ...]

    @property
    def defaults(self) -> dict[str, Any]:
        """Every option at its default."""
        return {option.name: option.default for option in self.options}

    def read(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """``given`` with defaults filled in. Raises ``InputError``."""
        return reading.read(self.options, given)


SEED: Final = Option(
    name="seed",
    kind="count",
    default=0,
    most=2**31,
    title=Message("Seed of weights, batches and noise"),
)
THREADS: Final = Option(
    name="threads",
    kind="count",
    default=1,
    least=1,
    most=256,
    title=Message("CPU threads"),
)
ON_A_CPU: Final = Message(
    "Speeds are of this machine's CPU and of PyTorch's own kernels: a GPU, or an inference engine "
    "with kernels of its own, is another measurement."
)
SMALL: Final = Message(
    "The models are small and train for minutes: what happens at a thousand times the size may "
    "differ."
)
HELD_OUT: Final = Message(
    "Quality is measured on held-out examples of the same source, not on a customer's task."
)


def seeds(default: int) -> Option:
    """How often to repeat with other seeds."""
    return Option(
        name="seeds",
        kind="count",
        default=default,
        least=1,
        most=20,
        title=Message("Repeats with other seeds"),
    )
