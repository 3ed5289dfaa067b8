"""Lines of the training run and of the service: stated, cited, or computed by the cost model."""

from typing import Final

from costmodel.money.assumed import Assumption
from costmodel.money.training_cost import OVERRIDABLE, CostEstimate
from dashboard.deal import Deal
from dashboard.language import N_, amount, t
from dashboard.output import source_line
from dashboard.report.workbook.inputs.line import Group, Line
from dashboard.report.workbook.subject import Served, Subject
from dashboard.terms import assumption_label, source_title

#: Bounds of what may be stated of the run.
_BOUNDS: Final = {
    "usd_per_gpu_hour": (1e-4, 1e6),
    "carbon_kg_co2e_per_kwh": (1e-6, 10.0),
    "pue": (1.0, 10.0),
    "server_power_ratio": (1.0, 100.0),
    "speedup": (1e-3, 100.0),
}
_SHARE: Final = (1e-6, 1.0)
_MOST: Final = 1e30
_SERVICE: Final = {
    "requests_per_day": (N_("Requests a day"), "count"),
    "input_tokens": (N_("Tokens read for a request"), "token"),
    "output_tokens": (N_("Tokens written for a request"), "token"),
    "replica_accelerators": (N_("Accelerators of a replica"), "count"),
    "batch": (N_("Requests that a replica writes at once"), "count"),
    "token_s": (N_("Seconds of a written token"), "s"),
    "prefill_s": (N_("Seconds to read a request"), "s"),
    "mean_over_peak": (N_("Mean over peak traffic"), "fraction"),
    "headroom": (N_("Capacity over peak traffic"), "ratio"),
    "overhead_share": (N_("Overhead of the service over rent"), "fraction"),
}


def run(subject: Subject) -> Group | None:
    """The run's lines; none where it cannot be estimated."""
    cost, deal = subject.cost, subject.case.deal
    if cost is None:
        return None
    by_name = {a.name: a for a in cost.inputs.assumptions}
    lines = [_tokens(deal, cost), *_flop(cost), _accelerators(deal, cost)]
    with_gain = "speedup" in by_name
    lines += [_assumed(a, with_gain=with_gain) for a in by_name.values()]
    return Group(
        title=t("Training run"),
        note=t(
            "Efficiency and goodput come from the search for the best layout on this number of "
            "accelerators: change the accelerators in Assay, which searches again."
        ),
        lines=tuple(lines),
    )


def stated_run(deal: Deal) -> Group:
    """What the deal states of a run that cannot be estimated."""
    cluster = deal.plan.cluster
    lines = [
        _plain("plan.tokens", t("Training tokens"), "token", deal.plan.tokens),
        _plain(
            "plan.cluster.n_accelerators",
            t("Number of accelerators"),
            "count",
            cluster.n_accelerators,
        ),
    ]
    return Group(title=t("Training run"), lines=tuple(lines))


def service(subject: Subject) -> Group | None:
    """The service's lines; none where it cannot be computed."""
    served = subject.served
    if served is None:
        return None
    return Group(
        title=t("Serving"),
        note=t(
            "The replica, what it writes at once and its times come from a search of the cost "
            "model; they do not follow another load."
        ),
        lines=tuple(_of_service(served, name) for name in _SERVICE),
    )


def _of_service(served: Served, name: str) -> Line:
    estimate = served.estimate
    inputs = estimate.inputs
    found = {
        "requests_per_day": served.requests_per_day,
        "input_tokens": inputs.load.input_tokens,
        "output_tokens": inputs.load.output_tokens,
        "replica_accelerators": inputs.replica.n_accelerators,
        "batch": estimate.batch,
        "token_s": estimate.token_s,
        "prefill_s": estimate.prefill_s,
    }
    label, unit = _SERVICE[name]
    by_name = {a.name: a for a in inputs.assumptions}
    if name in by_name:
        assumption = by_name[name]
        return Line(
            name=name,
            label=t(label),
            unit=unit,
            value=float(assumption.range.mid),
            otherwise=float(assumption.range.mid),
            other_source=source_line(assumption),
            low=assumption.range.low,
            high=assumption.range.high,
            least=0.0,
            most=_MOST,
        )
    asked = name in ("requests_per_day", "input_tokens", "output_tokens")
    return Line(
        name=name,
        label=t(label),
        unit=unit,
        value=float(found[name]),
        otherwise=float(found[name]),
        other_source=t("usual load, a judgement") if asked else t("computed by the cost model"),
        computed=not asked,
        least=0.0,
        most=_MOST,
    )


