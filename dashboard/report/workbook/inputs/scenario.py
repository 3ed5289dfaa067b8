"""Lines of the deal's own scenario: each input, stated, worked out, cited or neutral."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from costmodel.money.assumed import Assumption
from costmodel.uncertainty import Number
from costmodel.venture import demand
from costmodel.venture.inputs import INPUTS, InputSpec, Switches
from costmodel.venture.inputs import Group as Part
from costmodel.venture.returns.exits import Returns
from dashboard.language import N_, t
from dashboard.output import source_line
from dashboard.report.workbook.inputs.derived import way_to
from dashboard.report.workbook.inputs.line import Group, Line
from dashboard.report.workbook.inputs.stated import evidence_of, number_at
from dashboard.report.workbook.subject import Subject
from dashboard.terms import assumption_label
from dashboard.venture.answering import Answer
from dashboard.venture_names import SWITCHES

#: The field of the deal that states an input, where it is not worked out from others.
PATHS: Final[Mapping[str, str]] = {
    **{
        name: f"finance.{name}"
        for name in (
            "cash_usd",
            "raise_usd",
            "signed_funding_usd",
            "cloud_credits_usd",
            "cloud_credits_months",
            "next_raise_usd",
            "next_raise_month",
            "market_usd_per_month",
            "months_between_models",
            "data_usd_per_month",
            "other_usd_per_month",
            "cny_cost_share",
            "cny_revenue_share",
            "months_to_proof",
            "past_slip",
            "investment_usd",
            "post_money_usd",
            "preference_multiple",
            "earlier_preferences_usd",
            "earlier_share",
            "pro_rata_share",
        )
    },
    "months_to_close": "finance.months_to_close_round",
    "debt_at_exit_usd": "finance.debt_usd",
    "price_usd_per_million_tokens": "market.price_usd_per_million_tokens",
    "unit_cost_usd_per_million_tokens": "market.cost_usd_per_million_tokens",
    "free_share": "market.free_share",
    "growth_per_month": "market.growth_per_month",
    "price_fall_per_year": "market.price_fall_per_year",
    "cost_fall_per_year": "market.cost_fall_per_year",
    "market_ceiling_usd_per_year": "market.market_y5_usd",
    "seats": "market.paid_seats",
    "seat_usd_per_month": "market.seat_usd_per_month",
}
PARTICIPATING: Final = "finance.participating"
_TITLES: Final[Mapping[Part, str]] = {
    "money": N_("Cash and rounds"),
    "costs": N_("Costs"),
    "research": N_("Research and go-to-market"),
    "market": N_("Customers, prices and cost of serving"),
    "proof": N_("Time to the proof"),
    "deal": N_("Terms and later rounds"),
    "exit": N_("Exit"),
    "shock": N_("Stresses"),
}
#: Inputs that are worked out unless somebody states them.
_OPTIONAL: Final = {
    "long_run_growth_per_month": ("=MAX(1-price_fall_per_year,tiny)^(-demand_elasticity/12)-1"),
    "step_up": "=step_to_exit",
}
_OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "research": ("stated", "programme", "formula"),
    "participating": ("0", "1"),
    "seniority": ("standard", "equal"),
    "checklist": ("0", "1"),
    "case_level": ("plan", "history"),
    "margin_in_multiple": ("0", "1"),
}


def groups(subject: Subject, known: Mapping[str, float]) -> list[Group]:
    """The lines of the scenario by part; ``known`` are the figures and constants that formulas
    may use, by name.
    """
    answer = subject.answer
    assert answer is not None
    middle = answer.result.middle.values
    values = {**known, **{name: float(np.asarray(v)) for name, v in middle.items()}}
    by_name = {a.name: a for a in answer.inputs.assumptions}
    ways = _ways(subject, by_name, values, known)
    found = []
    for part, title in _TITLES.items():
        lines = [
            _line(subject, answer, name, spec, by_name.get(name), values, ways)
            for name, spec in INPUTS.items()
            if spec.group == part and (name in by_name or name in _OPTIONAL)
        ]
        found.append(Group(title=t(title), lines=tuple(lines)))
    return found


def switches(subject: Subject) -> Group:
    """What is no number, with the formula of the one that follows from the inputs."""
    answer = subject.answer
    assert answer is not None
    held: Switches = answer.inputs.switches
    lines = [_switch(subject, name, getattr(held, name)) for name in _OPTIONS]
    return Group(
        title=t("Switches"),
        note=t("Words and yes or no (1, 0) that the formulas of the scenario read."),
        lines=tuple(lines),
    )


def name_of_switch(name: str) -> str:
    """The name of the cell of a switch."""
    return "research_basis" if name == "research" else name


def _switch(subject: Subject, name: str, value: str | bool) -> Line:
    stated = subject.case.deal.finance.participating if name == "participating" else None
    held = int(value) if isinstance(value, bool) else value
    otherwise: str | int = held
    if name == "case_level" and subject.returns is not None:
        otherwise = (
            "=IF(AND(ISNUMBER({growth_per_month}),OR(exit_margin>=0,margin_in_multiple=1)),"
            '"plan","history")'
        )
    status, source = evidence_of(subject.case.deal, PARTICIPATING) if stated else ("", "")
    return Line(
        name=name_of_switch(name),
        label=t(SWITCHES[name]),
        unit="flag" if isinstance(value, bool) else "text",
        value=held,
        stated=int(stated.value) if stated is not None else None,
        otherwise=otherwise,
        path=PARTICIPATING if name == "participating" else "",
        evidence=name == "participating",
        status=status,
        source=source,
        options=_OPTIONS[name],
    )


def _line(
    subject: Subject,
    answer: Answer,
    name: str,
    spec: InputSpec,
    assumption: Assumption | None,
    values: Mapping[str, float],
    ways: Mapping[str, str],
) -> Line:
    if assumption is None:
        return _optional(name, spec, subject)
    deal, base = subject.case.deal, answer.base
    value = values[name]
    path = PATHS.get(name, "")
    stated = number_at(deal, path) if path else None
    holds = ""
    if name == "raise_usd":
        holds = "=MAX({stated},{investment_usd})"
    elif stated is not None and stated != value:
        path, stated = "", None  # the scenario does not take the figure as it stands
    way = ways.get(name)
    otherwise: str | float | None = None
    if stated is None and not holds:
        otherwise = way or value
    status, source = evidence_of(deal, path) if path else ("", "")
    return Line(
        name=name,
        label=assumption_label(name),
        unit=spec.unit,
        value=value,
        stated=stated,
        otherwise=otherwise,
        holds=holds,
        path=path,
        evidence=bool(path),
        status=status,
        source=source,
        other_source="" if stated is not None else _source(answer, assumption, way),
        low=assumption.range.low,
        high=assumption.range.high,
        least=spec.least,
        most=spec.most,
        computed=name in base.computed and way is None,
    )


def _ways(
    subject: Subject,
    by_name: Mapping[str, Assumption],
    values: Mapping[str, float],
    known: Mapping[str, float],
) -> dict[str, str]:
    """The formulas of inputs that nobody states as they are, none of which leads back to
    itself.
    """
    deal = subject.case.deal
    direct = {n for n, path in PATHS.items() if number_at(deal, path) == values.get(n)}
    stated = set(known) | direct
    taken: dict[str, str] = {"raise_usd": "=investment_usd"} if "investment_usd" in direct else {}
    for name in by_name:
        if name in direct or name == "raise_usd":
            continue
        way = _of_the_model(name, values) or way_to(name, values, stated=stated, taken=taken)
        if way is not None:
            taken[name] = way
    return {name: way for name, way in taken.items() if name != "raise_usd"}


def _of_the_model(name: str, values: Mapping[str, float]) -> str | None:
    """The formula of an input that the cost model gave, which the price of the run moves."""
    if name == "final_run_usd" and "run_usd_as_computed" in values and values[name] > 0:
        return "=final_run_usd_as_computed*run_usd/run_usd_as_computed"
    served = "served_usd_as_computed"
    if name == "unit_cost_usd_per_million_tokens" and values.get(served) == values[name]:
        return f"={served}*usd_per_gpu_hour/usd_per_gpu_hour_as_computed"
    return None


def _optional(name: str, spec: InputSpec, subject: Subject) -> Line:
    return Line(
        name=name,
        label=assumption_label(name),
        unit=spec.unit,
        value=_optional_value(name, subject),
        otherwise=_OPTIONAL[name] if name != "step_up" or subject.returns is not None else 1.0,
        other_source=t("follows from the other inputs unless somebody states it"),
        least=spec.least,
        most=spec.most,
    )


def _optional_value(name: str, subject: Subject) -> float:
    run = subject.run
    assert run is not None
    if name == "long_run_growth_per_month":
        return float(np.asarray(demand.long_run_growth(run.values)))
    return 1.0 if run.returns is None else step_to_exit(run.values, run.returns)


def step_to_exit(values: Mapping[str, Number], found: Returns) -> float:
    """Value before a later round over the value after the last one, as the returns have it."""
    post = float(np.asarray(values["post_money_usd"]))
    if not found.dilution.rounds:
        return max(float(np.asarray(found.exit_usd)) / post, 1e-6)
    first = found.dilution.rounds[0]
    return float(np.asarray(first.post_money_usd * (1 - first.sold))) / post


def _source(answer: Answer, assumption: Assumption, way: str | None) -> str:
    base, name = answer.base, assumption.name
    if name in base.computed:
        return t("computed by the cost model")
    if way is not None:
        return t("worked out from what the company states")
    if name in base.stated:
        return t("worked out from the deal when this was written")
    if assumption.origin is not None:
        return source_line(assumption)
    return t("not stated; counted as none or unchanged")
