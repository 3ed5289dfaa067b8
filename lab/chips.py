"""Which accelerator on record a device is, told from its name, its memory and its power.

Whole words are matched, and every word of the name must be accounted for: ``A10G`` is no
A10, ``L40`` neither L4 nor L40S, and a laptop's RTX 4090 no RTX 4090. A device that is not
on record, or that may be one of several, is none of them: no popular chip stands in.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Final

from costmodel import facts
from costmodel.hardware import accelerators
from costmodel.hardware.accelerators import Accelerator
from costmodel.messages import Amount, Message

#: Whose devices a driver or torch names.
_VENDORS: Final = ("NVIDIA", "AMD")
#: Words of a device's name that tell no chip from another.
_IDLE_WORDS: Final = frozenset(
    {
        "nvidia",
        "amd",
        "corporation",
        "inc",
        "tesla",
        "geforce",
        "instinct",
        "gpu",
        "accelerator",
        "tensor",
        "core",
        "graphics",
        "card",
        "edition",
        "ac",
    }
)
#: Words that say how a chip is mounted, as ``form_factor`` of the record does.
_FORM: Final = re.compile(r"sxm\d?|pcie|nvl\d*|oam")
_MEMORY: Final = re.compile(r"(\d+)(?:gb|gib|g)")
_MEMORY_KIND: Final = re.compile(r"hbm\d+e?|gddr\d+x?")
#: Memory of the kind named tells the mounting where the name does not.
_FORM_BY_MEMORY_KIND: Final = {("h100", "hbm3"): "sxm", ("h100", "hbm2e"): "pcie"}
#: A superchip is named for the memory of its processor, in GB, with this memory on the GPU.
_PROCESSOR_MEMORY: Final = {"gh200": frozenset({"120", "240", "480"})}
#: A driver counts in GiB what a data sheet calls GB, and keeps some for itself.
_MEMORY_RATIO: Final = (0.93, 1.10)
#: No board is set above its rated power by more than rounding.
_POWER_SLACK: Final = 1.02
#: A limit below this share of the rated power is worth saying.
_LOW_LIMIT: Final = 0.95


@dataclass(frozen=True, slots=True)
class _Name:
    """A name taken apart: the chip's own words, mounting, memory and its kind."""

    words: tuple[str, ...]
    forms: frozenset[str]
    memory_gb: tuple[str, ...]
    memory_kinds: frozenset[str]


def accelerator_of(
    device_name: str,
    *,
    memory_total_bytes: float | None = None,
    power_limit_w: float | None = None,
) -> Accelerator | None:
    """The accelerator on record that a driver or torch calls ``device_name``, or ``None``.

    ``memory_total_bytes`` is what the driver says the device has: it must fit the record,
    so that a slice of a chip is not the chip. ``power_limit_w`` tells two mountings of one
    chip apart where the name does not; a limit below the rated power changes no chip.
    """
    name = _taken_apart(device_name)
    if not name.words:
        return None
    fitting = [
        chip
        for chip, record in _records()
        if record.words == name.words
        and _form_fits(chip, name)
        and _memory_fits(chip, name, memory_total_bytes)
    ]
    if len(fitting) > 1 and power_limit_w is not None:
        fitting = [c for c in fitting if power_limit_w <= _POWER_SLACK * c.board_power().value]
    return fitting[0] if len(fitting) == 1 else None


def power_limit_note(chip: Accelerator, power_limit_w: float | None) -> Message | None:
    """What to say of a board that may not draw its rated power; ``None`` when it may."""
    rated = facts.find("accelerators", chip.name, "board_power_w")
    if power_limit_w is None or rated is None or power_limit_w >= _LOW_LIMIT * rated.value:
        return None
    return Message(
        "This {chip} is limited to {limit} of its rated {rated}: it cannot keep up the clock "
        "of its data sheet",
        {
            "chip": chip.name,
            "limit": Amount(power_limit_w, "w"),
            "rated": Amount(rated.value, "w"),
        },
    )


@cache
def _records() -> tuple[tuple[Accelerator, _Name], ...]:
    chips = (accelerators.find(name) for name in accelerators.names())
    return tuple((c, _taken_apart(c.name)) for c in chips if c.vendor in _VENDORS)


def _taken_apart(name: str) -> _Name:
    """The words of a name, folded to lower case; what stands in brackets is a remark."""
    text = unicodedata.normalize("NFKC", re.sub("[™®©]", " ", name)).lower()
    text = re.sub(r"\((?:tm|r|c|per gpu)\)", " ", text)
    words: list[str] = []
    forms, kinds = set(), set()
    memory: list[str] = []
    for word in re.split(r"[\s\-_/,()]+", text):
        if _FORM.fullmatch(word):
            forms.add(word)
        elif match := _MEMORY.fullmatch(word):
            memory.append(match[1])
        elif _MEMORY_KIND.fullmatch(word):
            kinds.add(word)
        elif word and word not in _IDLE_WORDS:
            words.append(word)
    return _Name(tuple(words), frozenset(forms), tuple(memory), frozenset(kinds))


def _form_fits(chip: Accelerator, name: _Name) -> bool:
    """``sxm`` is any of its generations; a chip on record without the word fits none."""
    own = chip.form_factor.lower()
    told = set(name.forms)
    told |= {
        form
        for kind in name.memory_kinds
        if (form := _FORM_BY_MEMORY_KIND.get((name.words[0], kind))) is not None
    }
    return all(form == own or (form == "sxm" and own.startswith("sxm")) for form in told)


def _memory_fits(chip: Accelerator, name: _Name, memory_total_bytes: float | None) -> bool:
    fact = facts.find("accelerators", chip.name, "memory_bytes")
    if fact is None:
        return memory_total_bytes is None and not name.memory_gb
    processors = _PROCESSOR_MEMORY.get(name.words[0], frozenset[str]())
    stated = [float(gb) * 1e9 for gb in name.memory_gb if gb not in processors]
    found = stated if memory_total_bytes is None else [*stated, memory_total_bytes]
    least, most = _MEMORY_RATIO
    return all(least <= value / fact.value <= most for value in found)
