"""A figure of every chart that the pages show, in the current language, with likely numbers."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import plotly.graph_objects as go

from costmodel.uncertainty import Percentiles
from dashboard.charts import (
    bars,
    break_even,
    bridge,
    calibration,
    classes,
    course,
    fan,
    frontier,
    histogram,
    lines,
    price_quality,
    ranges,
    ratio,
    split,
    stack,
    stacked,
    strips,
    timeline,
    tornado,
    trend,
    waterfall,
)
from dashboard.charts.palette import (
    LAW_COLOURS,
    LINE_COLOURS,
    MEMORY_COLOURS,
    OWNED,
    RENTED,
)
from dashboard.language import t
from tests.dashboard.report.drawing import risk_figures

_USD: Final = Percentiles(2.1e6, 4.2e6, 9.7e6)


def _bars() -> go.Figure:
    names = ("Final run", "Lost to failures", "Experiments and ablations", "People")
    return bars.figure(
        [
            bars.Bar(label=t(name), value=v, spread=Percentiles(v / 2, v, v * 2), colour=c)
            for name, v, c in zip(
                names, (4e6, 6e5, 2.5e6, 1e6), [*LINE_COLOURS.values(), OWNED], strict=True
            )
        ],
        "usd",
    )


def _bare_bars() -> go.Figure:
    return bars.figure(
        [
            bars.Bar(label="Price per GPU-hour", value=0.61),
            bars.Bar(label="MFU", value=0.27),
            bars.Bar(label="Goodput", value=0.02),
        ],
        "fraction",
    )


def _break_even() -> go.Figure:
    prices = np.geomspace(0.2, 20, 60)
    tokens = np.geomspace(1e10, 1e14, 60)
    line = np.where(prices > 0.6, 3e12 / np.maximum(prices - 0.5, 0.05), np.inf)
    return break_even.figure(
        tokens,
        prices,
        line,
        (
            break_even.Place(label=t("now"), tokens=4e11, price=2.0),
            break_even.Place(label=t("in a year"), tokens=5e12, price=1.2),
        ),
    )


def _ratios() -> go.Figure:
    rng = np.random.default_rng(1)
    return calibration.ratios(
        [
            calibration.Dot(
                label=f"m{i}", params=p, ratio=r, low=r * 0.7, high=r * 1.4, covered=i % 4 > 0
            )
            for i, (p, r) in enumerate(
                zip(np.geomspace(1e8, 6e11, 18), rng.lognormal(0, 0.25, 18), strict=True)
            )
        ]
    )


def _coverage() -> go.Figure:
    return calibration.coverage([(level, level**1.2, level**0.9) for level in (0.5, 0.8, 0.9)])


def _confusion() -> go.Figure:
    return classes.confusion(
        [[50, 3, 1], [4, 60, 7], [0, 9, 41]],
        ["neutral", "contradiction", "entailment"],
        true="True class",
        called="Called",
    )


def _roc() -> go.Figure:
    x = np.linspace(0, 1, 30)
    return classes.roc(
        [
            {"false_positive_rate": list(x), "true_positive_rate": list(x**p)}
            for p in (0.2, 0.3, 0.5)
        ],
        ["neutral", "contradiction", "entailment"],
        false_rate="False positive rate",
        true_rate="True positive rate",
    )


def _course() -> go.Figure:
    times = list(range(37))
    return course.figure(
        [
            course.Course(
                label=name,
                times=times,
                spreads=[Percentiles(0.8 * k * m, k * m, 1.3 * k * m) for m in times],
                colour=colour,
            )
            for name, k, colour in ((t("own"), 3e5, OWNED), (t("rent"), 4.4e5, RENTED))
        ],
        "usd",
        time_label=t("months"),
        mark=(22, t("break-even")),
    )


def _fan() -> go.Figure:
    draws = 40e6 - np.cumsum(np.random.default_rng(0).uniform(0.4e6, 2.6e6, (400, 37)), axis=1)
    return fan.figure([fan.Fan(label=t("Cash"), draws=draws)], "usd", proof=Percentiles(9, 14, 20))


def _fans() -> go.Figure:
    draws = 40e6 - np.cumsum(np.random.default_rng(0).uniform(0.4e6, 2.6e6, (400, 37)), axis=1)
    return fan.figure(
        [
            fan.Fan(label="As planned, with the second round a year late", draws=draws),
            fan.Fan(label="Half the team", draws=draws * 0.7 + 15e6, colour=RENTED),
        ],
        "usd",
    )


def _frontier() -> go.Figure:
    return frontier.figure(
        [
            frontier.Point(
                usd=usd,
                loss=Percentiles(2.9 - i * 0.12, 3.0 - i * 0.12, 3.14 - i * 0.12),
                params=1e9 * 2**i,
                chosen=i == 2,
            )
            for i, usd in enumerate((1e5, 3e5, 1e6, 3e6, 1e7))
        ]
    )


def _lines() -> go.Figure:
    x = np.geomspace(1e9, 1e12, 40)
    names = ("Kaplan 2020", "Hoffmann 2022 (Chinchilla)", "Besiroglu 2024")
    return lines.figure(
        [
            lines.Line(
                label=name,
                x=x,
                y=2 + k * (x / 1e9) ** -0.2,
                colour=colour,
                low=1.9 + k * (x / 1e9) ** -0.2 if k == 1 else None,
                high=2.1 + k * (x / 1e9) ** -0.2 if k == 1 else None,
            )
            for name, k, colour in zip(names, (1, 0.8, 0.6), LAW_COLOURS, strict=False)
        ],
        x=lines.Axis(title=t("parameters"), unit="parameter"),
        y=lines.Axis(title=t("nats per token"), unit="nat_per_token"),
        marks=[lines.Mark(x=7e10, label=t("the plan"))],
    )


def _ranges() -> go.Figure:
    return ranges.figure(
        [
            ranges.RangeRow(label="Cost", spread=_USD, unit="usd", stated=5.576e6),
            ranges.RangeRow(
                label="GPU-hours", spread=Percentiles(2e6, 4e6, 9e6), unit="gpu_hour", stated=2.8e6
            ),
            ranges.RangeRow(label="Time", spread=Percentiles(40, 60, 95), unit="day"),
        ]
    )


def _ratio() -> go.Figure:
    return ratio.figure(
        [
            ratio.RatioRow(label=label, stated=4e6 * k, computed=_USD, unit="usd", verdict=verdict)
            for label, k, verdict in (
                ("Training cost", 0.5, "stretched"),
                ("GPU-hours of the final run", 0.9, "consistent"),
                ("Sustained throughput of the cluster", 4, "impossible"),
                ("Days", 1.1, "consistent"),
            )
        ]
    )


def _split() -> go.Figure:
    shares = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
    return split.figure(
        shares,
        [
            split.SplitLine(label="Cash lasts", values=[30 - 12 * s for s in shares], colour=OWNED),
            split.SplitLine(
                label="The proof is there", values=[8 + 2 / s for s in shares], colour=RENTED
            ),
        ],
        planned=0.62,
    )


def _stacked() -> go.Figure:
    values = zip(MEMORY_COLOURS.items(), (31e9, 22e9, 8e9, 19e9), strict=True)
    return stacked.figure(
        [stacked.Part(label=t(name), value=v, colour=colour) for (name, colour), v in values],
        "bytes",
    )


def _strips() -> go.Figure:
    rng = np.random.default_rng(5)
    return strips.figure(
        [
            strips.Dot(
                group=group,
                ratio=float(rng.lognormal(0, 0.4)),
                inside=bool(i % 3),
                blind=i % 5 == 0,
                hover="",
            )
            for group in ("H100 SXM, vLLM", "A100, TensorRT-LLM", "MI300X, vLLM", "L40S")
            for i in range(8)
        ],
        title="computed ÷ measured speed, log scale",
    )


def _tornado() -> go.Figure:
    names = ("Price per million tokens", "Growth of paid tokens a month", "Salaries", "MFU")
    return tornado.figure(
        [
            tornado.TornadoBar(label=name, low="1", high="2", at_low=18 - d, at_high=18 + 1.6 * d)
            for name, d in zip(names, (7, 4, -3, 1), strict=True)
        ],
        18.0,
        "month",
    )


def _waterfall() -> go.Figure:
    names = ("Final run", "Experiments", "People", "Data")
    return waterfall.figure(
        [
            bars.Bar(label=name, value=v, spread=Percentiles(v * 0.7, v, v * 1.5))
            for name, v in zip(names, (3e6, 1e6, 2e6, 4e5), strict=True)
        ],
        bars.Bar(label="Total", value=6.6e6, spread=Percentiles(5e6, 6.6e6, 9e6)),
        "usd",
    )


def _stack() -> go.Figure:
    given = (("Base model", "own", "own"), ("Search", "MIT", "third_party"), ("Speech", "", "own"))
    return stack.figure(
        [stack.Layer(label=name, below=licence, kind=kind) for name, licence, kind in given],
        {"own": t("own"), "third_party": t("third party")},
    )


def _trend() -> go.Figure:
    months = np.arange(24.0)
    return trend.figure(
        [
            trend.Trend(label="lead", values=4 - 0.4 * months, colour=OWNED),
            trend.Trend(
                label="other",
                values=0.2 * months,
                colour=RENTED,
                low=0.1 * months,
                high=0.3 * months,
            ),
        ],
        "ratio",
    )


def _price_quality() -> go.Figure:
    return price_quality.figure(
        [
            price_quality.Offer(label="The company", price=1.6, score=0.74, ours=True),
            price_quality.Offer(label="A rival with a long name", price=4.5, score=0.7),
            price_quality.Offer(label="Bundled", price=0.0, score=0.61),
        ]
    )


def _bridge() -> go.Figure:
    return bridge.figure(
        [
            bridge.Step(label="a year ago", value=8e5, is_sum=True),
            bridge.Step(label="lost", value=-1.4e5),
            bridge.Step(label="won", value=1.7e6),
            bridge.Step(label="today", value=2.36e6, is_sum=True),
        ],
        "usd",
    )


def _histogram() -> go.Figure:
    draws = np.random.default_rng(5).lognormal(0, 0.8, 2000)
    return histogram.figure(draws, marks=[lines.Mark(x=1.0, label=t("median"))])


def _timeline() -> go.Figure:
    return timeline.figure(
        [timeline.Task(label="Before closing", days=0), timeline.Task(label="Later", days=100)]
    )


#: By the module of the chart, and what is shown where it has several.
FIGURES: Final[Mapping[str, Callable[[], go.Figure]]] = {
    "bars": _bars,
    "bridge": _bridge,
    "histogram": _histogram,
    "price_quality": _price_quality,
    "stack": _stack,
    "timeline": _timeline,
    "trend": _trend,
    "bars bare": _bare_bars,
    "break_even": _break_even,
    "calibration ratios": _ratios,
    "calibration coverage": _coverage,
    "classes confusion": _confusion,
    "classes roc": _roc,
    "course": _course,
    "fan": _fan,
    "fan several": _fans,
    "frontier": _frontier,
    "lines": _lines,
    "ranges": _ranges,
    "ratio": _ratio,
    "split": _split,
    "stacked": _stacked,
    "strips": _strips,
    "tornado": _tornado,
    "waterfall": _waterfall,
    **risk_figures.FIGURES,
}
