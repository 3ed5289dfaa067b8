"""One training run: accelerator-hours, days, dollars by line, energy and carbon.

``inputs_for`` gathers what the answer depends on, each with its range and source;
``estimate`` turns values of them, plain floats or arrays of draws alike, into a
``CostEstimate``. Not counted here: experiments before the final run, people, data.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from costmodel import facts
from costmodel.facts import Fact
from costmodel.hardware import calibration, goodput, layout_search, memory
from costmodel.hardware.accelerators import Accelerator, Cluster
from costmodel.hardware.efficiency import layout_efficiency
from costmodel.messages import Amount, InputError, Message, check_within
from costmodel.money import energy, prices
from costmodel.money.assumed import Assumption, Inputs
from costmodel.uncertainty import Number, Range
from costmodel.units import HOURS_PER_DAY
from costmodel.workload.flops import TrainingFlop, active_params, total_params, training_flop
from costmodel.workload.model_spec import (
    ELEMENT_FORMAT,
    NARROW,
    WIDE,
    ModelSpec,
    SizeOnly,
    TrainingPlan,
)

#: What somebody may state instead of the cited range, by assumption name.
OVERRIDABLE: Final = (
    "efficiency",
    "goodput",
    "usd_per_gpu_hour",
    "extras_share",
    "mean_draw_share",
    "pue",
    "carbon_kg_co2e_per_kwh",
)

#: What a stated assumption may be at most (and PUE at least): beyond lies a slip of the
#: keyboard, or more than the site's meter can show.
_STATED_LIMITS: Final = {
    "usd_per_gpu_hour": (1e-4, 1e6),
    "carbon_kg_co2e_per_kwh": (1e-6, 10.0),
    "pue": (1.0, 10.0),
}
#: The least share that may be stated: no run of this kind was ever worse by far.
_LEAST_SHARE: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class CostInputs(Inputs):
    """Everything that an estimate depends on."""

    plan: TrainingPlan
    cluster: Cluster
    flop: TrainingFlop
    peak: Fact
    board_power: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class CostEstimate:
    """The bill of one training run; every ``Number`` is a float or draws of one shape.

    ``mfu`` is in-step, by the parameter-FLOP convention (``6 N D`` over the dense 16-bit
    peak), so that it compares with published figures; ``lines`` sum to ``usd``, which is
    ``None`` where nobody gave a price and none is on record.
    """

    params: float
    active_params: float
    flop: TrainingFlop
    mfu: Number
    gpu_hours: Number
    wall_days: Number
    usd: Number | None
    lines: Mapping[str, Number]
    energy_kwh: Number
    kg_co2e: Number
    kw_per_accelerator: Number
    inputs: CostInputs
    values: Mapping[str, Number]


def inputs_for(
    plan: TrainingPlan,
    cluster: Cluster,
    *,
    region: str | None = None,
    given: Mapping[str, Range] | None = None,
    leave_out: str | None = None,
) -> CostInputs:
    """The assumptions of a plan on a cluster: cited, unless ``given`` states them.

    ``leave_out`` names the published run that the plan is, so that it does not judge itself.

    Raises ``InputError`` for an override that cannot be, and ``FactError`` where a needed
    fact (a peak, the board power) is missing: nothing else stands in for it. Without any
    price the dollars are left out, with a warning.
    """
    stated = dict(given or {})
    unknown = [name for name in stated if name not in OVERRIDABLE]
    assert not unknown, unknown
    for name, span in stated.items():
        _check_stated(name, span)
    chip = cluster.accelerator
    plan = _with_decoder_share(plan)
    warnings = _warnings(plan, chip)
    _check_memory(plan, cluster)

    def assumption(name: str, unit: str, cited: Fact) -> Assumption:
        if name in stated:
            return Assumption(name=name, range=stated[name], unit=unit, origin=None)
        return Assumption(name=name, range=cited.range, unit=unit, origin=cited)

    assumptions = [
        *_efficiency(plan, cluster, stated, warnings, leave_out),
        _goodput(cluster, stated),
        *_price(chip, stated, warnings),
        assumption(
            "extras_share", "fraction", facts.lookup("assumptions", "any run", "extras_share")
        ),
        assumption("server_power_ratio", "ratio", energy.server_power_ratio(chip)),
        assumption(
            "mean_draw_share", "fraction", facts.lookup("assumptions", "any run", "mean_draw_share")
        ),
        assumption("pue", "ratio", facts.lookup("assumptions", "any site", "pue")),
        assumption("carbon_kg_co2e_per_kwh", "kg_co2e_per_kwh", energy.carbon_intensity(region)),
    ]
    if region is None and "carbon_kg_co2e_per_kwh" not in stated:
        warnings.append(
            Message("No region is given, so the carbon range spans clean to coal-heavy grids.")
        )
    return CostInputs(
        plan=plan,
        cluster=cluster,
        flop=training_flop(plan),
        peak=chip.training_peak(),
        board_power=chip.board_power(),
        assumptions=tuple(assumptions),
        warnings=tuple(warnings),
    )


def estimate(inputs: CostInputs, values: Mapping[str, Number]) -> CostEstimate:
    """The bill for these values of the assumptions, floats or draws.

    ``hours = model FLOP / (peak x efficiency x goodput)``; dollars are those hours at the
    rental price, split into kept steps, lost time and extras; energy is those hours at the
    site's average kW.
    """
    efficiency = values["efficiency"] * values.get("speedup", 1.0)
    step_hours = goodput.step_gpu_hours(
        flop=inputs.flop.model, peak_flop_per_s=inputs.peak.value, efficiency=efficiency
    )
    gpu_hours = goodput.billed_gpu_hours(step_hours=step_hours, goodput=values["goodput"])
    price = values.get("usd_per_gpu_hour")
    lines: dict[str, Number] = {}
    if price is not None:
        lines = {
            "steps": step_hours * price,
            "lost": (gpu_hours - step_hours) * price,
            "extras": gpu_hours * price * values["extras_share"],
        }
    kw = energy.kw_per_accelerator(
        board_power_w=inputs.board_power.value,
        server_power_ratio=values["server_power_ratio"],
        mean_draw_share=values["mean_draw_share"],
        pue=values["pue"],
    )
    energy_kwh = gpu_hours * kw
    return CostEstimate(
        params=total_params(inputs.plan.model),
        active_params=active_params(inputs.plan.model),
        flop=inputs.flop,
        mfu=efficiency * inputs.flop.parameter / inputs.flop.model,
        gpu_hours=gpu_hours,
        wall_days=gpu_hours / inputs.cluster.n_accelerators / HOURS_PER_DAY,
        usd=sum(lines.values()) if lines else None,
        lines=lines,
        energy_kwh=energy_kwh,
        kg_co2e=energy_kwh * values["carbon_kg_co2e_per_kwh"],
        kw_per_accelerator=kw,
        inputs=inputs,
        values=values,
    )


def usual_cluster(plan: TrainingPlan, chip: Accelerator) -> Cluster:
    """The power of two of ``chip`` that takes the fewest accelerator-hours of those that
    finish within the usual days, at the medians: so more tokens never cost less.

    Raises ``InputError`` where none does.
    """
    days = facts.lookup("assumptions", "any run", "days_to_plan_for").value
    best: tuple[float, Cluster] | None = None
    for power in range(layout_search.MOST_DOUBLINGS):
        cluster = Cluster(accelerator=chip, n_accelerators=2**power)
        try:
            inputs = inputs_for(plan, cluster)
        except InputError as refused:
            if refused.field != "n_accelerators":
                raise
            continue
        found = estimate(inputs, inputs.medians())
        hours = float(found.gpu_hours)
        if float(found.wall_days) <= days and (best is None or hours < best[0]):
            best = hours, cluster
    if best is not None:
        return best[1]
    raise InputError(
        "n_accelerators",
        "no cluster finishes this plan in reasonable time; write the number of accelerators",
    )


def _with_decoder_share(plan: TrainingPlan) -> TrainingPlan:
    """An encoder-decoder's plan with its decoder share: the stated one, else the cited."""
    model = plan.model
    if not isinstance(model, ModelSpec) or model.kind != "encoder-decoder":
        return plan
    if plan.decoder_token_share is not None:
        return plan
    share = facts.lookup("assumptions", "T5 span corruption", "decoder_token_share")
    return replace(plan, decoder_token_share=share.value)


