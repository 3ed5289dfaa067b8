"""The plan of a programme from what was typed beside the deal, and from cited defaults."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from costmodel import facts
from costmodel.facts import Fact
from costmodel.messages import InputError, check_known
from costmodel.money import energy, programme
from costmodel.money.programme import POSTURES, Member, Posture, ProgrammePlan, Purchase
from costmodel.uncertainty import Percentiles
from costmodel.units import BYTES_PER_TB, DAYS_PER_MONTH
from dashboard.fact_terms import ROLES
from dashboard.findings import Evaluation
from dashboard.language import listed
from dashboard.quantities import parse_count, parse_number
from dashboard.scenario import compact
from dashboard.terms import region_label, role_label, subject_label

#: What a company is taken for until somebody says.
FIRST_POSTURE: Final[Posture] = "challenger"
_FIRST_ROLE: Final = "ml_engineer"
_FIRST_REGION: Final = "United States"
#: The one purchase that every programme from raw text makes.
CLEANING: Final = "cleaning of web text"
#: A run shorter than this is paid within one month all the same.
_SHORTEST_RUN_MONTHS: Final = 0.01
_MOST_ROWS: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What stands where nothing is typed, as text by field, and the facts behind it."""

    posture: Posture
    final_run_months: float
    region: str
    region_known: bool
    texts: Mapping[str, str]
    facts: Mapping[str, Fact]

    @classmethod
    def of(cls, final_run: Evaluation, typed: Mapping[str, str]) -> "Usual":
        """For a programme around ``final_run``, as far as nothing is typed."""
        stated = typed.get("posture", "").strip().casefold()
        posture = stated if stated in POSTURES else FIRST_POSTURE
        found = {
            "months": facts.lookup("programme", "any programme", "programme_months"),
            "start_month": facts.lookup("programme", "any programme", "before_final_run_share"),
            "team": facts.lookup("programme", posture, "team_headcount"),
        }
        days = Percentiles.of(final_run.estimate.wall_days).p50
        run_months = max(days / DAYS_PER_MONTH, _SHORTEST_RUN_MONTHS)
        share = found["start_month"].value
        months = max(int(found["months"].value), math.ceil(run_months / (1 - share)))
        with_typed = _months_typed(typed) or months
        start = max(share * (with_typed - run_months), 0.0)
        country = _country(final_run)
        region = country or _FIRST_REGION
        member = (_FIRST_ROLE, region, f"{found['team'].value:g}")
        return cls(
            posture=posture,
            final_run_months=run_months,
            region=region,
            region_known=country is not None,
            texts={
                "posture": posture,
                "months": str(months),
                "start_month": f"{math.floor(start * 10) / 10:g}",
                "storage": "",
                "egress": "",
                "team": packed([member]),
                "data": packed([(CLEANING, compact(final_run.inputs.plan.tokens))]),
            },
            facts=found,
        )


def _country(final_run: Evaluation) -> str | None:
    """The company's country where its pay is on record."""
    found = _country_name(final_run.deal.company.country)
    return found if found in programme.regions() else None


def _country_name(text: str | None) -> str | None:
    try:
        return energy.find_region(text).name if text else None
    except InputError:
        return None


def _months_typed(typed: Mapping[str, str]) -> int | None:
    try:
        return parse_count(typed.get("months", ""), "months")
    except InputError:
        return None


def plan_of(
    typed: Mapping[str, str], usual: Usual, refused: dict[str, InputError]
) -> ProgrammePlan | None:
    """The plan of what is typed and usual; ``None`` where a field of it is refused."""

    def text(name: str) -> str:
        return typed.get(name, "").strip() or usual.texts[name]

    def table(name: str) -> str:
        return typed.get(name, usual.texts[name])  # an emptied table stays empty

    def amount(name: str) -> float:
        return parse_number(text(name), name) * BYTES_PER_TB if text(name) else 0.0

    checks: dict[str, Callable[[], object]] = {
        "posture": lambda: check_known("posture", text("posture"), POSTURES),
        "months": lambda: _months(text("months"), usual.final_run_months),
        "start_month": lambda: parse_number(text("start_month"), "start_month"),
        "storage": lambda: amount("storage"),
        "egress": lambda: amount("egress"),
        "team": lambda: _team(table("team")),
        "data": lambda: _purchases(table("data")),
    }
    values: dict[str, object] = {}
    for name, check in checks.items():
        try:
            values[name] = check()
        except InputError as error:
            refused[name] = error
    if refused:
        return None
    months, start = cast(int, values["months"]), cast(float, values["start_month"])
    try:
        _check_start(start, months, usual.final_run_months)
        return ProgrammePlan(
            posture=usual.posture,
            months=months,
            final_run_start_month=start,
            final_run_months=usual.final_run_months,
            team=cast("tuple[Member, ...]", values["team"]),
            purchases=cast("tuple[Purchase, ...]", values["data"]),
            storage_bytes=cast(float, values["storage"]),
            egress_bytes=cast(float, values["egress"]),
        )
    except InputError as error:
        name = _field_of(error.field)
        refused[name] = InputError(name, error.message.text, **error.message.params)
        return None


