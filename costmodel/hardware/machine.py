"""A machine's efficiency curve, measured by training a few sizes on it.

Beside the ranges learnt from published runs this one is of the very device at hand, and of
the sizes that were trained there: a prediction beyond them says so and is wider.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from costmodel.hardware.prediction import factor_beyond
from costmodel.messages import InputError, Message
from costmodel.uncertainty import Draws
from costmodel.workload.flops import attention_flop_per_token, parameter_count
from costmodel.workload.model_spec import ModelSpec

DeviceKind: TypeAlias = Literal["cpu", "gpu"]

#: Fewer sizes than this leave nothing to judge the fit by.
FEWEST_SIZES: Final = 4
#: The interval of a prediction that was tested on sizes left out.
COVERAGE: Final = 0.80
#: Two runs of one size differ by at least this, in log step time: what a quiet machine shows.
_LEAST_SPREAD: Final = 0.03
#: Stands for a guess of no time at all, whose log error is without bound.
_WORST_ERROR: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredStep:
    """One size that was trained: what it was, and its median step time.

    ``tokens_per_step`` are those of all devices together.
    """

    run_id: str
    spec: ModelSpec
    context_tokens: int
    tokens_per_step: int
    step_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MachinePrediction:
    """The step time and tokens per second of a size on the machine, with the 80 % interval.

    ``efficiency`` is model FLOP (matrix products and causal attention) over the measured
    peak. ``beyond`` says what of the size lies outside those measured.
    """

    tokens_per_s: float
    low_80_tokens_per_s: float
    high_80_tokens_per_s: float
    step_s: float
    efficiency: float
    beyond: tuple[Message, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What a machine delivers: four costs per unit of work, fitted to its own step times.

    A step takes ``s_per_flop`` for each model FLOP, ``s_per_state`` for each element of
    each layer's activations, ``s_per_layer`` for starting a layer's kernels and
    ``s_per_parameter`` for the optimiser. ``spread`` is the standard deviation of the log
    error on sizes left out (all runs of a size together, or its twin would tell it), and
    ``freedom`` its degrees of freedom; ``left_out_errors`` are of the tokens per second of
    those sizes, predicted over measured less one. ``chip`` names the
    accelerator of ``data/accelerators.csv``, ``None`` for a CPU or an unknown board: only
    a calibration with a chip may stand beside a price of that chip.
    """

    device: str
    kind: DeviceKind
    chip: str | None
    n_devices: int
    precision: str
    threads: int | None
    measured_at: str
    peak_flop_per_s: float
    peak_source: Literal["datasheet", "measured"]
    s_per_flop: float
    s_per_state: float
    s_per_layer: float
    s_per_parameter: float
    spread: float
    freedom: int
    reach: Mapping[str, tuple[float, float]]
    run_ids: tuple[str, ...]
    left_out_errors: tuple[float, ...]
    contention: float | None

    def __post_init__(self) -> None:
        if self.kind == "cpu" and self.chip is not None:
            raise InputError(
                "calibration", "a calibration of a CPU cannot stand for {chip}", chip=self.chip
            )
        numbers = (self.peak_flop_per_s, self.spread, *self._fitted)
        if not all(math.isfinite(n) and n >= 0 for n in numbers) or not any(self._fitted):
            raise InputError("calibration", "the costs of a calibration are numbers from zero up")

    @property
    def _fitted(self) -> tuple[float, float, float, float]:
        return (self.s_per_flop, self.s_per_state, self.s_per_layer, self.s_per_parameter)

    def predict(
        self, spec: ModelSpec, *, context_tokens: int, tokens_per_step: int
    ) -> MachinePrediction:
        """The speed of training ``spec`` here in steps of ``tokens_per_step``."""
        amounts = _amounts(spec, context_tokens, tokens_per_step)
        step_s = float(amounts @ np.array(self._fitted))
        beyond = self._beyond(_sizes(spec, context_tokens, tokens_per_step))
        half = _t_quantile(self.freedom) * self.spread * math.sqrt(1 + 1 / (self.freedom + 1))
        half *= factor_beyond(len(beyond))
        rate = tokens_per_step / step_s
        return MachinePrediction(
            tokens_per_s=rate,
            low_80_tokens_per_s=rate * math.exp(-half),
            high_80_tokens_per_s=rate * math.exp(half),
            step_s=step_s,
            efficiency=float(amounts[0]) / (step_s * self.peak_flop_per_s),
            beyond=beyond,
        )

    def as_json(self) -> dict[str, Any]:
        """For storing, and for ``assay lab calibrate --json``."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Calibration":
        """What ``as_json`` wrote. Raises ``InputError`` for anything else."""
        try:
            values = dict(stored)
            reach = {name: stored["reach"][name] for name in _OUTSIDE}
            values["reach"] = {name: (float(a), float(b)) for name, (a, b) in reach.items()}
            values["run_ids"] = tuple(stored["run_ids"])
            values["left_out_errors"] = tuple(stored["left_out_errors"])
            return cls(**values)
        except InputError:
            raise
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(
                "calibration",
                "this is no stored calibration ({reason}); measure anew",
                reason=type(error).__name__,
            ) from None

    def _beyond(self, sizes: Mapping[str, float]) -> tuple[Message, ...]:
        return tuple(
            _OUTSIDE[name].filled(value, *self.reach[name])
            for name, value in sizes.items()
            if not self.reach[name][0] / 1.5 <= value <= self.reach[name][1] * 1.5
        )


@dataclass(frozen=True, slots=True)
class _Outside:
    text: Message

    def filled(self, value: float, low: float, high: float) -> Message:
        return Message(self.text.text, {"value": value, "low": low, "high": high})


_OUTSIDE: Final = {
    "params": _Outside(
        Message(
            "Sizes of {low} to {high} parameters were measured here; {value} lies outside, so "
            "this is an extrapolation."
        )
    ),
    "tokens_per_step": _Outside(
        Message(
            "Steps of {low} to {high} tokens were measured here; {value} lies outside, so this "
            "is an extrapolation."
        )
    ),
    "context_tokens": _Outside(
        Message(
            "Contexts of {low} to {high} tokens were measured here; {value} lies outside, so "
            "this is an extrapolation."
        )
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Who was measured: the device, how it computed, and the peak it is held against."""

    device: str
    kind: DeviceKind
    chip: str | None
    n_devices: int
    precision: str
    threads: int | None
    measured_at: str
    peak_flop_per_s: float
    peak_source: Literal["datasheet", "measured"]
    contention: float | None


