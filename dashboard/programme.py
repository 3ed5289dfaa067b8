"""A deal's whole programme: what was typed beside the deal, as a plan, a bill and a link.

Everything is kept as it was typed, so that a refused value still stands in its field; an
empty field takes its cited default.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, cast

import numpy as np

from costmodel import facts
from costmodel.facts import Fact, FactError
from costmodel.messages import InputError, Message, check_known
from costmodel.money import energy, programme
from costmodel.money.programme import (
    POSTURES,
    Member,
    Posture,
    ProgrammeEstimate,
    ProgrammeInputs,
    ProgrammePlan,
    Purchase,
)
from costmodel.uncertainty import Draws, Kind, Percentiles, Range
from costmodel.units import BYTES_PER_TB, DAYS_PER_MONTH, TOKENS_PER_MILLION
from dashboard.bill_terms import posture_label
from dashboard.fact_terms import ROLES
from dashboard.findings import Evaluation
from dashboard.language import listed
from dashboard.quantities import parse_count, parse_number, parse_range
from dashboard.scenario import compact
from dashboard.terms import region_label, role_label, subject_label

#: What can be typed beside the assumptions; the tables hold rows by ";" and cells by "|".
FIELDS: Final = ("posture", "months", "start_month", "storage", "egress", "team", "data")
#: Assumptions by name, or by the part before the first dot.
ASSUMPTIONS: Final = (
    "research_multiple",
    "post_training_share",
    "failed_run_share",
    "evaluation_share",
    "client_over_worker_pay",
    "storage_usd_per_gb_month",
    "egress_usd_per_gb",
)
_KEYED: Final = ("pay.", "on_cost.", "price.")
_FRACTIONS: Final = ("post_training_share", "failed_run_share", "evaluation_share")

_FIRST_POSTURE: Final[Posture] = "challenger"
_FIRST_ROLE: Final = "ml_engineer"
_FIRST_REGION: Final = "United States"
_CLEANING: Final = "cleaning of web text"
#: A run shorter than this is paid within one month all the same.
_SHORTEST_RUN_MONTHS: Final = 0.01
_MOST_TYPED: Final = {"team": 3_000, "data": 3_000}
_MOST_FIELDS: Final = 80
_MOST_ROWS: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeAnswer:
    """What Assay makes of a programme; ``estimate`` is missing while a field is refused.

    ``cited`` are the assumptions with nothing typed over them, for the fields to show;
    ``spent`` and ``monthly`` are the dollars by the end of, and in, each month.
    """

    final_run: Evaluation
    final_run_months: float
    defaults: Mapping[str, str]
    facts: Mapping[str, Fact]
    refused: Mapping[str, InputError]
    cited: ProgrammeInputs | None = None
    estimate: ProgrammeEstimate | None = None
    spent: Sequence[Percentiles] = ()
    monthly: Sequence[Percentiles] = ()
    warnings: Sequence[Message] = ()


def from_query(query: Mapping[str, str]) -> dict[str, str]:
    """What a link says about the programme; all else is left to others."""
    known = [n for n in query if n in FIELDS or n in ASSUMPTIONS or n.startswith(_KEYED)]
    return {name: query[name][: _MOST_TYPED.get(name, 120)] for name in known[:_MOST_FIELDS]}


def answer(final_run: Evaluation, typed: Mapping[str, str], *, seed: int = 0) -> ProgrammeAnswer:
    """The programme around ``final_run``. Refusals are kept by field, never raised."""
    usual = _Usual.of(final_run, typed)
    refused: dict[str, InputError] = {}
    unanswered = ProgrammeAnswer(
        final_run=final_run,
        final_run_months=usual.final_run_months,
        defaults=usual.texts,
        facts=usual.facts,
        refused=refused,
    )
    plan = _plan(typed, usual, refused)
    if plan is None:
        return unanswered
    unanswered = replace(unanswered, cited=programme.inputs_for(plan))
    given = _given(plan, typed, refused)
    try:
        bill = programme.final_run_usd(final_run.estimate, plan)
    except FactError:
        refused["usd_per_gpu_hour"] = InputError(
            "usd_per_gpu_hour",
            "the final run has no price; write the dollars per accelerator-hour",
        )
        return unanswered
    if refused:
        return unanswered
    inputs = programme.inputs_for(plan, given=given)
    # A stream of its own: with the final run's seed its doubts would move with the run's.
    values = inputs.draw(np.random.default_rng([seed, 1]), np.size(bill))
    estimate = programme.estimate(inputs, values, final_run_usd=bill)
    return replace(
        unanswered,
        estimate=estimate,
        spent=_by_month(estimate.cash_curve()),
        monthly=_by_month(estimate.by_month()),
        warnings=(*_assumed(typed, usual, plan), *inputs.warnings),
    )


def cells(text: str, n: int) -> list[list[str]]:
    """The rows of a table's text, as typed, with ``n`` cells each."""
    rows = [row for row in text.split(";") if row.strip("| ")][:_MOST_ROWS]
    return [[*(cell.strip() for cell in row.split("|")), *[""] * n][:n] for row in rows]