def _field_of(path: str) -> str:
    """The field on the page of a path in the plan."""
    first = path.split(".", maxsplit=1)[0]
    return {
        "purchases": "data",
        "storage_bytes": "storage",
        "egress_bytes": "egress",
        "final_run_start_month": "start_month",
        "final_run_months": "months",
    }.get(first, first)


def _months(text: str, final_run_months: float) -> int:
    months = parse_count(text, "months")
    if 0 < months < final_run_months:
        raise InputError(
            "months",
            "the final run alone takes {n} months; write at least {least}",
            n=round(final_run_months, 1),
            least=math.ceil(final_run_months),
        )
    return months


def _check_start(start: float, months: int, final_run_months: float) -> None:
    latest = months - final_run_months
    if start > latest:
        raise InputError(
            "start_month",
            "the final run takes {n} of the {months} months; it can start after {latest} months "
            "at the latest",
            n=round(final_run_months, 1),
            months=months,
            latest=math.floor(latest * 10) / 10,
        )


def _team(text: str) -> tuple[Member, ...]:
    members = []
    for i, (role, region, headcount, first_month, months) in enumerate(cells(text, 5), start=1):
        if not role or not region:
            raise InputError("team", "row {n} lacks its role or country; choose both", n=i)
        paid_role, country = _paid_role(role, region)
        members.append(
            Member(
                role=paid_role,
                region=country,
                headcount=_cell(headcount, "team", i),
                first_month=parse_number(first_month, "team") if first_month else 0.0,
                months=parse_number(months, "team") if months else None,
            )
        )
    return tuple(members)


def _paid_role(stated: str, country: str) -> tuple[str, str]:
    """Role and country as the pay on record has them, or a refusal in the reader's words."""
    region = _country_name(country) or country
    check_known("team", region, programme.regions())
    role = "_".join(stated.casefold().replace("-", " ").replace("_", " ").split())
    known = programme.roles(region)
    if role not in known:
        raise InputError(
            "team",
            "no pay of a {role} in {region} is on record; choose one of: {known}",
            role=role_label(role) if role in ROLES else stated,
            region=region_label(region),
            known=listed(role_label(name) for name in known),
        )
    return role, region


def _purchases(text: str) -> tuple[Purchase, ...]:
    found = []
    for i, (kind, quantity) in enumerate(cells(text, 2), start=1):
        if kind not in programme.kinds():
            raise InputError(
                "data",
                "row {n} names no kind of data with a price on record; choose for example {known}",
                n=i,
                known=listed(subject_label(name) for name in programme.kinds()[:4]),
            )
        found.append(Purchase(kind=kind, quantity=_cell(quantity, "data", i)))
    return tuple(found)


def _cell(text: str, name: str, row: int) -> float:
    if not text:
        raise InputError(name, "row {n} lacks its number; write one", n=row)
    return parse_number(text, name)


def cells(text: str, n: int) -> list[list[str]]:
    """The rows of a table's text, as typed, with ``n`` cells each."""
    rows = [row for row in text.split(";") if row.strip("| ")][:_MOST_ROWS]
    return [[*(cell.strip() for cell in row.split("|")), *[""] * n][:n] for row in rows]


def packed(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells as one text; what parts them cannot stand in a cell."""
    clean = str.maketrans({"|": " ", ";": " "})
    plain = [[cell.translate(clean).strip() for cell in row] for row in rows]
    return ";".join("|".join(row).rstrip("|") for row in plain if any(row))
