"""Cited numbers: one row, one number, with its unit, date, grade and source.

The only module of ``costmodel`` that reads files. A look-up returns the ``Fact``, not the
float, so that the source reaches the screen and the memo. A missing fact is an error with
near misses; it is never zero and never a popular default.
"""

import csv
import difflib
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, Final

from costmodel.messages import Message, Part
from costmodel.uncertainty import Kind, Range, RangeError
from costmodel.units import UNITS

#: How a number is known, surest first.
EVIDENCE: Final = ("stated", "reported", "derived", "judgement", "recall")

FACT_COLUMNS: Final = (
    "subject",
    "quantity",
    "value",
    "low",
    "high",
    "unit",
    "as_of",
    "evidence",
    "source",
    "locator",
    "note",
)
#: Files of ``data/`` that hold facts in the common columns.
FACT_FILES: Final = (
    "accelerators",
    "assumptions",
    "comparables",
    "data_prices",
    "export_rules",
    "grid",
    "interconnect",
    "outcomes",
    "ownership",
    "people",
    "price_trend",
    "programme",
    "pue",
    "reliability",
    "conventions",
    "scaling_laws",
    "serving",
    "step_time_priors",
    "venture",
)

_FRACTION_UNITS: Final = frozenset({"fraction"})


class FactError(ValueError):
    """A row that cannot be read, or a fact that is not there; says where and what to write."""

    @property
    def message(self) -> Message:
        """What to say of it: where in which file, in English."""
        return Message("{problem}", {"problem": str(self)})


class MissingFactError(FactError):
    """A number that is not on record; what to say of it is in the catalogue."""

    def __init__(self, text: str, /, **params: Part) -> None:
        self._message = Message(text, params)
        super().__init__(str(self._message))

    @property
    def message(self) -> Message:
        """The sentence with what fills it."""
        return self._message


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where numbers come from: a document, data set or price list."""

    id: str
    title: str
    publisher: str
    url: str
    accessed: str
    licence: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Regulation:
    """One threshold or duty in law; ``threshold_value`` is text, as laws write it."""

    id: str
    jurisdiction: str
    instrument: str
    threshold_type: str
    threshold_value: str
    unit: str
    who: str
    duties: str
    effective_date: str
    status_as_of_2026_11: str
    evidence: str
    source: Source
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One cited number (or 90 % range) and its story.

    ``value`` is in ``unit``; where the row gives a range alone, ``value`` is its median.
    ``evidence`` is one of ``EVIDENCE``.
    """

    subject: str
    quantity: str
    value: float
    low: float | None
    high: float | None
    unit: str
    as_of: str
    evidence: str
    source: Source
    locator: str
    note: str
    file: str
    line: int

    @property
    def key(self) -> str:
        """``file/subject/quantity``: unique, and stable enough to link to."""
        return f"{self.file}/{self.subject}/{self.quantity}"

    @property
    def range(self) -> Range:
        """The cited 90 % range; a bare number is a range of no width."""
        kind: Kind = "fraction" if self.unit in _FRACTION_UNITS else "positive"
        if self.low is None or self.high is None:
            return Range(self.value, self.value, kind)
        return Range(self.low, self.high, kind)


def data_dir() -> Path:
    """The folder of cited data: inside the installed package, else at the project's top."""
    packaged = Path(__file__).parent / "_data"
    return packaged if packaged.is_dir() else Path(__file__).parents[1] / "data"


def read_rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield ``(line, row)`` of a CSV whose header must hold ``columns``.

    Raises ``FactError`` naming file, line and remedy for a missing file or column, a row
    of another length, or text that is not UTF-8.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            missing = [c for c in columns if c not in (reader.fieldnames or ())]
            if missing:
                raise FactError(
                    f"{path.name}:1: column {missing[0]!r} is missing; "
                    f"the header is {','.join(columns)}"
                )
            for row in reader:
                if None in row or None in row.values():
                    raise FactError(
                        f"{path.name}:{reader.line_num}: the row has another number of cells "
                        f"than the header; quote cells that hold a comma"
                    )
                yield reader.line_num, row
    except FileNotFoundError as missing_file:
        raise FactError(
            f"{path.name}: not found in {path.parent}; restore it from the project's data folder"
        ) from missing_file
    except UnicodeDecodeError as other_encoding:
        raise FactError(f"{path.name}: not UTF-8 text; save it as UTF-8") from other_encoding
    except (OSError, csv.Error) as unread:
        raise FactError(f"{path.name}: cannot be read as CSV ({unread})") from unread


def read_facts(path: Path, sources: dict[str, Source]) -> list[Fact]:
    """Every row of one fact file, checked. Raises ``FactError`` with file, line and remedy."""
    facts: list[Fact] = []
    seen: dict[tuple[str, str], int] = {}
    for line, row in read_rows(path, FACT_COLUMNS):
        fact = _fact(path, line, row, sources)
        twin = seen.setdefault((fact.subject, fact.quantity), line)
        if twin != line:
            raise FactError(
                f"{path.name}:{line}: {fact.subject!r} {fact.quantity!r} stands already in "
                f"line {twin}; keep one of the two"
            )
        facts.append(fact)
    return facts


def read_sources(path: Path) -> dict[str, Source]:
    """The sources by id. Raises ``FactError`` for a repeated id."""
    columns = ("id", "title", "publisher", "url", "accessed", "licence", "note")
    sources: dict[str, Source] = {}
    for line, row in read_rows(path, columns):
        if row["id"] in sources:
            raise FactError(f"{path.name}:{line}: source {row['id']!r} stands twice; keep one")
        sources[row["id"]] = Source(**{c: row[c] for c in columns})
    return sources