def fit(machine: Machine, steps: Sequence[MeasuredStep]) -> Calibration:
    """The calibration that these step times say; its spread is that of sizes left out.

    Non-negative least squares of relative error: no part of a step takes less than no
    time. Raises ``InputError`` below ``FEWEST_SIZES`` different sizes.

    Source: Lawson and Hanson 1974, Solving Least Squares Problems, chapter 23.
    """
    for step in steps:
        if not (math.isfinite(step.step_s) and step.step_s > 0):
            raise InputError(
                "runs",
                "the run {name} has no step time; leave it out",
                name=step.run_id,
            )
    keys = [(s.spec, s.context_tokens, s.tokens_per_step) for s in steps]
    specs = set(keys)
    if len(specs) < FEWEST_SIZES:
        raise InputError(
            "runs",
            "{n} sizes are too few for a curve; train at least {least} on this machine",
            n=len(specs),
            least=FEWEST_SIZES,
        )
    amounts = np.array([_amounts(s.spec, s.context_tokens, s.tokens_per_step) for s in steps])
    took = np.array([s.step_s for s in steps])
    costs = _costs(amounts, took)
    errors = []
    for left_out, key in enumerate(keys):
        others = np.array([other != key for other in keys])
        guessed = float(amounts[left_out] @ _costs(amounts[others], took[others]))
        # A size that the others say takes no time at all is the worst of guesses.
        errors.append(math.log(guessed / took[left_out]) if guessed > 0 else -_WORST_ERROR)
    spread = max(_LEAST_SPREAD, math.sqrt(float(np.mean(np.square(errors)))))
    sizes = [_sizes(s.spec, s.context_tokens, s.tokens_per_step) for s in steps]
    return Calibration(
        device=machine.device,
        kind=machine.kind,
        chip=machine.chip if machine.kind == "gpu" else None,
        n_devices=machine.n_devices,
        precision=machine.precision,
        threads=machine.threads,
        measured_at=machine.measured_at,
        peak_flop_per_s=machine.peak_flop_per_s,
        peak_source=machine.peak_source,
        contention=machine.contention,
        s_per_flop=float(costs[0]),
        s_per_state=float(costs[1]),
        s_per_layer=float(costs[2]),
        s_per_parameter=float(costs[3]),
        spread=spread,
        freedom=len(specs) - 1,
        reach={n: (min(s[n] for s in sizes), max(s[n] for s in sizes)) for n in sizes[0]},
        run_ids=tuple(s.run_id for s in steps),
        left_out_errors=tuple(math.expm1(-error) for error in errors),
    )


def _amounts(spec: ModelSpec, context_tokens: int, tokens_per_step: int) -> Draws:
    """(model FLOP, states of all layers, layers, parameters) of one step."""
    count = parameter_count(spec)
    flop = 6 * count.multiplied + attention_flop_per_token(
        spec, context_tokens=context_tokens, causal=True
    )
    return np.array(
        [
            flop * tokens_per_step,
            float(tokens_per_step) * spec.n_layers * spec.d_model,
            float(spec.n_layers),
            float(count.total),
        ]
    )


def _sizes(spec: ModelSpec, context_tokens: int, tokens_per_step: int) -> dict[str, float]:
    return {
        "params": float(parameter_count(spec).total),
        "tokens_per_step": float(tokens_per_step),
        "context_tokens": float(context_tokens),
    }


def _costs(amounts: Draws, took: Draws) -> Draws:
    from scipy.optimize import nnls

    relative = amounts / took[:, None]
    scale = relative.max(axis=0)
    found, _ = nnls(relative / scale, np.ones(len(took)))
    costs: Draws = found / scale
    return costs


def _t_quantile(freedom: int) -> float:
    """Student's t at the upper end of the interval."""
    from scipy.stats import t

    return float(t.ppf((1 + COVERAGE) / 2, freedom))
