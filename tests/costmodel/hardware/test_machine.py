"""A machine's own efficiency curve: it finds what is there, and says where it does not know."""

import dataclasses
import itertools
import json
from collections.abc import Sequence

import numpy as np
import pytest

from costmodel.hardware import machine
from costmodel.hardware.machine import Calibration, Machine, MeasuredStep
from costmodel.messages import InputError
from costmodel.workload.model_spec import ModelSpec

COSTS = (1e-11, 4e-9, 2e-4, 3e-9)


def spec(n_layers: int, d_model: int) -> ModelSpec:
    return ModelSpec(
        name="lab",
        n_layers=n_layers,
        d_model=d_model,
        n_heads=4,
        n_kv_heads=4,
        d_head=d_model // 4,
        d_ff=4 * d_model,
        vocab_size=84,
    )


SIZES = tuple(
    (spec(layers, width), context, tokens)
    for (layers, width), (context, tokens) in itertools.product(
        ((2, 64), (4, 128), (6, 192), (8, 512)), ((64, 768), (128, 512))
    )
)


def a_machine(**values: object) -> Machine:
    plain = {
        "device": "a CPU",
        "kind": "cpu",
        "chip": None,
        "n_devices": 1,
        "precision": "fp32",
        "threads": 2,
        "measured_at": "2026-11-22",
        "peak_flop_per_s": 2e11,
        "peak_source": "measured",
        "contention": 0.01,
    }
    return Machine(**{**plain, **values})  # type: ignore[arg-type]


def step_s(size: tuple[ModelSpec, int, int]) -> float:
    return float(machine._amounts(*size) @ np.array(COSTS))


def measured(
    sizes: Sequence[tuple[ModelSpec, int, int]] = SIZES, *, noise: float = 0.0, seed: int = 0
) -> list[MeasuredStep]:
    rng = np.random.default_rng(seed)
    return [
        MeasuredStep(
            run_id=f"run-{n}",
            spec=size[0],
            context_tokens=size[1],
            tokens_per_step=size[2],
            step_s=step_s(size) * float(np.exp(noise * rng.standard_normal())),
        )
        for n, size in enumerate(sizes)
    ]


def test_known_costs_are_found_again() -> None:
    found = machine.fit(a_machine(), measured())
    costs = (found.s_per_flop, found.s_per_state, found.s_per_layer, found.s_per_parameter)
    assert costs == pytest.approx(COSTS, rel=1e-6)
    assert np.abs(found.left_out_errors).max() < 1e-6


def test_a_size_between_those_measured_is_predicted() -> None:
    found = machine.fit(a_machine(), measured(noise=0.03))
    size = (spec(6, 256), 96, 640)
    predicted = found.predict(size[0], context_tokens=size[1], tokens_per_step=size[2])
    true = size[2] / step_s(size)
    assert predicted.tokens_per_s == pytest.approx(true, rel=0.15)
    assert predicted.low_80_tokens_per_s < true < predicted.high_80_tokens_per_s
    assert predicted.step_s == pytest.approx(size[2] / predicted.tokens_per_s)
    assert 0 < predicted.efficiency < 1
    assert predicted.beyond == ()


def test_four_in_five_intervals_hold_a_size_that_was_left_out() -> None:
    held = 0
    for seed in range(60):
        steps = measured(noise=0.08, seed=seed)
        left_out = steps.pop(seed % len(steps))
        p = machine.fit(a_machine(), steps).predict(
            left_out.spec,
            context_tokens=left_out.context_tokens,
            tokens_per_step=left_out.tokens_per_step,
        )
        rate = left_out.tokens_per_step / left_out.step_s
        held += p.low_80_tokens_per_s <= rate <= p.high_80_tokens_per_s
    assert 0.7 <= held / 60 <= 0.97


def width(found: Calibration, layers: int, d_model: int, context: int, tokens: int) -> float:
    p = found.predict(spec(layers, d_model), context_tokens=context, tokens_per_step=tokens)
    return p.high_80_tokens_per_s / p.low_80_tokens_per_s