def _goodput(cluster: Cluster, stated: dict[str, Range]) -> Assumption:
    """The share of billed time that ends in steps kept, stated or by the cluster's failures."""
    if "goodput" in stated:
        return Assumption(name="goodput", range=stated["goodput"], unit="fraction", origin=None)
    found = goodput.goodput(cluster.accelerator.generation, cluster.n_accelerators)
    return Assumption(name="goodput", range=found.range, unit="fraction", origin=found)


def format_gain(plan: TrainingPlan) -> Range:
    """How many times as fast as at 16 bit the plan's number format is, as a 90 % range.

    Narrow formats by the cited gain of FP8, wide ones by their lower peak (which the
    caller knows by accelerator), 16 bit itself by one.
    """
    if plan.precision in NARROW:
        return facts.lookup("assumptions", "fp8 over bf16", "speedup").range
    return Range(1.0, 1.0)


def _efficiency(
    plan: TrainingPlan,
    cluster: Cluster,
    stated: dict[str, Range],
    warnings: list[Message],
    leave_out: str | None,
) -> list[Assumption]:
    """In-step efficiency: stated, by the best layout, or learnt with the gain of a format."""
    chip = cluster.accelerator
    if "efficiency" in stated:
        fastest = chip.peak(plan.precision).value / chip.training_peak().value
        if stated["efficiency"].high > fastest:
            raise InputError(
                "efficiency",
                "{value} of the 16-bit peak is more than {chip} can do in {precision}, "
                "which is {most} of it; write a smaller share",
                value=stated["efficiency"].high,
                chip=chip.name,
                precision=plan.precision,
                most=fastest,
            )
        return [
            Assumption(name="efficiency", range=stated["efficiency"], unit="fraction", origin=None)
        ]
    by_layout = layout_efficiency(plan, cluster, leave_out=leave_out)
    if by_layout is not None:
        warnings.extend(by_layout.beyond)
        return [
            Assumption(name="efficiency", range=by_layout.range, unit="fraction", origin=by_layout)
        ]
    prior = calibration.efficiency_prior(
        chip.generation, calibration.model_class(plan.model), leave_out=leave_out
    )
    if prior.generation == "any":
        warnings.append(
            Message(
                "Too few training runs of this kind on {generation} accelerators are published; "
                "the efficiency range comes from other generations.",
                {"generation": chip.generation_name},
            )
        )
    span, beyond = prior.for_run(
        params=total_params(plan.model), n_accelerators=cluster.n_accelerators
    )
    warnings.extend(beyond)
    learnt = [Assumption(name="efficiency", range=span, unit="fraction", origin=prior)]
    if plan.precision in NARROW:
        gain = facts.lookup("assumptions", "fp8 over bf16", "speedup")
        learnt.append(Assumption(name="speedup", range=gain.range, unit="ratio", origin=gain))
        if ELEMENT_FORMAT.get(plan.precision, plan.precision) != "fp8":
            warnings.append(
                Message(
                    "No published run shows what {precision} gains; the range of FP8 is used.",
                    {"precision": plan.precision.upper()},
                )
            )
    elif plan.precision in WIDE:
        wide, peak = chip.peak(plan.precision), chip.training_peak().value
        slower = Range(wide.value / peak, wide.value / peak)
        learnt.append(Assumption(name="speedup", range=slower, unit="ratio", origin=wide))
    return learnt