def _tokens(deal: Deal, cost: CostEstimate) -> Line:
    tokens = float(cost.inputs.plan.tokens)
    return Line(
        name="training_tokens",
        label=t("Training tokens"),
        unit="token",
        value=tokens,
        stated=deal.plan.tokens,
        otherwise=None if deal.plan.tokens is not None else tokens,
        path="plan.tokens",
        other_source="" if deal.plan.tokens is not None else t("assumed"),
        least=1.0,
        most=_MOST,
    )


def _flop(cost: CostEstimate) -> list[Line]:
    tokens = float(cost.inputs.plan.tokens)
    peak, power = cost.inputs.peak, cost.inputs.board_power
    rows = (
        ("model_flop_per_token", t("Model FLOP of a token"), cost.flop.model / tokens),
        ("parameter_flop_per_token", t("Parameter FLOP of a token"), cost.flop.parameter / tokens),
    )
    lines = [
        Line(
            name=name,
            label=label,
            unit="flop_per_token",
            value=float(value),
            otherwise=float(value),
            other_source=t("computed by the cost model"),
            computed=True,
            least=1.0,
            most=_MOST,
        )
        for name, label, value in rows
    ]
    chip = cost.inputs.cluster.accelerator.name
    for name, label, fact in (
        ("peak_flop_per_s", t("Dense 16-bit peak of {chip}", chip=chip), peak),
        ("board_power_w", t("Board power"), power),
    ):
        parts = (source_title(fact.source), fact.locator, fact.as_of)
        lines.append(
            Line(
                name=name,
                label=label,
                unit=fact.unit,
                value=fact.value,
                otherwise=fact.value,
                other_source="; ".join(part for part in parts if part),
                least=1.0,
                most=_MOST,
            )
        )
    return lines


def _accelerators(deal: Deal, cost: CostEstimate) -> Line:
    stated, n = deal.plan.cluster.n_accelerators, cost.inputs.cluster.n_accelerators
    return Line(
        name="n_accelerators",
        label=t("Number of accelerators"),
        unit="count",
        value=n,
        stated=stated,
        otherwise=None if stated is not None else n,
        path="plan.cluster.n_accelerators",
        other_source="" if stated is not None else t("assumed"),
        least=1.0,
        most=1e8,
    )


def _assumed(assumption: Assumption, *, with_gain: bool) -> Line:
    """An assumption of the run; a stated range stands as its median. A learnt efficiency that
    a number format speeds up (``with_gain``) is no field of the deal: stated, it would have the
    gain in it.
    """
    name, span = assumption.name, assumption.range
    stated = assumption.origin is None
    least, most = _BOUNDS.get(name, _SHARE)
    path = ""
    if name == "usd_per_gpu_hour":
        path = "plan.cluster.usd_per_gpu_hour"
    elif name in OVERRIDABLE and not (name == "efficiency" and with_gain):
        path = f"plan.assumptions.{name}"
    source = ""
    if stated and span.low < span.high:
        source = t(
            "stated as {low} to {high}; the middle stands here",
            low=amount(span.low, assumption.unit),
            high=amount(span.high, assumption.unit),
        )
    return Line(
        name=name,
        label=assumption_label(name),
        unit=assumption.unit,
        value=float(span.mid),
        stated=float(span.mid) if stated else None,
        otherwise=None if stated else float(span.mid),
        path=path,
        other_source=source or ("" if stated else source_line(assumption)),
        low=span.low,
        high=span.high,
        least=least,
        most=most,
    )


def _plain(path: str, label: str, unit: str, value: float | None) -> Line:
    return Line(name="", label=label, unit=unit, stated=value, path=path, least=0.0, most=_MOST)
