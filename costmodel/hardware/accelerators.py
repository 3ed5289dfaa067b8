"""Accelerators by name, with their cited peaks, and the clusters made of them."""

import difflib
import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from costmodel import facts
from costmodel.facts import Fact, FactError
from costmodel.messages import InputError, figure, shown
from costmodel.workload.model_spec import ELEMENT_FORMAT, Precision

#: Largest cluster that a plan may name: well above every one announced.
MAX_ACCELERATORS: Final = 100_000_000

_NAME_COLUMNS: Final = (
    "chip",
    "vendor",
    "generation",
    "form_factor",
    "released",
    "aliases",
    "us_export_status_china",
    "note",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accelerator:
    """One accelerator of ``data/accelerators.csv``; its numbers are looked up as facts."""

    name: str
    vendor: str
    generation: str
    form_factor: str
    released: str
    export_status: str
    note: str

    @property
    def generation_name(self) -> str:
        """The generation as it is written: Hopper, TPU."""
        return self.generation.upper() if self.generation == "tpu" else self.generation.title()

    def peak(self, precision: Precision) -> Fact:
        """Dense peak FLOP/s at ``precision``. Raises ``FactError`` where there is none."""
        return facts.lookup("accelerators", self.name, _peak_quantity(precision))

    def training_peak(self) -> Fact:
        """The dense 16-bit peak, against which MFU is stated here whatever the precision."""
        for precision in ("bf16", "fp16"):
            fact = facts.find("accelerators", self.name, f"peak_{precision}_flop_per_s")
            if fact is not None:
                return fact
        return self.peak("bf16")

    def has_peak(self, precision: Precision) -> bool:
        """Whether the data sheet gives a peak at ``precision``."""
        return facts.find("accelerators", self.name, _peak_quantity(precision)) is not None

    def board_power(self) -> Fact:
        """Rated board power in W."""
        return facts.lookup("accelerators", self.name, "board_power_w")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """``n_accelerators`` of one kind."""

    accelerator: Accelerator
    n_accelerators: int

    def __post_init__(self) -> None:
        # The range first: it refuses NaN and infinity, which ``int`` cannot take.
        in_range = 1 <= self.n_accelerators <= MAX_ACCELERATORS
        if not in_range or self.n_accelerators != int(self.n_accelerators):
            raise InputError(
                "n_accelerators",
                "{value} accelerators are not a cluster; write a whole number from 1 to {most}",
                value=figure(self.n_accelerators),
                most=MAX_ACCELERATORS,
            )


def find(name: str, *, field: str = "chip") -> Accelerator:
    """The accelerator with this name or a common spelling of it.

    Raises ``InputError`` that lists the candidates for an ambiguous or unknown name: one
    chip never stands in for another.
    """
    by_name, by_spelling = _index()
    if name in by_name:
        return by_name[name]
    asked = _spelling(name)
    if asked in by_spelling:
        return by_spelling[asked]
    words = asked.split()
    candidates = sorted(
        {
            chip.name
            for spelling, chip in by_spelling.items()
            if words and all(word in spelling.split() for word in words)
        }
    )
    if len(candidates) == 1:
        return by_name[candidates[0]]
    if candidates:
        raise InputError(
            field,
            "{name} can mean several accelerators; write one of: {candidates}",
            name=name[:60],
            candidates=", ".join(candidates),
        )
    near = difflib.get_close_matches(asked, by_spelling, n=4, cutoff=0.6)
    known = sorted({by_spelling[spelling].name for spelling in near})
    if known:
        raise InputError(
            field,
            "{name} is not an accelerator that Assay has figures for; near it: {candidates}",
            name=shown(name),
            candidates=", ".join(known),
        )
    raise InputError(
        field,
        "{name} is not an accelerator that Assay has figures for; "
        "write it as its maker does, for example {candidates}",
        name=shown(name),
        candidates=next(iter(by_name)),
    )


def names() -> list[str]:
    """Every accelerator, by vendor and then newest first."""
    by_name, _ = _index()
    ordered = sorted(by_name.values(), key=lambda c: c.released, reverse=True)
    return [c.name for c in sorted(ordered, key=lambda c: (c.vendor != "NVIDIA", c.vendor))]


@cache
def _index() -> tuple[dict[str, Accelerator], dict[str, Accelerator]]:
    by_name: dict[str, Accelerator] = {}
    by_spelling: dict[str, Accelerator] = {}
    path = facts.data_dir() / "accelerator_names.csv"
    for line, row in facts.read_rows(path, _NAME_COLUMNS):
        chip = Accelerator(
            name=row["chip"],
            vendor=row["vendor"],
            generation=row["generation"],
            form_factor=row["form_factor"],
            released=row["released"],
            export_status=row["us_export_status_china"],
            note=row["note"],
        )
        by_name[chip.name] = chip
        for spelling in (chip.name, *filter(None, row["aliases"].split(";"))):
            other = by_spelling.setdefault(_spelling(spelling), chip)
            if other is not chip:
                raise FactError(
                    f"{path.name}:{line}: {spelling!r} names {other.name!r} already; "
                    f"an ambiguous spelling is no alias"
                )
    return by_name, by_spelling


def _peak_quantity(precision: Precision) -> str:
    return f"peak_{ELEMENT_FORMAT.get(precision, precision)}_flop_per_s"


def _spelling(name: str) -> str:
    """Case and punctuation folded; ``80GB`` parts from what stands before it."""
    words = re.sub(r"[\s\-_/()]+", " ", name.lower()).strip()
    return re.sub(r"(\d+)\s*(?:gb|gib|g)\b", r"\1gb", words)