def _check_stated(name: str, span: Range) -> None:
    """Raise ``InputError`` for an override that no site and no market can show."""
    least, most = _STATED_LIMITS.get(name, (_LEAST_SHARE, 1.0))
    check_within(name, span.high if span.high > most else span.low, least, most)


def _price(
    chip: Accelerator, stated: dict[str, Range], warnings: list[Message]
) -> list[Assumption]:
    """The rental price, stated or quoted; none, said aloud, where nothing is on record."""
    name, unit = "usd_per_gpu_hour", "usd_per_gpu_hour"
    if name in stated:
        warnings.extend(_far_from_quotes(chip, stated[name]))
        return [Assumption(name=name, range=stated[name], unit=unit, origin=None)]
    quoted, said = prices.rent(chip.name)
    if said is not None:
        warnings.append(said)
    if quoted is None:
        return []
    if not quoted.is_thin:
        warnings.append(
            Message(
                "Rent is at {n} list prices of {chip}, {oldest} to {newest}; "
                "a run of another year, or a large contract, pays another price.",
                {
                    "n": len(quoted.quotes),
                    "chip": chip.name,
                    "oldest": quoted.oldest,
                    "newest": quoted.newest,
                },
            )
        )
    return [Assumption(name=name, range=quoted.range, unit=unit, origin=quoted)]


def _far_from_quotes(chip: Accelerator, stated: Range) -> list[Message]:
    """A stated price outside of every list price, which may be another accelerator's."""
    quoted, _ = prices.rent(chip.name)
    if quoted is None or quoted.is_thin:
        return []
    offers = [quote.usd_per_gpu_hour for quote in quoted.quotes]
    if stated.high >= min(offers) and stated.low <= max(offers):
        return []
    return [
        Message(
            "The stated price of {price} lies outside of all {n} list prices of {chip}, "
            "{low} to {high}.",
            {
                "price": Amount(stated.mid, "usd_per_gpu_hour"),
                "n": len(offers),
                "chip": chip.name,
                "low": Amount(min(offers), "usd_per_gpu_hour"),
                "high": Amount(max(offers), "usd_per_gpu_hour"),
            },
        )
    ]


def _check_memory(plan: TrainingPlan, cluster: Cluster) -> None:
    """Raise ``InputError`` where the model fits on the cluster in no layout; of a size alone,
    where not even its weights, gradients and optimiser fit, sharded over all of it.
    """
    model = plan.model
    if isinstance(model, ModelSpec) and model.kind != "encoder-decoder":
        layout_search.check_fits(model, cluster, plan.precision, plan.context_tokens)
    else:
        memory.check_states_fit(total_params(model), cluster)


def _warnings(plan: TrainingPlan, chip: Accelerator) -> list[Message]:
    found: list[Message] = []
    if isinstance(plan.model, SizeOnly):
        found.append(
            Message(
                "Only the size is known, so FLOP follow the rule 6 x parameters x tokens "
                "and attention is not counted; upload the config.json for an exact count."
            )
        )
    else:
        found.extend(plan.model.notes)
    if not chip.has_peak(plan.precision):
        raise InputError(
            "precision",
            "{chip} has no cited peak at {precision}; choose another precision or accelerator",
            chip=chip.name,
            precision=plan.precision,
        )
    if chip.training_peak().evidence == "recall":
        found.append(
            Message(
                "The peak of {chip} is from memory and not confirmed at a source.",
                {"chip": chip.name},
            )
        )
    return found
