"""The charts of a scenario: cash, our share, what we get of an exit, and what moves it."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import plotly.graph_objects as go

from costmodel.uncertainty import Percentiles
from costmodel.venture.explore.drivers import Outcome, Tornado
from costmodel.venture.returns import exits
from costmodel.venture.returns.exits import OWN, Returns
from costmodel.venture.returns.waterfall import kink_usd
from costmodel.venture.scenario import MONTHS
from dashboard.charts import bars, fan, lines, tornado
from dashboard.charts.bars import Bar
from dashboard.charts.fan import Fan
from dashboard.charts.lines import Axis, Line, Mark
from dashboard.charts.palette import COMPUTED, MUTED
from dashboard.charts.tornado import TornadoBar
from dashboard.language import amount, t
from dashboard.terms import assumption_label
from dashboard.venture.answering import Answer

UNITS: Final[Mapping[Outcome, str]] = {
    "moic": "ratio",
    "runway_months": "month",
    "year_3_margin": "fraction",
}
_MOST_BARS: Final = 8
#: A bar narrower than this share of the widest says nothing.
_LEAST_SHARE: Final = 0.01
_N_POINTS: Final = 120


def cash(answer: Answer) -> go.Figure:
    """Cash by month in all worlds, with the span in which the proof is due."""
    run = answer.result.worlds
    draws = np.atleast_2d(run.flow.cash_usd)[:, : MONTHS + 1]
    proof = Percentiles.of(run.proof_months)
    return fan.figure([Fan(label=t("Cash"), draws=draws)], "usd", proof=proof)


def our_share(found: Returns) -> go.Figure:
    """Our share after this round and after each later one."""
    path = found.dilution
    steps = [(t("after this round"), path.bought)]
    steps += [
        (t("after later round {n}", n=i), one.owned) for i, one in enumerate(path.rounds, start=1)
    ]
    spreads = [(label, Percentiles.of(value)) for label, value in steps]
    return bars.figure([Bar(label=n, value=p.p50, spread=p) for n, p in spreads], "fraction")


def proceeds(answer: Answer) -> go.Figure:
    """What we get of an exit over its value, in the middle of all inputs.

    The scenario has an exit: ``answer.result.middle.returns`` is there.
    """
    run, switches = answer.result.middle, answer.inputs.switches
    found, values = run.returns, run.values
    assert found is not None
    classes = exits.classes_of(values, found.dilution, switches)
    kink = kink_usd(classes, OWN)
    invested = float(np.asarray(found.paid_usd))
    owned = float(np.asarray(found.dilution.owned_at_exit))
    target = float(np.asarray(values["target_moic"])) * invested / owned
    post = float(np.asarray(values["post_money_usd"]))
    most = 2 * max(target, kink or 0.0, post)
    grid = np.geomspace(max(post / 30, 1.0), most, _N_POINTS)
    paid = exits.proceeds_usd(values, found.dilution, switches, exit_usd=grid)
    moic = np.asarray(paid) / invested
    marks = [Mark(x=target, label=t("target"))]
    if kink:
        marks.append(Mark(x=kink, label=t("preference stops binding")))
    return lines.figure(
        [
            Line(label=t("our proceeds"), x=grid, y=moic, colour=COMPUTED),
            Line(label=t("our share alone"), x=grid, y=owned * grid / invested, colour=MUTED),
        ],
        x=Axis(title=t("exit value, log scale"), unit="usd"),
        y=Axis(title=t("times the money paid"), unit="ratio", most=float(moic.max()) * 0.6),
        marks=marks,
    )


def driven_by(found: Tornado) -> go.Figure | None:
    """One input at a time, the widest on top; ``None`` where no uncertain input moves it."""
    drawn = [
        TornadoBar(
            label=assumption_label(bar.name),
            low=amount(bar.low, bar.unit),
            high=amount(bar.high, bar.unit),
            at_low=bar.at_low,
            at_high=bar.at_high,
        )
        for bar in found.bars[:_MOST_BARS]
        if bar.span > _LEAST_SHARE * found.bars[0].span
    ]
    return tornado.figure(drawn, found.middle, UNITS[found.outcome]) if drawn else None
