"""The cases of ``data/cases.csv``: read, checked and filtered.

A case is a company or a published training run. Figures of a run stand in
``data/reference_runs.csv`` and are not repeated. A cell from memory is named in
``recall_columns``; what nobody knows is ``None``.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args

from costmodel import facts
from costmodel.facts import FactError, Source
from costmodel.messages import Text
from dashboard.risk.bank.bank import Bank
from dashboard.risk.bank.loading import bank

Kind: TypeAlias = Literal["company", "run"]
#: What became of a company, worst first; ``open`` has not ended.
Outcome: TypeAlias = Literal["fail", "acquihire", "base", "good", "outlier", "open"]
#: What the class rests on: what investors got for their money, or the form of the event.
Basis: TypeAlias = Literal["return", "event"]

KINDS: Final = get_args(Kind)
OUTCOMES: Final = get_args(Outcome)
#: The outcomes of companies that have ended.
CLOSED: Final[tuple[Outcome, ...]] = ("fail", "acquihire", "base", "good", "outlier")
COLUMNS: Final = (
    "id", "kind", "name", "also_called", "country", "founded", "stage", "sector",
    "trains_from_scratch", "run", "claimed_en", "claimed_zh", "raised_usd", "valuation_usd",
    "outcome", "basis", "outcome_date", "outcome_en", "outcome_zh", "lesson_en", "lesson_zh",
    "evidence", "recall_columns", "sources", "locator", "note",
)  # fmt: skip
#: What every row must say.
_NEEDED: Final = (
    "id", "name", "country", "sector", "claimed_en", "claimed_zh", "outcome_en", "outcome_zh",
    "lesson_en", "lesson_zh", "sources", "locator",
)  # fmt: skip
_RUN_COLUMNS: Final = (
    "run_id", "total_params", "active_params", "training_tokens", "gpu_hours_reported", "chip",
    "recall_columns",
)  # fmt: skip
_YES_NO: Final = {"yes": True, "no": False, "": None}
_ID: Final = re.compile(r"[a-z0-9][a-z0-9.-]*")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_DATE: Final = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_YEARS: Final = range(1950, 2100)
_EVERY_CELL: Final = "all"
_RECALL: Final = "project-recall"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFigures:
    """What is published of a training run; ``None`` where nothing is. ``recalled`` names the
    columns of ``data/reference_runs.csv`` that are from memory.
    """

    run_id: str
    params: float | None
    active_params: float | None
    tokens: float | None
    gpu_hours: float | None
    chip: str
    recalled: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A company or a published run, what it claimed, what became of it, and the lesson.

    ``raised_usd`` is the money raised in all, ``valuation_usd`` the last one before the
    outcome. ``outcome`` is ``None`` for a run: nobody invests in a run alone. ``recalled``
    names the columns that are from memory.
    """

    id: str
    kind: Kind
    name: str
    also_called: tuple[str, ...]
    country: str
    founded: int | None
    stage: str | None
    sector: str
    trains_from_scratch: bool | None
    run: RunFigures | None
    claimed: Text
    raised_usd: float | None
    valuation_usd: float | None
    outcome: Outcome | None
    basis: Basis | None
    outcome_date: str
    happened: Text
    lesson: Text
    evidence: str
    recalled: frozenset[str]
    sources: tuple[Source, ...]
    locator: str
    note: str
    line: int

    @property
    def closed(self) -> bool:
        """Whether it is a company whose outcome is known."""
        return self.outcome in CLOSED

    def from_memory(self, column: str) -> bool:
        """Whether the cell of this column is from memory, to be confirmed."""
        return column in self.recalled

    def holds(self, text: str) -> bool:
        """Whether names, claim, outcome or lesson hold ``text``, in either language."""
        words = (self.name, *self.also_called, self.country, self.sector)
        texts = (self.claimed, self.happened, self.lesson)
        both = (part for each in texts for part in (each.en, each.zh))
        return text.strip().casefold() in " ".join((*words, *both)).casefold()


@cache
def cases() -> tuple[Case, ...]:
    """Every case that ships. Raises ``FactError`` with file, line and remedy."""
    return read(facts.data_dir() / "cases.csv")


def find(case_id: str) -> Case | None:
    """The case of this id, for a link; ``None`` where there is none."""
    return next((case for case in cases() if case.id == case_id), None)


def chosen(
    among: Iterable[Case],
    *,
    kind: str = "",
    outcome: str = "",
    sector: str = "",
    holding: str = "",
) -> tuple[Case, ...]:
    """The cases of a kind, an outcome and a sector that hold a text; empty asks for all."""
    return tuple(
        case
        for case in among
        if kind in ("", case.kind)
        and outcome in ("", case.outcome)
        and sector in ("", case.sector)
        and case.holds(holding)
    )


def read(path: Path) -> tuple[Case, ...]:
    """The cases of a file. Raises ``FactError`` with file, line and remedy."""
    runs, known = _runs(), bank()
    found: dict[str, Case] = {}
    for line, row in facts.read_rows(path, COLUMNS):
        case = _case(f"{path.name}:{line}", line, row, runs, known)
        if case.id in found:
            raise FactError(
                f"{path.name}:{line}: the id {case.id!r} stands already in line "
                f"{found[case.id].line}; give each case its own"
            )
        found[case.id] = case
    return tuple(found.values())


@cache
def _runs() -> dict[str, RunFigures]:
    path = facts.data_dir() / "reference_runs.csv"
    return {
        row["run_id"]: _run(f"{path.name}:{line}", row)
        for line, row in facts.read_rows(path, _RUN_COLUMNS)
    }


