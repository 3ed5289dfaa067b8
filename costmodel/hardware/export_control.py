"""Whether an accelerator may be exported: the US rule table on chip facts. Not legal advice.

Total processing performance (TPP) is the largest dense peak in TOP/s times bit length, over
all precisions; performance density is TPP over the area of the dies. The table covers
3A090 of the Export Administration Regulations and the licence review policy of January
2026. Not covered: entity lists, end-use rules, letters to single makers, remote access.

Sources: ``data/export_rules.csv``, ``data/export_destinations.csv``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal, TypeAlias

from costmodel import facts
from costmodel.facts import Fact
from costmodel.hardware.accelerators import Accelerator
from costmodel.messages import Amount, Message

ExportStatus: TypeAlias = Literal["uncontrolled", "case_by_case", "presumption_of_denial"]
Entry: TypeAlias = Literal["3A090.a", "3A090.b", "none"]

#: Bit length of the formats whose dense peaks count, by the quantity that holds the peak.
_BITS: Final = {
    "peak_fp4_flop_per_s": 4,
    "peak_fp8_flop_per_s": 8,
    "peak_int8_op_per_s": 8,
    "peak_bf16_flop_per_s": 16,
    "peak_fp16_flop_per_s": 16,
}
_OPS_PER_TOPS: Final = 1e12
_DESTINATION_COLUMNS: Final = ("iso2", "group", "as_of", "evidence", "source", "note")
#: Makers in China, whose chips are no exports from the United States.
_CHINESE_MAKERS: Final = frozenset(
    {"Baidu", "Biren", "Cambricon", "Huawei", "Hygon", "MetaX", "Moore Threads"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReading:
    """What the table says of one accelerator at one destination.

    ``status`` is ``None`` where it cannot be told; ``missing`` says why. ``why`` is the
    arithmetic; ``notes`` go with every answer; ``facts`` are the numbers used; ``as_of`` is
    when the rules were read.
    """

    status: ExportStatus | None
    entry: Entry | None
    tpp: float | None
    density: float | None
    why: Message | None
    missing: Message | None
    notes: tuple[Message, ...]
    facts: tuple[Fact, ...]
    as_of: str


def total_processing_performance(accelerator: Accelerator) -> Fact | None:
    """The accelerator's TPP: the fact on record; ``None`` where there is none."""
    return facts.find("accelerators", accelerator.name, "tpp")


def computed_tpp(accelerator: Accelerator) -> float | None:
    """TPP from the dense peaks on record: the largest of TOP/s times bit length."""
    found = [
        fact.value / _OPS_PER_TOPS * bits
        for quantity, bits in _BITS.items()
        if (fact := facts.find("accelerators", accelerator.name, quantity)) is not None
    ]
    return max(found, default=None)


def export_reading(
    accelerator: Accelerator, *, destination: str, parent: str | None = None
) -> ExportReading:
    """The table for an accelerator that goes to a country; both as ISO codes of two letters.

    The stricter of the destination and of the ultimate ``parent`` counts. Review case by
    case is for direct exports from the United States to China and Macau; a parent there and
    a destination elsewhere has the presumption of denial.
    """
    group = _group(destination, parent)
    if group is None:
        why = Message("No country group of {country} asks for a licence.", {"country": destination})
        return _told("uncontrolled", why)
    if accelerator.vendor in _CHINESE_MAKERS:
        return _untold(
            Message(
                "{chip} is no export from the United States, so the table does not decide; "
                "guidance of May 2025 warns of the use of some of these chips. Ask counsel.",
                {"chip": accelerator.name},
            )
        )
    tpp = total_processing_performance(accelerator)
    if tpp is None:
        return _untold(
            Message(
                "The total processing performance of {chip} is not on record.",
                {"chip": accelerator.name},
            )
        )
    area = facts.find("accelerators", accelerator.name, "die_area_mm2")
    density = None if area is None else tpp.value / area.value
    used = (tpp,) if area is None else (tpp, area)
    entry = _entry(tpp.value, density)
    if entry is None:
        return _untold(
            Message(
                "The die area of {chip} is not on record. Its TPP of {tpp} lies between {low} "
                "and {high}, where the performance density decides.",
                {
                    "chip": accelerator.name,
                    "tpp": Amount(tpp.value, "tops_bit"),
                    "low": Amount(_rule("3A090.a", "tpp_with_density"), "tops_bit"),
                    "high": Amount(_rule("3A090.a", "tpp_alone"), "tops_bit"),
                },
            ),
            tpp=tpp.value,
            used=used,
        )
    return _controlled(accelerator, entry, tpp.value, density, group, used)


