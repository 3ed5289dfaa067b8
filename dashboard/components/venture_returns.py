"""Returns on the page of scenarios: five cases, dilution, waterfall, and what must be true."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import streamlit as st

from costmodel import facts
from costmodel.messages import InputError
from costmodel.uncertainty import Percentiles
from costmodel.venture.explore.reverse import Needed, Reverse, reverse
from costmodel.venture.inputs import cited
from costmodel.venture.returns import outcomes
from costmodel.venture.returns.exits import Returns
from dashboard.components import charts, tables, venture
from dashboard.components.page_fields import why
from dashboard.components.provenance import fact_link
from dashboard.exhibits import venture as exhibits
from dashboard.language import amount, interval, number, points, t
from dashboard.terms import assumption_label, subject_label
from dashboard.venture import typed as texts
from dashboard.venture.answering import Answer
from dashboard.venture_names import CASES

_N_POINTS: Final = 120
#: Multiples that the reverse question offers beside the deal's own target.
_TARGETS: Final = (3.0, 5.0, 10.0)


def show(answer: Answer, refused: Mapping[str, InputError]) -> None:
    """The five cases, the path of the share, the waterfall, and the reverse question."""
    st.subheader(t("Five ways that it can end"), anchor=False)
    _cases(answer, refused)
    run = answer.result.middle
    if run.returns is None:
        st.info(
            t(
                "Write our investment, the value after the round and some revenue, and the exit, "
                "the dilution and the waterfall appear."
            )
        )
        return
    st.subheader(t("Our share up to the exit"), anchor=False)
    _dilution(answer)
    st.subheader(t("What we get of an exit"), anchor=False)
    _waterfall(answer, run.returns)
    own = float(np.asarray(run.values["target_moic"]))
    target = _target(own)
    st.subheader(t("What must be true for {target}x?", target=number(target)), anchor=False)
    _reverse(answer, target)


def _cases(answer: Answer, refused: Mapping[str, InputError]) -> None:
    expected, cases = answer.result.expected, answer.result.cases
    start = {c.name: c.probability for c in outcomes.historical_cases()}
    rows = [
        (
            t(CASES[c.name]),
            amount(start[c.name], "fraction"),
            amount(c.probability, "fraction"),
            f"{number(c.moic)}x",
            f"{number(c.probability * c.moic)}x",
        )
        for c in cases
    ]
    valued = answer.result.worlds.returns is not None
    if valued:
        rows.append((t("Together"), "", "", "", f"{number(expected.moic)}x"))
    else:
        st.caption(
            t("The multiples are those of past financings of every sector, none of this deal.")
        )
    heads = (t("Outcome"), t("History"), t("Probability"), t("Multiple"), t("Adds"))
    tables.show(heads, rows)
    with st.expander(
        t("Your own probabilities"),
        expanded=any(n.startswith(texts.CASE) for n in venture.FIELDS.typed()),
    ):
        st.caption(t("As shares such as 55%. Those left empty share what is left."))
        with st.grid(5, min_column_width=100):
            for case in cases:
                venture.FIELDS.text(
                    f"{texts.CASE}{case.name}",
                    refused,
                    placeholder=amount(start[case.name], "fraction"),
                )
    why("cases", refused)
    score = answer.base.overall
    if score is not None and answer.inputs.switches.checklist:
        st.caption(
            t(
                "The checklist's expected score of {score} multiplies the odds of the two losses "
                "by {factor}: exp({slope} × ({neutral} − score)), a judgement with a switch. "
                "How well the answers are proven is in the score already.",
                score=points(score),
                factor=number(outcomes.odds_factor(score)),
                slope=number(cited("odds_per_point", "checklist").value),
                neutral=number(cited("neutral_score", "checklist").value),
            )
        )
    if valued:
        _meaning(answer)
    source = facts.lookup(outcomes.FILE, "under 1x", "share_of_financings")
    st.markdown(f"{t('History')}: {fact_link(source)}")


def _meaning(answer: Answer) -> None:
    """What the expected multiple comes to in a year, and which mean guides nothing."""
    expected = answer.result.expected
    st.caption(
        t(
            "{moic}x over {years} is {irr} a year, the return of the expected flows. The mean of "
            "the cases' own returns would be {mean}: it weighs a total loss by −100% a year and "
            "hides that few large multiples pay for the many small ones, so it guides nothing.",
            moic=number(expected.moic),
            years=amount(answer.result.years, "year"),
            irr=_rate(expected.irr),
            mean=_rate(expected.mean_irr),
        )
    )


def _rate(rate: float | None) -> str:
    return t("none") if rate is None else amount(rate, "fraction")


def _dilution(answer: Answer) -> None:
    worlds = answer.result.worlds.returns
    assert worlds is not None
    charts.show(exhibits.our_share(worlds), key="venture_dilution")
    kept = Percentiles.of(worlds.dilution.retention)
    st.caption(
        t(
            "A share of this round keeps {range} of itself: each later round sells its part and "
            "enlarges the option pool before it.",
            range=interval(kept.p05, kept.p95, "fraction"),
        )
    )


def _waterfall(answer: Answer, found: Returns) -> None:
    charts.show(exhibits.proceeds(answer), key="venture_waterfall")
    plan = float(np.asarray(found.exit_usd))
    st.caption(
        t(
            "In the middle of all inputs the plan exits at {exit}, of which {proceeds} are ours. "
            "Below the mark our preference decides, after those that are paid before us.",
            exit=amount(plan, "usd"),
            proceeds=amount(float(np.asarray(found.proceeds_usd)), "usd"),
        )
    )


def _target(own: float) -> float:
    """The multiple that is asked for: a usual one, or the target of the deal."""
    options = sorted({*_TARGETS, own})
    chosen: float = st.segmented_control(
        t("Multiple asked for"),
        options,
        default=_TARGETS[0],
        format_func=lambda value: f"{value:g}x",
        required=True,
        wrap=True,
        key="venture_target",
    )
    return chosen


def _reverse(answer: Answer, target: float) -> None:
    found = reverse(answer.inputs, target_moic=target)
    assert found is not None
    rows = [
        (
            t("Revenue of the year before the exit"),
            amount(found.revenue_usd, "usd"),
            t("none")
            if found.required_revenue_usd is None
            else amount(found.required_revenue_usd, "usd"),
        )
    ]
    for one in found.needed:
        label = t("Gross margin") if one.name == "gross_margin" else assumption_label(one.name)
        needed = t("no value is enough") if one.value is None else amount(one.value, one.unit)
        rows.append((label, amount(one.today, one.unit), needed))
    tables.show((t("One at a time"), t("In the plan"), t("Needed")), rows)
    st.caption(
        t(
            "An exit of {exit} returns the target. The margin is the one at which acquirers who "
            "pay for gross profit would pay that for the plan's revenue.",
            exit=amount(found.required_exit_usd, "usd"),
        )
    )
    st.markdown(f"**{t('What listed model makers have done')}**")
    body = [
        (subject_label(f.subject), t("Revenue over that of a year before"), f"{number(f.value)}x")
        for f in outcomes.listed("revenue_multiple_per_year")
    ]
    body += [
        (subject_label(f.subject), t("Gross margin"), amount(f.value, "fraction"))
        for f in outcomes.listed("gross_margin")
    ]
    tables.show((t("Company"), t("Figure"), t("Value")), body, left=(0, 1))
    st.caption(f"{_how_many_grew(found)} {_how_many_earned(found.needed)}")


def _how_many_grew(found: Reverse) -> str:
    multiple, grown = found.growth_multiple, outcomes.listed("revenue_multiple_per_year")
    if multiple is None:
        return t("No growth is enough.")
    return t(
        "The growth that is needed makes the second year {multiple} times the first; {n} of the "
        "{all} years on record did as much.",
        multiple=number(multiple),
        n=sum(f.value >= multiple for f in grown),
        all=len(grown),
    )


def _how_many_earned(needed: Sequence[Needed]) -> str:
    margins = outcomes.listed("gross_margin")
    wanted = next((n.value for n in needed if n.name == "gross_margin"), None)
    if wanted is None:
        return t("No margin is enough at this revenue and multiple.")
    n = sum(f.value >= wanted for f in margins)
    return t(
        "{n} of the {all} margins on record reach the {needed} that is needed.",
        n=n,
        all=len(margins),
        needed=amount(wanted, "fraction"),
    )