def _run(where: str, row: dict[str, str]) -> RunFigures:
    recalled = row["recall_columns"].split(";")
    return RunFigures(
        run_id=row["run_id"],
        params=_number(row["total_params"], where),
        active_params=_number(row["active_params"], where),
        tokens=_number(row["training_tokens"], where),
        gpu_hours=_number(row["gpu_hours_reported"], where),
        chip=row["chip"],
        recalled=frozenset(row if recalled == [_EVERY_CELL] else filter(None, recalled)),
    )


def _case(
    where: str, line: int, row: dict[str, str], runs: dict[str, RunFigures], known: Bank
) -> Case:
    for column in _NEEDED:
        if not row[column].strip():
            raise FactError(f"{where}: {column} is empty; every case needs it")
    _match(where, "id", row["id"], _ID, "write small letters, digits, hyphens and points")
    _match(where, "country", row["country"], _COUNTRY, "write two capital letters, such as CN")
    kind = _one_of(where, "kind", row["kind"], KINDS)
    stages = [stage.id for stage in known.frame.stages]
    return Case(
        id=row["id"],
        kind="company" if kind == "company" else "run",
        name=row["name"],
        also_called=_parts(row["also_called"]),
        country=row["country"],
        founded=_year(where, row["founded"]),
        stage=_one_of(where, "stage", row["stage"], stages) if row["stage"] else None,
        sector=_one_of(where, "sector", row["sector"], list(known.sectors)),
        trains_from_scratch=_YES_NO[
            _one_of(where, "trains_from_scratch", row["trains_from_scratch"], list(_YES_NO))
        ],
        run=_run_of(where, kind, row["run"], runs),
        claimed=Text(row["claimed_en"], row["claimed_zh"]),
        raised_usd=_number(row["raised_usd"], where),
        valuation_usd=_number(row["valuation_usd"], where),
        outcome=_outcome(where, kind, row),
        basis=_basis(where, row),
        outcome_date=row["outcome_date"],
        happened=Text(row["outcome_en"], row["outcome_zh"]),
        lesson=Text(row["lesson_en"], row["lesson_zh"]),
        evidence=facts.check_evidence(row["evidence"], where),
        recalled=_recalled(where, row),
        sources=tuple(
            facts.find_source(source, facts.all_sources(), where)
            for source in _parts(row["sources"])
        ),
        locator=row["locator"],
        note=row["note"],
        line=line,
    )


def _outcome(where: str, kind: str, row: dict[str, str]) -> Outcome | None:
    if kind == "run":
        if row["outcome"]:
            raise FactError(f"{where}: a run has no outcome class; leave outcome empty")
        return None
    found = _one_of(where, "outcome", row["outcome"], OUTCOMES)
    return next(each for each in OUTCOMES if each == found)


def _basis(where: str, row: dict[str, str]) -> Basis | None:
    """What a closed case's class rests on, and its date; neither for an open one or a run."""
    closed = row["outcome"] in CLOSED
    if closed:
        _match(where, "outcome_date", row["outcome_date"], _DATE, "write it as 2024-06 or 2024")
    elif row["outcome"] and row["outcome_date"]:
        raise FactError(f"{where}: an open case has no outcome_date yet; leave it empty")
    if not closed:
        if row["basis"]:
            raise FactError(f"{where}: basis is for a closed case; leave it empty")
        return None
    return (
        "return" if _one_of(where, "basis", row["basis"], get_args(Basis)) == "return" else "event"
    )


def _run_of(where: str, kind: str, run_id: str, runs: dict[str, RunFigures]) -> RunFigures | None:
    if not run_id:
        if kind == "run":
            raise FactError(f"{where}: a run needs its row of reference_runs.csv in run")
        return None
    if run_id not in runs:
        raise FactError(
            f"{where}: run {run_id!r} is not in reference_runs.csv{_near(run_id, list(runs))}"
        )
    return runs[run_id]


def _recalled(where: str, row: dict[str, str]) -> frozenset[str]:
    """The columns from memory; such a row says where to confirm them, and that it is memory."""
    named = _parts(row["recall_columns"])
    if (row["evidence"] == "recall") != (named == (_EVERY_CELL,)):
        raise FactError(f"{where}: evidence recall and recall_columns all go together")
    if named and ("to be confirmed at:" not in row["locator"]):
        raise FactError(f"{where}: name after 'to be confirmed at:' where recalled cells are found")
    if bool(named) != (_RECALL in _parts(row["sources"])):
        raise FactError(f"{where}: {_RECALL} is a source where cells are from memory, else not")
    for column in named:
        if column != _EVERY_CELL:
            _one_of(where, "recall_columns", column, COLUMNS)
    return frozenset(COLUMNS if named == (_EVERY_CELL,) else named)


def _parts(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(";") if part.strip())


def _number(cell: str, where: str) -> float | None:
    if not cell:
        return None
    value = facts.number(cell, where)
    if value < 0:
        raise FactError(f"{where}: {cell} is below zero; leave a cell empty when unknown")
    return value


def _year(where: str, cell: str) -> int | None:
    if not cell:
        return None
    if not cell.isdigit() or int(cell) not in _YEARS:
        raise FactError(f"{where}: founded {cell!r} is not a year; write it as 2019")
    return int(cell)


def _match(where: str, column: str, cell: str, shape: re.Pattern[str], remedy: str) -> None:
    if shape.fullmatch(cell) is None:
        raise FactError(f"{where}: {column} {cell!r} cannot be; {remedy}")


def _one_of(where: str, column: str, cell: str, known: Iterable[str]) -> str:
    options = list(known)
    if cell not in options:
        raise FactError(
            f"{where}: {column} {cell!r} is not known{_near(cell, options)}; write one of "
            f"{', '.join(option or 'nothing' for option in options)}"
        )
    return cell


def _near(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, n=3, cutoff=0.5)
    return f"; near it: {', '.join(close)}" if close else ""