def _controlled(
    accelerator: Accelerator,
    entry: Entry,
    tpp: float,
    density: float | None,
    group: str,
    used: tuple[Fact, ...],
) -> ExportReading:
    values: dict[str, str | Amount] = {
        "chip": accelerator.name,
        "tpp": Amount(tpp, "tops_bit"),
        "entry": entry,
    }
    if entry == "none":
        why = Message("{chip} has a TPP of {tpp}, below the thresholds of 3A090.", values)
        letters = Message(
            "{chip} lies below the thresholds, and still its maker was told in 2025 to ask for "
            "a licence.",
            {"chip": accelerator.name},
        )
        notes = (letters,) if "licence" in accelerator.export_status.lower() else ()
        return _told("uncontrolled", why, entry, tpp, density, notes, used)
    if entry == "3A090.b":
        why = Message(
            "{chip} has a TPP of {tpp} and falls under {entry}: notification or licence.", values
        )
        return _told("case_by_case", why, entry, tpp, density, (), used)
    if group == "denial":
        why = Message(
            "{chip} has a TPP of {tpp} and falls under {entry}; at this destination, or with "
            "this parent, a licence is presumed to be denied.",
            values,
        )
        return _told("presumption_of_denial", why, entry, tpp, density, (), used)
    if group == "licence":
        why = Message(
            "{chip} has a TPP of {tpp} and falls under {entry}; this destination needs a licence.",
            values,
        )
        return _told("case_by_case", why, entry, tpp, density, (), used)
    bandwidth = facts.find("accelerators", accelerator.name, "memory_bandwidth_byte_per_s")
    most_tpp = _rule("case-by-case review", "tpp")
    most_bandwidth = _rule("case-by-case review", "dram_bandwidth")
    if bandwidth is None and tpp < most_tpp:
        return _untold(
            Message(
                "The memory bandwidth of {chip} is not on record; it decides between review "
                "case by case and the presumption of denial.",
                values,
            ),
            tpp=tpp,
            used=used,
        )
    speed = 0.0 if bandwidth is None else bandwidth.value
    values |= {
        "bandwidth": Amount(speed, "byte_per_s"),
        "most": Amount(most_tpp, "tops_bit"),
        "most_bandwidth": Amount(most_bandwidth, "byte_per_s"),
    }
    used = used if bandwidth is None else (*used, bandwidth)
    if tpp < most_tpp and speed < most_bandwidth:
        why = Message(
            "{chip} has a TPP of {tpp} (below {most}) and {bandwidth} of memory bandwidth (below "
            "{most_bandwidth}): {entry}, reviewed case by case when exported directly from the "
            "United States with the certifications asked for; denied otherwise.",
            values,
        )
        return _told("case_by_case", why, entry, tpp, density, (), used)
    why = Message(
        "{chip} has a TPP of {tpp} and {bandwidth} of memory bandwidth; review case by case ends "
        "at {most} and {most_bandwidth}, so a licence is presumed to be denied.",
        values,
    )
    return _told("presumption_of_denial", why, entry, tpp, density, (), used)


def _entry(tpp: float, density: float | None) -> Entry | None:
    """The entry of the control list; ``None`` where the missing density would decide."""
    if tpp >= _rule("3A090.a", "tpp_alone"):
        return "3A090.a"
    if tpp < _rule("3A090.a", "tpp_with_density"):
        return "none"
    if density is None:
        return None
    if density >= _rule("3A090.a", "performance_density"):
        return "3A090.a"
    wide = tpp >= _rule("3A090.b", "tpp_wide") and density >= _rule("3A090.b", "density_wide")
    narrow = tpp >= _rule("3A090.b", "tpp_narrow") and density >= _rule("3A090.b", "density_narrow")
    return "3A090.b" if wide or narrow else "none"


def _group(destination: str, parent: str | None) -> str | None:
    """How a licence is reviewed: the stricter of destination and parent."""
    there = _destinations().get(destination.upper())
    above = _destinations().get((parent or destination).upper())
    if "denial" in (there, above) or (above == "case_by_case" and there != "case_by_case"):
        return "denial"
    return there or above


def _told(
    status: ExportStatus,
    why: Message,
    entry: Entry | None = None,
    tpp: float | None = None,
    density: float | None = None,
    notes: tuple[Message, ...] = (),
    used: tuple[Fact, ...] = (),
) -> ExportReading:
    return ExportReading(
        status=status,
        entry=entry,
        tpp=tpp,
        density=density,
        why=why,
        missing=None,
        notes=(*notes, _not_advice()),
        facts=used,
        as_of=rules_read(),
    )


def _untold(
    missing: Message, *, tpp: float | None = None, used: tuple[Fact, ...] = ()
) -> ExportReading:
    return ExportReading(
        status=None,
        entry=None,
        tpp=tpp,
        density=None,
        why=None,
        missing=missing,
        notes=(_not_advice(),),
        facts=used,
        as_of=rules_read(),
    )


@cache
def rules_read() -> str:
    """The day on which the rules were last read at their sources."""
    return max(fact.source.accessed for fact in facts.facts_of("export_rules").values())


def _not_advice() -> Message:
    return Message(
        "A reading of public rules as of {date}, not legal advice; ask counsel for a memo.",
        {"date": rules_read()},
    )


def _rule(entry: str, quantity: str) -> float:
    return facts.lookup("export_rules", entry, quantity).value


@cache
def _destinations() -> dict[str, str]:
    """Countries by how a licence for 3A090.a is reviewed there."""
    return dict(_rows())


def _rows() -> Iterator[tuple[str, str]]:
    path = facts.data_dir() / "export_destinations.csv"
    for line, row in facts.read_rows(path, _DESTINATION_COLUMNS):
        where = f"{path.name}:{line}"
        facts.check_evidence(row["evidence"], where)
        facts.find_source(row["source"], facts.all_sources(), where)
        yield row["iso2"], row["group"]
