"""What ``assay scenario`` prints: the JSON that other programs read, and a plain table."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from costmodel.messages import Amount as Part
from costmodel.messages import Message
from costmodel.uncertainty import Percentiles
from costmodel.venture.explore.drivers import Tornado, tornados
from costmodel.venture.inputs import cited
from costmodel.venture.scenario import MONTHS
from dashboard.language import amount, interval, number, percent, say, t
from dashboard.output import aligned_table, source_line
from dashboard.terms import assumption_label
from dashboard.venture.answering import Answer, Named, column_names
from dashboard.venture.figures import LABELS, Figure, figures
from dashboard.venture_names import CARDS, CASES

#: Bars of a tornado that a terminal shows.
_MOST_BARS: Final = 6
_OUTCOME_LABELS: Final = {
    "moic": LABELS["moic"],
    "runway_months": LABELS["runway_months"],
    "year_3_margin": LABELS["year_3_margin"],
}
_UNITS: Final = {"moic": "ratio", "runway_months": "month", "year_3_margin": "fraction"}


def scenario_json(found: Sequence[Named]) -> dict[str, Any]:
    """The object of ``--json``: the first scenario, and all of them where there are several."""
    first = found[0].answer
    whole = _scenario_json(first)
    whole |= {
        "months": _months_json(first),
        "tornado": [row for bars in tornados(first.inputs).values() for row in _bars_json(bars)],
        "assumptions": [
            {
                "name": a.name,
                "low": a.range.low,
                "high": a.range.high,
                "unit": a.unit,
                "source": source_of(first, a.name) or source_line(a),
            }
            for a in first.inputs.assumptions
        ],
        "warnings": [say(message) for message in warnings(first)],
    }
    if len(found) > 1:
        whole["scenarios"] = [
            {**_scenario_json(one.answer), "differences": _differences_json(one)} for one in found
        ]
    return whole


def warnings(answer: Answer) -> tuple[Message, ...]:
    """What had to be assumed, and what the reader must not overlook."""
    found = list(answer.base.assumed)
    share = float(np.mean(answer.result.worlds.outlasts))
    if share > 0:
        found.append(
            Message(
                "In {share} of the worlds the cash outlasts the {n} months that were looked at; "
                "they count as that many.",
                {"share": Part(round(share, 3), "fraction"), "n": answer.result.worlds.horizon},
            )
        )
    found += _of_stresses(answer)
    if answer.inputs.spans()["market_ceiling_usd_per_year"].high == 0:
        found.append(
            Message(
                "No size of the market is stated, so that nothing bounds the growth up to the "
                "exit. Ask for market.market_y5_usd."
            )
        )
    run = answer.result.worlds.returns
    if run is None:
        found.append(
            Message(
                "No exit is valued, so that no return is computed: it takes an investment, the "
                "value after the round and some revenue. The five cases are those of past "
                "financings and say nothing of this deal."
            )
        )
    if run is not None and not answer.inputs.switches.margin_in_multiple:
        lost = float(np.mean(np.asarray(run.margin) < 0))
        if lost > 0.05:
            found.append(
                Message(
                    "In {share} of the worlds the revenue does not carry its own cost by the exit, "
                    "and a multiple of it then says too much; the switch margin_in_multiple scales "
                    "it by the margin.",
                    {"share": Part(round(lost, 3), "fraction")},
                )
            )
    return tuple(found)


def _of_stresses(answer: Answer) -> list[Message]:
    """What a stress leaves out of the dollars."""
    cards = answer.entry.stress if answer.entry else []
    found = []
    if "failed_run" in cards and answer.inputs.spans()["final_run_usd"].high == 0:
        found.append(
            Message(
                "The final run has no price, so that a failed one costs its months and no dollars "
                "here. Ask for plan.cluster.usd_per_gpu_hour."
            )
        )
    if "eu_threshold" in cards:
        share = cited("fine_share_of_turnover", "eu_threshold")
        found.append(
            Message(
                "Beside its duties the EU threshold brings fines of up to {share} of a year's "
                "turnover, or a fixed sum where that is more: an exposure, and not in the cash.",
                {"share": Part(share.value, share.unit)},
            )
        )
    return found


def _scenario_json(answer: Answer) -> dict[str, Any]:
    result = answer.result
    by_name = figures(answer.inputs, result)
    found: dict[str, Any] = {
        "deal": answer.base.deal.name,
        "scenario": answer.name or None,
        "stress": list(answer.entry.stress) if answer.entry else [],
    }
    for name in LABELS:
        one = by_name.get(name)
        if name in ("p_cash_lasts_to_proof", "p_cash_lasts_to_round"):
            assert one is not None
            found[name] = one.p50
        elif name in ("moic_expected", "irr_expected", "most_post_money_usd"):
            found[name] = None if one is None else one.p50
        elif name == "break_even_month":
            found[name] = result.typical_break_even_month
        else:
            found[name] = None if one is None else one.as_json()
    found["p_break_even"] = result.p_break_even
    found["share_outlasting_horizon"] = float(np.mean(result.worlds.outlasts))
    found["horizon_months"] = result.worlds.horizon
    found["irr_mean_of_cases"] = result.expected.mean_irr
    found["overall_score"] = answer.base.overall
    found["cases_start_from"] = answer.inputs.switches.case_level
    found["cases"] = [
        {"name": c.name, "probability": c.probability, "moic": c.moic} for c in result.cases
    ]
    return found


def _months_json(answer: Answer) -> list[dict[str, Any]]:
    """Month ``t`` from one on: the cash at its end and what was burnt in it."""
    flow = answer.result.worlds.flow
    months = min(MONTHS, answer.result.worlds.horizon)
    burn = flow.burn_usd
    return [
        {
            "month": month,
            "cash_usd": Percentiles.of(flow.cash_usd[..., month]).as_json(),
            "burn_usd": Percentiles.of(burn[..., month - 1]).as_json(),
            "revenue_usd": Percentiles.of(flow.revenue_usd[..., month - 1]).as_json(),
        }
        for month in range(1, months + 1)
    ]


def _bars_json(tornado: Tornado) -> list[dict[str, Any]]:
    return [
        {
            "outcome": tornado.outcome,
            "input": bar.name,
            "unit": bar.unit,
            "low": bar.low,
            "high": bar.high,
            "at_low": bar.at_low,
            "at_high": bar.at_high,
        }
        for bar in tornado.bars
    ]


def _differences_json(one: Named) -> list[dict[str, Any]]:
    return [
        {
            "outcome": explained.outcome,
            "before": explained.before,
            "after": explained.after,
            "parts": [{"input": part.name, "part": part.part} for part in explained.parts],
        }
        for explained in one.explained.values()
    ]


def source_of(answer: Answer, name: str) -> str:
    """Where a value comes from, where it is no row of the data and not stated in the deal."""
    base = answer.base
    if name in base.typed:
        return t("stated in the scenario")
    if name in base.computed:
        return t("computed by the cost model")
    if name in base.stated:
        return ""
    origins = {a.name: a.origin for a in answer.inputs.assumptions}
    return "" if origins.get(name) is not None else t("not stated; counted as none or unchanged")


def scenario_text(found: Sequence[Named]) -> str:
    """The answer as a table for a terminal: a column for each scenario, then what drives it."""
    by_answer = [figures(one.answer.inputs, one.answer.result) for one in found]
    names = [name for name in LABELS if any(name in f for f in by_answer)]
    columns = column_names(found)
    rows = [["", *columns]]
    rows += [[t(LABELS[name]), *(shown(f.get(name)) for f in by_answer)] for name in names]
    lines = aligned_table(rows)
    stress = found[0].answer.entry.stress if found[0].answer.entry else []
    if stress:
        cards = ", ".join(t(CARDS[card]) for card in dict.fromkeys(stress))
        lines.insert(0, f"{t('Stress')}: {cards}")
    lines += ["", *_cases_text(found[0].answer)]
    for tornado in tornados(found[0].answer.inputs).values():
        if tornado.bars:
            lines += ["", *_tornado_text(tornado)]
    for one, name in zip(found[1:], columns[1:], strict=True):
        lines += ["", *_differences_text(one, name)]
    return "\n".join(line.rstrip() for line in lines)


def shown(one: Figure | None) -> str:
    """A figure for a person; what never comes says so."""
    if one is None:
        return t("unknown")
    if math.isinf(one.p50):
        return t("none") if one.name != "months_to_negative_margin" else t("never")
    median = amount(one.p50, one.unit)
    if one.of_history:
        return t("{value}, as past financings", value=median)
    if one.is_certain or amount(one.p05, one.unit) == amount(one.p95, one.unit):
        return median
    if math.isinf(one.p95):
        if one.unit == "month":
            return t("{median}, or never", median=median)
        return t("{median} or more", median=median)
    return f"{median} ({interval(one.p05, one.p95, one.unit)})"


def headline_words(name: str, by_name: Mapping[str, Figure], answer: Answer) -> tuple[str, str]:
    """One of the four figures that come first, and what bounds or explains it."""
    one = by_name.get(name)
    if name == "runway_months" and one is not None:
        value, below = amount(one.p50, one.unit), interval(one.p05, one.p95, one.unit)
        if np.mean(answer.result.worlds.outlasts) > 0.5:
            value = t("{months} or more", months=value)
        return value, below
    if name == "p_cash_lasts_to_proof" and one is not None:
        proof = by_name["proof_months"]
        due = t("proof in {months}", months=interval(proof.p05, proof.p95, "month"))
        return percent(one.p50), due
    if "moic" not in by_name:
        return t("none"), t("no exit is valued")
    if name == "moic_expected" and one is not None:
        own = by_name["moic"]
        below = t("the plan itself: {range}x", range=interval(own.p05, own.p95, "ratio"))
        if one.of_history:
            below = t("as past financings; {plan}", plan=below)
        return f"{amount(one.p50, one.unit)}x", below
    value = t("none") if one is None else amount(one.p50, one.unit)
    rate = answer.result.expected.mean_irr
    mean = t("none") if rate is None else amount(rate, "fraction")
    return value, t("mean of the cases' rates, no guide: {rate}", rate=mean)


def _cases_text(answer: Answer) -> list[str]:
    cases = answer.result.cases
    rows = [[t("Outcome"), t("Probability"), t("Multiple")]]
    rows += [
        [t(CASES[c.name]), amount(c.probability, "fraction"), f"{number(c.moic)}x"] for c in cases
    ]
    return aligned_table(rows)


def _tornado_text(tornado: Tornado) -> list[str]:
    unit = _UNITS[tornado.outcome]
    title = t(
        "What moves {outcome}, one input at a time from its 10th to its 90th percentile",
        outcome=t(_OUTCOME_LABELS[tornado.outcome]),
    )
    rows = [
        [
            assumption_label(bar.name),
            interval(bar.low, bar.high, bar.unit),
            f"{amount(bar.at_low, unit)} → {amount(bar.at_high, unit)}",
        ]
        for bar in tornado.bars[:_MOST_BARS]
    ]
    return [title, *aligned_table(rows)]


def _differences_text(one: Named, name: str) -> list[str]:
    lines = []
    for explained in one.explained.values():
        unit = _UNITS[explained.outcome]
        lines.append(
            t(
                "{outcome}, {scenario}: {after} in place of {before}",
                outcome=t(_OUTCOME_LABELS[explained.outcome]),
                scenario=name,
                after=amount(explained.after, unit),
                before=amount(explained.before, unit),
            )
        )
        rows = [
            [f"  {part_label(part.name)}", amount(part.part, unit)]
            for part in explained.parts
            if abs(part.part) > 1e-9
        ]
        lines += aligned_table(rows) if rows else []
    return lines


def part_label(name: str) -> str:
    """What a difference is called; switches and the programme's bill have a name together."""
    return t("Switches and the programme") if name == "switches" else assumption_label(name)
