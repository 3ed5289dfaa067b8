"""The figures of a scenario that are shown: one list for the page, the table and the JSON."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from costmodel.uncertainty import Number, Percentiles
from costmodel.venture import economics
from costmodel.venture.inputs import VentureInputs
from costmodel.venture.returns import exits
from costmodel.venture.scenario import ScenarioResult
from dashboard.language import N_

_SHARES: Final = (0.05, 0.5, 0.95)

#: What each figure is called, and what it means; the formulas are on the docs' page.
LABELS: Final = {
    "runway_months": N_("Runway"),
    "proof_months": N_("Months to the next proof"),
    "spare_months": N_("Months left after proof and round"),
    "p_cash_lasts_to_proof": N_("Cash lasts to the proof"),
    "p_cash_lasts_to_round": N_("Cash lasts until a round has closed"),
    "break_even_month": N_("Break-even"),
    "break_even_tokens": N_("Break-even volume, tokens a month"),
    "months_to_negative_margin": N_("Months until the margin is negative"),
    "year_3_margin": N_("Gross margin of the third year"),
    "burn_multiple": N_("Burn multiple"),
    "compute_share_of_raise": N_("Share of the round that goes to compute"),
    "inference_efficiency": N_("Revenue over cost of serving"),
    "moic": N_("Multiple if the plan comes about"),
    "moic_expected": N_("Expected multiple"),
    "irr_expected": N_("Return of the expected flows, a year"),
    "exit_usd": N_("Exit value if the plan comes about"),
    "owned_at_exit": N_("Our share at the exit"),
    "required_exit_usd": N_("Exit that returns the target"),
    "most_post_money_usd": N_("Most to pay, value after the round"),
}
EXPLAINED: Final = {
    "runway_months": N_(
        "The first month at whose start the cash is below zero, without any round but this one "
        "and those of the plan. Worlds in which it lasts longer count as the last month looked at."
    ),
    "p_cash_lasts_to_proof": N_(
        "Share of the worlds drawn in which the cash is never below zero up to the proof, its "
        "slip included."
    ),
    "moic_expected": N_(
        "Probability of each of the five cases times its multiple. The odds start from past "
        "financings and move with the risk checklist; the multiples are those of history, or "
        "start from the plan's own exit."
    ),
    "irr_expected": N_(
        "The rate at which the expected flows are worth nothing today. It is not the mean of the "
        "cases' rates: that weighs a total loss by -100% a year and says nothing about money."
    ),
    "moic": N_(
        "Proceeds over all that was paid, after dilution and preferences, in the worlds where the "
        "plan comes about. No failure is in it."
    ),
    "spare_months": N_("Runway less the months to the proof and to close a round."),
    "burn_multiple": N_(
        "Net burn of twelve months over the repeating yearly revenue that they add."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure: percentiles (an end is infinite where it never comes), and its unit.

    ``of_history`` marks one that rests on the multiples of past financings, not on the deal's.
    """

    name: str
    unit: str
    p05: float
    p50: float
    p95: float
    of_history: bool = False

    @property
    def is_certain(self) -> bool:
        """Whether it has no range."""
        return self.p05 == self.p95

    def as_percentiles(self) -> Percentiles:
        """The same for a chart; of finite figures."""
        return Percentiles(self.p05, self.p50, self.p95)

    def as_json(self) -> dict[str, float | None]:
        """The ``P`` object; ``None`` where an end is infinite."""
        ends = {"p05": self.p05, "p50": self.p50, "p95": self.p95}
        return {name: value if math.isfinite(value) else None for name, value in ends.items()}


def figure(name: str, value: Number, unit: str) -> Figure:
    """Percentiles of draws that may be infinite in some worlds."""
    values = np.asarray(value, dtype=np.float64)
    if values.ndim == 0:
        one = float(values)
        return Figure(name=name, unit=unit, p05=one, p50=one, p95=one)
    if np.isfinite(values).all():
        ends = [float(end) for end in np.quantile(values, _SHARES)]
    else:
        ends = [float(end) for end in np.quantile(values, _SHARES, method="lower")]
    return Figure(name=name, unit=unit, p05=ends[0], p50=ends[1], p95=ends[2])


def figures(inputs: VentureInputs, result: ScenarioResult) -> Mapping[str, Figure]:
    """Every figure that the scenario has, by name; those it lacks inputs for are left out."""
    run, values = result.worlds, result.worlds.values
    found = [
        figure("runway_months", run.runway_months, "month"),
        figure("proof_months", run.proof_months, "month"),
        figure("spare_months", run.spare_months, "month"),
        figure("p_cash_lasts_to_proof", result.p_lasts_to_proof, "fraction"),
        figure("p_cash_lasts_to_round", result.p_lasts_to_round, "fraction"),
        figure("break_even_month", run.break_even_month, "month"),
        figure("burn_multiple", economics.burn_multiple(run.flow), "ratio"),
    ]
    spans = inputs.spans()
    sells = spans["paid_tokens_per_month"].high * spans["price_usd_per_million_tokens"].high > 0
    if sells:
        found += [
            figure(
                "break_even_tokens",
                economics.break_even_tokens(values, run.flow, month=0),
                "token",
            ),
            figure(
                "months_to_negative_margin", economics.months_to_negative_margin(values), "month"
            ),
        ]
    if np.isfinite(np.asarray(run.year_3_margin)).all():
        found.append(figure("year_3_margin", run.year_3_margin, "fraction"))
    share = economics.compute_share_of_raise(values, run.flow)
    if share is not None:
        found.append(figure("compute_share_of_raise", share, "fraction"))
    efficiency = economics.inference_efficiency(run.flow)
    if efficiency is not None:
        found.append(figure("inference_efficiency", efficiency, "ratio"))
    found += _of_returns(result)
    return {one.name: one for one in found}


def _of_returns(result: ScenarioResult) -> list[Figure]:
    """Those of an investment whose exit is valued. Without one the five cases are those of past
    financings, and no figure of this deal.
    """
    run = result.worlds
    if run.returns is None or result.middle.returns is None:
        return []
    middle, path = result.middle.returns, run.returns.dilution
    target, investment = run.values["target_moic"], run.values["investment_usd"]
    of_history = run.inputs.switches.case_level == "history"
    expected = [
        replace(figure(name, value, unit), of_history=of_history)
        for name, value, unit in (
            ("moic_expected", result.expected.moic, "ratio"),
            ("irr_expected", result.expected.irr, "fraction"),
        )
        if value is not None
    ]
    return [
        *expected,
        figure("moic", run.returns.moic, "ratio"),
        figure("exit_usd", run.returns.exit_usd, "usd"),
        figure("owned_at_exit", path.owned_at_exit, "fraction"),
        figure(
            "required_exit_usd",
            exits.required_exit_usd(
                target_moic=target, investment_usd=investment, owned=path.owned_at_exit
            ),
            "usd",
        ),
        figure(
            "most_post_money_usd",
            exits.most_post_money_usd(
                exit_usd=middle.exit_usd,
                retention=middle.dilution.retention,
                target_moic=result.middle.values["target_moic"],
            ),
            "usd",
        ),
    ]
