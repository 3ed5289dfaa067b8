"""Metrics of compute: what was secured, what it costs, what the claims imply together."""

from collections.abc import Mapping
from typing import Final

from costmodel.facts import Fact, FactError
from costmodel.hardware import accelerators
from costmodel.hardware.accelerators import Accelerator
from costmodel.messages import Amount, InputError, Message
from costmodel.uncertainty import Percentiles
from costmodel.units import HOURS_PER_DAY, SECONDS_PER_HOUR
from costmodel.workload.flops import active_params, total_params
from costmodel.workload.model_spec import PRECISIONS, Precision
from dashboard.deal import model_of
from dashboard.risk.metrics.basis import over, scaled
from dashboard.risk.metrics.reading import Formula, Found, Reading, Spread, share_of

_FLOP_PER_PARAMETER_AND_TOKEN: Final = 6
_KWH_PER_MWH: Final = 1e3


def capacity_coverage(read: Reading) -> Found:
    """Secured share of needed accelerator-hours: ``(contracted + owned) / needed``."""
    secured = read.numbers("operations.contracted_gpu_hours", "operations.owned_gpu_hours")
    needed = needed_gpu_hours(read)
    if secured is None or needed is None:
        return None
    return read.over(sum(secured), needed, "operations.needed_gpu_hours_18m")


def needed_gpu_hours(read: Reading) -> Percentiles | None:
    """Accelerator-hours of 18 months: as stated, else of the whole research programme.

    The estimate of the final run times one over its share of research compute. Not
    counted: serving, which the deal states if it needs it.
    """
    stated = read.optional("operations.needed_gpu_hours_18m")
    if stated is not None:
        return Percentiles.of(stated)
    needed = read.basis.needed_gpu_hours
    if needed is None:
        read.lacks("operations.needed_gpu_hours_18m")
        read.lacking(read.basis.refusal)
        return None
    read.modelled("needed_gpu_hours_18m", needed.p50, "gpu_hour")
    return needed


def budget_over_final_run(read: Reading) -> Found:
    """Budget for compute over the cost of the final run."""
    budget = read.number("finance.compute_budget_usd")
    run = read.estimated(read.basis.usd, "final_run_usd", "usd")
    return None if budget is None or run is None else Spread(over(budget, run))


def mfu_implied(read: Reading) -> Found:
    """Utilisation that the stated parameters, tokens, accelerators and time mean together.

    ``6 x active parameters x tokens`` over hours times the dense peak at the training
    precision. Stated hours count before days times accelerators: a window of days is not a
    run. Claims count before the architecture, for it is they that are checked.
    """
    flop, hours, peak = claimed_flop(read), claimed_hours(read), peak_at_precision(read)
    if flop is None or hours is None or peak is None:
        return None
    return flop / (hours * SECONDS_PER_HOUR * peak.value)


def claimed_flop(read: Reading) -> float | None:
    """Training compute of the stated parameters and tokens: six for each pair of them."""
    deal = read.basis.deal
    tokens = deal.plan.tokens
    if tokens is None:
        read.lacking(Message("The number of training tokens is missing; write plan.tokens."))
    else:
        read.planned("tokens", tokens, "token")
    active = claimed_active_params(read)
    if tokens is None or active is None:
        return None
    return _FLOP_PER_PARAMETER_AND_TOKEN * active * tokens


def claimed_active_params(read: Reading) -> float | None:
    """Parameters that a token passes through: as claimed, else of the architecture.

    A claim of all parameters counts for a dense model alone.
    """
    claimed = read.claim("active_params", "parameter")
    if claimed is not None:
        return claimed
    estimate = read.basis.estimate
    try:
        model = model_of(read.basis.deal) if estimate is None else estimate.inputs.plan.model
    except InputError as error:
        read.lacking(
            Message(
                "The parameters that a token passes through are missing ({problem}); write "
                "plan.model, or claim active_params.",
                {"problem": error.message},
            )
        )
        return None
    active = active_params(model)
    if active == total_params(model):
        claimed = read.claim("params", "parameter")
        if claimed is not None:
            return claimed
    read.planned("model", active, "parameter")
    return active


def claimed_hours(read: Reading) -> float | None:
    """Accelerator-hours of the run as claimed, else of the claimed days on the cluster."""
    hours = read.claim("gpu_hours", "gpu_hour")
    if hours is not None:
        return hours
    n = read.basis.deal.plan.cluster.n_accelerators
    if "wall_days" not in read.basis.claims or n is None:
        read.lacking(
            Message(
                "The accelerator-hours of the run are missing; claim gpu_hours, or wall_days "
                "together with plan.cluster.n_accelerators."
            )
        )
        return None
    days = read.claim("wall_days", "day")
    assert days is not None
    read.planned("cluster.n_accelerators", n, "count")
    return days * HOURS_PER_DAY * n


def chip_of(read: Reading) -> Accelerator | None:
    """The accelerator that the deal names; nothing stands in for one that it does not."""
    name = read.basis.deal.plan.cluster.chip
    if name is None:
        read.lacking(Message("The accelerator is missing; write plan.cluster.chip."))
        return None
    try:
        chip = accelerators.find(name, field="plan.cluster.chip")
    except InputError as error:
        read.lacking(error.message)
        return None
    read.planned("cluster.chip", chip.name, "")
    return chip