def test_beyond_what_was_measured_the_interval_widens_and_says_why() -> None:
    found = machine.fit(a_machine(), measured(noise=0.03))
    inside = width(found, 6, 256, 96, 640)
    larger = found.predict(spec(24, 2048), context_tokens=96, tokens_per_step=640)
    (why,) = larger.beyond
    assert "parameters were measured here" in str(why)
    assert "extrapolation" in str(why)
    assert inside < width(found, 24, 2048, 96, 640) < width(found, 24, 2048, 4096, 1_000_000)
    everything = found.predict(spec(24, 2048), context_tokens=4096, tokens_per_step=1_000_000)
    assert len(everything.beyond) == 3


def test_more_noise_gives_a_wider_interval_and_none_no_certainty() -> None:
    quiet, noisy = (machine.fit(a_machine(), measured(noise=n)) for n in (0.0, 0.2))
    assert 1 < width(quiet, 6, 256, 96, 640) < width(noisy, 6, 256, 96, 640)


def test_runs_of_one_size_do_not_vouch_for_each_other() -> None:
    """A size twice over, both ten times slow: left out together, their error is seen."""
    steps = measured()
    twin = dataclasses.replace(steps[-1], step_s=10 * steps[-1].step_s)
    found = machine.fit(a_machine(), [*steps[:-1], twin, dataclasses.replace(twin, run_id="again")])
    assert found.left_out_errors[-1] > 4  # said to be several times as fast as it is
    assert found.freedom == len(SIZES) - 1


def test_too_few_sizes_are_refused_also_where_runs_are_many() -> None:
    with pytest.raises(InputError, match="3 sizes are too few for a curve; train at least 4"):
        machine.fit(a_machine(), measured(SIZES[:3] * 5))


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan"), float("inf")])
def test_a_step_without_a_time_is_refused(bad: float) -> None:
    steps = measured()
    steps[2] = dataclasses.replace(steps[2], step_s=bad)
    with pytest.raises(InputError, match="the run run-2 has no step time"):
        machine.fit(a_machine(), steps)


def test_no_cost_is_below_nothing() -> None:
    """Steps that get faster with size: nothing explains them, and no cost turns negative."""
    steps = [dataclasses.replace(s, step_s=1 / (n + 1)) for n, s in enumerate(measured())]
    found = machine.fit(a_machine(), steps)
    costs = (found.s_per_flop, found.s_per_state, found.s_per_layer, found.s_per_parameter)
    assert min(costs) >= 0
    assert max(costs) > 0
    assert found.spread > 0.3
    json.dumps(found.as_json(), allow_nan=False)


def test_a_calibration_survives_json() -> None:
    found = machine.fit(a_machine(kind="gpu", chip="H100 SXM"), measured(noise=0.05))
    stored = json.loads(json.dumps(found.as_json(), allow_nan=False))
    assert Calibration.from_json(stored) == found


@pytest.mark.parametrize(
    "damage",
    [
        {"s_per_flop": -1.0},
        {"s_per_flop": "fast"},
        {"spread": float("nan")},
        {"peak_flop_per_s": None},
        {"reach": {}},
        {"reach": {"params": [1]}},
        {"reach": None},
        {"run_ids": None},
        {"colour": "blue"},
        {"s_per_flop": 0, "s_per_state": 0, "s_per_layer": 0, "s_per_parameter": 0},
    ],
)
def test_what_is_no_calibration_is_refused(damage: dict[str, object]) -> None:
    stored = machine.fit(a_machine(), measured()).as_json() | damage
    with pytest.raises(InputError):
        Calibration.from_json(stored)


def test_a_cpu_never_stands_for_a_chip() -> None:
    assert machine.fit(a_machine(chip="H100 SXM"), measured()).chip is None
    of_gpu = machine.fit(a_machine(kind="gpu", chip="H100 SXM"), measured())
    assert of_gpu.chip == "H100 SXM"
    with pytest.raises(InputError, match="a calibration of a CPU cannot stand for H100 SXM"):
        Calibration.from_json(of_gpu.as_json() | {"kind": "cpu"})