def packed(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells as one text; what parts them cannot stand in a cell."""
    clean = str.maketrans({"|": " ", ";": " "})
    plain = [[cell.translate(clean).strip() for cell in row] for row in rows]
    return ";".join("|".join(row).rstrip("|") for row in plain if any(row))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Usual:
    """What stands where nothing is typed, as text by field, and the facts behind it."""

    posture: Posture
    final_run_months: float
    region: str
    region_known: bool
    texts: Mapping[str, str]
    facts: Mapping[str, Fact]

    @classmethod
    def of(cls, final_run: Evaluation, typed: Mapping[str, str]) -> "_Usual":
        stated = typed.get("posture", "").strip().casefold()
        posture = stated if stated in POSTURES else _FIRST_POSTURE
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
                "data": packed([(_CLEANING, compact(final_run.inputs.plan.tokens))]),
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


def _plan(
    typed: Mapping[str, str], usual: _Usual, refused: dict[str, InputError]
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


def _given(
    plan: ProgrammePlan, typed: Mapping[str, str], refused: dict[str, InputError]
) -> dict[str, Range]:
    """The ranges typed over assumptions that this plan has."""
    given: dict[str, Range] = {}
    for assumption in programme.inputs_for(plan).assumptions:
        text = typed.get(assumption.name, "").strip()
        if not text:
            continue
        kind: Kind = "fraction" if assumption.name in _FRACTIONS else "positive"
        try:
            span = parse_range(text, assumption.name, kind)
            if assumption.unit == "usd_per_token":  # shown, and so typed, by the million
                span = Range(span.low / TOKENS_PER_MILLION, span.high / TOKENS_PER_MILLION)
            programme.inputs_for(plan, given={assumption.name: span})
        except InputError as error:
            refused[assumption.name] = error
        else:
            given[assumption.name] = span
    return given


def _assumed(typed: Mapping[str, str], usual: _Usual, plan: ProgrammePlan) -> list[Message]:
    """What had to be assumed for want of a word."""
    found = []
    if not typed.get("posture", "").strip():
        found.append(
            Message(
                "No posture is given; {posture} is assumed.",
                {"posture": posture_label(plan.posture)},
            )
        )
    if "team" not in typed:
        found.append(
            Message(
                "No team is given; {n} people are assumed by posture, a judgement. "
                "People are often the largest line beside compute: write the real team.",
                {"n": int(usual.facts["team"].value)},
            )
        )
        if not usual.region_known:
            found.append(
                Message(
                    "No country with pay on record is given; pay is taken from {region}.",
                    {"region": region_label(usual.region)},
                )
            )
    if not typed.get("months", "").strip():
        found.append(
            Message(
                "No length is given; {n} months are assumed, a judgement. It sets what people "
                "and storage cost.",
                {"n": plan.months},
            )
        )
    if {purchase.kind for purchase in plan.purchases} <= {_CLEANING}:
        found.append(
            Message(
                "No licences, labelling or synthetic data are in this plan; ask what the "
                "company pays for data, and add it."
            )
        )
    if not plan.storage_bytes and not plan.egress_bytes:
        found.append(
            Message(
                "No storage or transfer is given; the final run's own share of rent stands for it."
            )
        )
    return found


def _by_month(draws: Draws) -> list[Percentiles]:
    by_month = draws.T if draws.ndim > 1 else draws
    return [Percentiles.of(month) for month in np.ascontiguousarray(by_month)]
