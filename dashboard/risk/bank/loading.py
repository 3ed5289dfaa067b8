"""The question bank: read from ``data/risk/`` once, checked as a whole.

Every number of the bank is a ``Parameter`` with its source: those of the rules, those of the
scoring, the thresholds of the levels (``CMP-01.3``) and the limits of the cross-checks
(``X02.high``). Errors name the file, the row and
what to write.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from costmodel import facts
from dashboard.risk.bank import checks, schema
from dashboard.risk.bank.bank import Bank, BankError
from dashboard.risk.bank.checks import known, unique
from dashboard.risk.bank.parameters import Confidence, Parameter
from dashboard.risk.bank.schema import CrossCheckRow, Frame, ParameterRow, Question
from dashboard.risk.bank.sectors import GENERAL, Sector

_Model = TypeVar("_Model", bound=BaseModel)
#: A number as laws write it: ``1e25``, ``1/3``, ``21,000``.
_NUMBER: Final = re.compile(r"\s*(\d[\d,]*(?:\.\d+)?(?:e\d+)?)(?:/(\d+))?")
_NAMED: Final = (
    "areas", "stages", "profile", "statuses", "evidence_kinds", "respondents", "jurisdictions",
    "law_statuses",
)  # fmt: skip


@cache
def bank() -> Bank:
    """The question bank that ships with Assay. Raises ``BankError``."""
    return load(facts.data_dir() / "risk")


def load(folder: Path) -> Bank:
    """The question bank in ``folder``, checked. Raises ``BankError`` with file and remedy."""
    frame = _read(folder / "bank.toml", Frame)
    rows = [
        (name, row)
        for name in ("parameters.toml", "scoring.toml")
        for row in _read(folder / name, schema.ParameterFile).parameters
    ]
    metrics = _read(folder / "metrics.toml", schema.MetricFile).metrics
    crossed = _read(folder / "cross_checks.toml", schema.CrossCheckFile).cross_checks
    frameworks = _read(folder / "frameworks.toml", schema.FrameworkFile).frameworks
    for kind in _NAMED:
        unique("bank.toml", kind, [row.id for row in getattr(frame, kind)])
    unique("parameters.toml", "parameters", [row.id for _, row in rows])
    unique("metrics.toml", "metrics", [row.id for row in metrics])
    unique("cross_checks.toml", "cross_checks", [row.id for row in crossed])
    asked = _questions(folder, frame)
    sectors = _sectors(folder)
    files = _files(asked, sectors)
    defaults = {row.id: _parameter(name, row) for name, row in rows}
    loaded = Bank(
        frame=frame,
        questions={question.id: question for _, _, question in asked},
        areas={question.id: area for _, area, question in asked},
        metrics={row.id: row for row in metrics},
        cross_checks={row.id: row for row in crossed},
        frameworks={row.id: row for row in frameworks},
        defaults=defaults,
        sectors=sectors,
    )
    checks.check(loaded, files)
    for question in loaded.every_question().values():
        defaults |= _thresholds(loaded, question)
    for check in loaded.cross_checks.values():
        defaults |= _limits(loaded, check)
    return loaded


def _questions(folder: Path, frame: Frame) -> list[tuple[str, str, Question]]:
    """File, area and question of every question, in the order of the areas."""
    order = [row.id for row in frame.areas]
    files = []
    for path in sorted((folder / "questions").glob("*.toml")):
        name = f"questions/{path.name}"
        file = _read(path, schema.QuestionFile)
        known(name, "area", file.area, order)
        files.append((name, file))
    files.sort(key=lambda named: order.index(named[1].area))
    return [(name, file.area, question) for name, file in files for question in file.questions]


def _sectors(folder: Path) -> dict[str, Sector]:
    """The sectors by id, which is the name of the file; ``general`` first."""
    found = {}
    for path in sorted((folder / "sectors").glob("*.toml"), key=lambda p: (p.stem != GENERAL, p)):
        file = _read(path, schema.SectorFile)
        unique(f"sectors/{path.name}", "questions", [question.id for question in file.questions])
        found[path.stem] = Sector(
            id=path.stem,
            name=file.name,
            spellings=tuple(file.spellings),
            data_concerns=tuple(file.data_concerns),
            market=tuple(file.market),
            regulation=tuple(file.regulation),
            questions={question.id: question for question in file.questions},
            areas={question.id: question.area for question in file.questions},
            concerns={
                concern: tuple(q.id for q in file.questions if concern in q.concerns)
                for concern in dict.fromkeys(c for q in file.questions for c in q.concerns)
            },
        )
    if GENERAL not in found:
        raise BankError(
            f"sectors/{GENERAL}.toml: not found in {folder}; restore it from the project's data "
            "folder"
        )
    return found


def _files(asked: list[tuple[str, str, Question]], sectors: Mapping[str, Sector]) -> dict[str, str]:
    """In which file each question stands. Raises ``BankError`` for one that stands twice."""
    stands = [(question.id, file) for file, _, question in asked]
    stands += [(i, f"sectors/{s.id}.toml") for s in sectors.values() for i in s.questions]
    files: dict[str, str] = {}
    for question, file in stands:
        if question in files:
            where = " and ".join(dict.fromkeys((files[question], file)))
            raise BankError(f"{where}: {question} stands twice; keep one")
        files[question] = file
    return files


def _read(path: Path, model: type[_Model]) -> _Model:
    try:
        with path.open("rb") as file:
            given = tomllib.load(file)
    except FileNotFoundError:
        raise BankError(
            f"{path.name}: not found in {path.parent}; restore it from the project's data folder"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BankError(f"{path.name}: not valid TOML ({error}); correct the line") from None
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise _first_error(path, given, error) from None


def _first_error(path: Path, given: object, error: ValidationError) -> BankError:
    """pydantic's first complaint as one sentence with the file, the row's id and the field."""
    first = error.errors(include_url=False)[0]
    row: object = given
    ids, fields = [path.name], list[str]()
    for part in first["loc"]:
        row = _part(row, part)
        if isinstance(row, dict) and isinstance(row.get("id") or row.get("code"), str):
            ids.append(str(row.get("id") or row["code"]))
            fields.clear()
        else:
            fields.append(str(part))
    where = ": ".join([*ids, ".".join(fields)] if fields else ids)
    if first["type"] == "extra_forbidden":
        return BankError(f"{where}: the key is not known; correct or remove it")
    if first["type"] == "missing":
        return BankError(f"{where}: the key is missing; add it")
    return BankError(f"{where}: {first['msg'].removeprefix('Value error, ')}")


def _part(row: object, part: int | str) -> object:
    if isinstance(row, list) and isinstance(part, int) and part < len(row):
        return row[part]
    return row.get(part) if isinstance(row, dict) else None


def _parameter(file: str, row: ParameterRow) -> Parameter:
    where = f"{file}: {row.id}"
    value, as_of, source = row.value, row.as_of, row.source
    if row.fact is not None:
        parts = row.fact.split("/")
        if len(parts) != 3:
            raise BankError(f"{where}: {row.fact!r} is not a fact; write file/subject/quantity")
        fact = facts.lookup(*parts)
        value, as_of, source = fact.value, fact.as_of, fact.source.title
    if row.regulation is not None:
        laws = {law.id: law for law in facts.regulations()}
        known(where, "regulation", row.regulation, list(laws))
        law = laws[row.regulation]
        text = law.threshold_value
        found = _NUMBER.match(text)
        if found is None:
            raise BankError(
                f"{where}: the threshold of {law.id} begins with no number ({text!r}); give "
                "`value` instead"
            )
        number, over = found.groups()
        value = float(number.replace(",", "")) / float(over or 1)
        as_of, source = law.effective_date, law.instrument
    assert value is not None  # the row has one of the three
    return Parameter(
        id=row.id,
        value=value,
        least=row.least,
        most=row.most,
        unit=row.unit,
        as_of=as_of,
        source=source,
        confidence=row.confidence,
        name=row.name,
        note=row.note,
    )


def _limits(loaded: Bank, check: CrossCheckRow) -> dict[str, Parameter]:
    """The limits of a cross-check that are numbers of its own, as parameters."""
    origin = loaded.frame.thresholds
    return {
        f"{check.id}.{end}": Parameter(
            id=f"{check.id}.{end}",
            value=limit,
            unit=check.unit,
            as_of=origin.as_of,
            source=origin.source,
            confidence=origin.confidence,
            name=check.name,
        )
        for end, limit in (("low", check.low), ("high", check.high))
        if isinstance(limit, int | float)
    }


def _thresholds(loaded: Bank, question: Question) -> dict[str, Parameter]:
    """The level thresholds of a question that are numbers of its own, as parameters."""
    fill, origin = question.autofill, loaded.frame.thresholds
    if fill is None:
        return {}
    confidence: Confidence = fill.confidence or origin.confidence
    return {
        f"{question.id}.{level}": Parameter(
            id=f"{question.id}.{level}",
            value=threshold,
            unit=loaded.metrics[fill.metric].unit,
            as_of=origin.as_of,
            source=fill.source or origin.source,
            confidence=confidence,
            name=loaded.metrics[fill.metric].name,
        )
        for level, threshold in enumerate(fill.thresholds, start=1)
        if isinstance(threshold, float)
    }