def number(text: str, where: str) -> float:
    """A finite number from a cell; ``where`` is ``file:line`` for the error."""
    try:
        value = float(text)
    except ValueError:
        raise FactError(
            f"{where}: {text!r} is not a number; write digits, for example 2.5e3"
        ) from None
    if not math.isfinite(value):
        raise FactError(f"{where}: {text!r} is not finite; leave the row out when unknown")
    return value


def check_evidence(grade: str, where: str) -> str:
    """The grade, when it is one of ``EVIDENCE``; else ``FactError``."""
    if grade not in EVIDENCE:
        raise FactError(
            f"{where}: evidence {grade!r} is not a grade we use; write one of {', '.join(EVIDENCE)}"
        )
    return grade


def find_source(source_id: str, sources: dict[str, Source], where: str) -> Source:
    """The source with this id; else ``FactError`` with the nearest ids."""
    if source_id not in sources:
        raise FactError(
            f"{where}: source {source_id!r} is not in sources.csv"
            f"{_near(source_id, list(sources))}; add it there first"
        )
    return sources[source_id]


@cache
def all_sources() -> dict[str, Source]:
    """Every source by id."""
    return read_sources(data_dir() / "sources.csv")


@cache
def facts_of(file: str) -> dict[tuple[str, str], Fact]:
    """The facts of one file of ``data/`` by (subject, quantity)."""
    rows = read_facts(data_dir() / f"{file}.csv", all_sources())
    return {(fact.subject, fact.quantity): fact for fact in rows}


@cache
def regulations() -> tuple[Regulation, ...]:
    """The thresholds in law. Raises ``FactError`` with file, line and remedy."""
    path = data_dir() / "regulatory_thresholds.csv"
    texts = tuple(f.name for f in fields(Regulation) if f.name not in ("evidence", "source"))
    return tuple(
        Regulation(
            evidence=check_evidence(row["evidence"], f"{path.name}:{line}"),
            source=find_source(row["source"], all_sources(), f"{path.name}:{line}"),
            **{name: row[name] for name in texts},
        )
        for line, row in read_rows(path, (*texts, "evidence", "source"))
    )


def read_json(name: str) -> Any:
    """The object stored in ``data/name.json``, as a command of the project wrote it.

    Raises ``FactError`` when it is missing or no JSON.
    """
    path = data_dir() / f"{name}.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as missing:
        raise FactError(f"{path.name}: not found; `assay calibrate` makes it anew") from missing
    except ValueError as broken:
        raise FactError(f"{path.name}: not JSON; `assay calibrate` makes it anew") from broken


def lookup(file: str, subject: str, quantity: str) -> Fact:
    """The fact, or a ``MissingFactError`` naming the nearest subject or what there is of it."""
    facts = facts_of(file)
    fact = facts.get((subject, quantity))
    if fact is not None:
        return fact
    known = [q for s, q in facts if s == subject]
    if known:
        raise MissingFactError(
            "{file}.csv has no {quantity} for {subject}; it has {known}. Add a row with its "
            "source, or give the number yourself",
            file=file,
            quantity=quantity,
            subject=repr(subject),
            known=", ".join(known),
        )
    near = difflib.get_close_matches(subject, {s for s, _ in facts}, n=3, cutoff=0.5)
    if near:
        raise MissingFactError(
            "{file}.csv has no row for {subject}; near it: {near}",
            file=file,
            subject=repr(subject),
            near=", ".join(near),
        )
    raise MissingFactError(
        "{file}.csv has no row for {subject}; add one with its source, or give the number yourself",
        file=file,
        subject=repr(subject),
    )


def find(file: str, subject: str, quantity: str) -> Fact | None:
    """The fact where there is one, for a caller that has another way."""
    return facts_of(file).get((subject, quantity))


def _fact(path: Path, line: int, row: dict[str, str], sources: dict[str, Source]) -> Fact:
    where = f"{path.name}:{line}"
    unit = row["unit"]
    if unit not in UNITS:
        raise FactError(
            f"{where}: unit {unit!r} is not one we use; write one of "
            f"{', '.join(sorted(UNITS))} and convert the value"
        )
    low, high = (number(row[c], where) if row[c] else None for c in ("low", "high"))
    if (low is None) != (high is None):
        raise FactError(f"{where}: a range needs both low and high; fill or empty both")
    if low is not None and high is not None:
        try:
            span = Range(low, high, "fraction" if unit in _FRACTION_UNITS else "positive")
        except RangeError as bad:
            raise FactError(f"{where}: {bad}") from bad
        value = number(row["value"], where) if row["value"] else span.mid
        if not low <= value <= high:
            raise FactError(f"{where}: value {value:g} lies outside its range {low:g} to {high:g}")
    elif row["value"]:
        value = number(row["value"], where)
    else:
        raise FactError(f"{where}: neither value nor range; fill one, or leave the row out")
    return Fact(
        subject=row["subject"],
        quantity=row["quantity"],
        value=value,
        low=low,
        high=high,
        unit=unit,
        as_of=row["as_of"],
        evidence=check_evidence(row["evidence"], where),
        source=find_source(row["source"], sources, where),
        locator=row["locator"],
        note=row["note"],
        file=path.stem,
        line=line,
    )


def _near(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    return f"; near it: {', '.join(close)}" if close else ""