def peak_at_precision(read: Reading) -> Fact | None:
    """The accelerator's dense peak at the training precision; at 16 bit where none is given."""
    chip = chip_of(read)
    if chip is None:
        return None
    stated = read.basis.deal.plan.precision
    precision: Precision | None = next((p for p in PRECISIONS if p == stated), None)
    try:
        peak = chip.training_peak() if precision is None else chip.peak(precision)
    except FactError as error:
        read.lacking(Message("{problem}.", {"problem": error.message}))
        return None
    read.fact(peak)
    return peak


def goodput(read: Reading) -> Found:
    """Useful share of paid time: measured, of hours, or what two claims mean together.

    The claimed utilisation of a step over that of the whole run, both of the dense 16-bit
    peak: the hours that the steps needed over the hours paid.
    """
    measured = read.optional("measurements.goodput")
    if measured is not None:
        return measured
    operations = read.basis.deal.operations
    if operations.useful_gpu_hours is not None or operations.paid_gpu_hours is not None:
        return share_of("operations.useful_gpu_hours", "operations.paid_gpu_hours")(read)
    if "mfu" not in read.basis.claims:
        read.lacks("measurements.goodput")
        return None
    step = read.claim("mfu", "fraction")
    flop, hours, chip = claimed_flop(read), claimed_hours(read), chip_of(read)
    if step is None or flop is None or hours is None or chip is None:
        return None
    peak = chip.training_peak()
    read.fact(peak)
    share = flop / (hours * SECONDS_PER_HOUR * peak.value) / step
    if share > 1:
        read.lacking(
            Message(
                "The claimed hours are fewer than steps at the claimed utilisation of {mfu} "
                "take; ask which of the two holds.",
                {"mfu": Amount(step, "fraction")},
            )
        )
        return None
    return share


def schedule_slack(read: Reading) -> Found:
    """Planned days over the days that the run and its evaluation take, less one.

    Planned until a releasable model (``operations.planned_days``), evaluation counts;
    the claimed days of the run itself are held against the run alone. The run's days
    follow measured utilisation and goodput where there are any, else the cost model.
    """
    deal = read.basis.deal
    if deal.published_run is not None:
        read.lacking(Message("The run is finished, so no schedule is left to judge."))
        return None
    planned = read.optional("operations.planned_days")
    evaluation = 0.0
    if planned is not None:
        days = read.number("operations.evaluation_days")
        if days is None:
            return None
        evaluation = days
    elif "wall_days" in read.basis.claims:
        planned = read.claim("wall_days", "day")
    if planned is None:
        read.lacks("operations.planned_days")
        return None
    run = _run_days(read)
    if run is None:
        return None
    taken = Percentiles(run.p05 + evaluation, run.p50 + evaluation, run.p95 + evaluation)
    slack = over(planned, taken)
    return Spread(Percentiles(slack.p05 - 1, slack.p50 - 1, slack.p95 - 1))


def _run_days(read: Reading) -> Percentiles | None:
    """Days of the run at measured utilisation and goodput, else as the cost model has it."""
    estimated = read.basis.wall_days
    estimate = read.basis.estimate
    if estimated is None or estimate is None:
        read.lacking(read.basis.refusal)
        return None
    mfu, kept = read.optional("measurements.mfu"), read.optional("measurements.goodput")
    if not mfu or not kept:
        read.modelled("wall_days", estimated.p50, "day")
        return estimated
    inputs = estimate.inputs
    read.planned("cluster.n_accelerators", inputs.cluster.n_accelerators, "count")
    seconds = estimate.flop.parameter / (inputs.cluster.n_accelerators * inputs.peak.value * mfu)
    return Percentiles.of(seconds / SECONDS_PER_HOUR / HOURS_PER_DAY / kept)


def energy_mwh(read: Reading) -> Found:
    """Energy of the run at the site's meter, by the cost model."""
    energy = read.estimated(read.basis.energy_kwh, "energy_kwh", "kwh")
    return None if energy is None else Spread(scaled(energy, 1 / _KWH_PER_MWH))


def provider_share_max(read: Reading) -> Found:
    """Share of the largest supplier in all spend on compute."""
    path = "operations.compute_spend_usd"
    spend = read.basis.deal.operations.compute_spend_usd
    if not spend:
        read.lacking(
            Message(
                "Spend on compute by supplier is missing; write {field} in the deal file.",
                {"field": path},
            )
        )
        return None
    read.listed(path, spend, "usd")
    amounts = [entry.value for entry in spend.values()]
    return read.ratio(max(amounts), sum(amounts), path)


METRICS: Final[Mapping[str, Formula]] = {
    "capacity_coverage": capacity_coverage,
    "budget_over_final_run": budget_over_final_run,
    "mfu_implied": mfu_implied,
    "provider_share_max": provider_share_max,
    "goodput": goodput,
    "schedule_slack": schedule_slack,
    "energy_mwh": energy_mwh,
}
