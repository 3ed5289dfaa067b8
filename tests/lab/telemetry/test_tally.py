"""Joules from a counter's steps and sampled power, on boards whose truth is known."""

import bisect
import functools
import itertools
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.telemetry.energy import energy_of
from lab.telemetry.readings import GpuReading
from lab.telemetry.source import PowerKind, PowerPoint
from lab.telemetry.tally import Energy, Tally, together

IDLE_W, FULL_W = 70.0, 700.0


class SimulatedBoard:
    """A load that jumps, and a counter that steps by a clock of its own."""

    def __init__(self, *, loads: list[float], hold_s: list[float], tick_s: float, phase: float):
        starts = itertools.accumulate(hold_s, initial=-2.0)
        steps = [(t, IDLE_W + (FULL_W - IDLE_W) * w) for t, w in zip(starts, loads, strict=False)]
        self._starts, self._watts = zip(*steps, strict=True)
        parts = [w * (b - a) for (a, w), (b, _) in itertools.pairwise(steps)]
        self._joules = list(itertools.accumulate(parts, initial=0.0))
        self._tick_s, self._phase = tick_s, phase

    def power_w(self, t_s: float) -> float:
        return float(self._watts[bisect.bisect_right(self._starts, t_s) - 1])

    def joules(self, until_s: float) -> float:
        """From two seconds before the start."""
        at = max(bisect.bisect_right(self._starts, until_s) - 1, 0)
        return float(self._joules[at] + self._watts[at] * (until_s - self._starts[at]))

    def counter_j(self, t_s: float) -> float:
        if not self._tick_s:
            return 1e6 + self.joules(t_s)
        n = (t_s / self._tick_s + self._phase) // 1
        return 1e6 + self.joules((n - self._phase) * self._tick_s)

    def average_w(self, t_s: float) -> float:
        return self.joules(t_s) - self.joules(t_s - 1.0)


def jumping(seed: int, most_hold_s: float, tick_s: float, phase: float) -> SimulatedBoard:
    """A board under a load that jumps at random, and often between idle and full."""
    rng = random.Random(seed)
    loads = [rng.choice([0.0, 1.0, rng.random()]) for _ in range(400)]
    # Longer than between two readings: what is never seen cannot be bounded.
    hold_s = [rng.uniform(0.045, most_hold_s) for _ in loads]
    return SimulatedBoard(loads=loads, hold_s=hold_s, tick_s=tick_s, phase=phase)


seeds = st.integers(0, 2**32)
boards = st.builds(
    jumping,
    seeds,
    most_hold_s=st.floats(0.05, 1.0),
    tick_s=st.sampled_from([0.0, 0.01, 0.02, 0.05, 0.1, 0.2]),
    phase=st.floats(0, 1),
)


def measured(
    board: SimulatedBoard,
    seconds: float,
    seed: int,
    *,
    counter: Callable[[float], float | None],
    power: Callable[[float], float | None],
    power_kind: PowerKind = "instant",
) -> Energy | None:
    """A window as ``EnergyWindow`` takes it, on the board's clock."""
    tally, rng = Tally(power_kind=power_kind), random.Random(seed)

    def take(t_s: float) -> None:
        tally.add(PowerPoint(t_s=t_s, call_s=0.0, energy_j=counter(t_s), power_w=power(t_s)))

    t_s = 0.0
    take(t_s)
    while t_s < seconds:
        fast = t_s < 0.25 and not tally.has_ticked
        t_s = min(t_s + (0.002 if fast else 0.02) * rng.uniform(0.6, 1.4), seconds)
        take(t_s)
    tally.end()
    while t_s < seconds + 0.25 and not tally.has_ticked and tally.has_counter:
        t_s += 0.002
        take(t_s)
    return tally.energy()


@given(boards, st.floats(0.5, 4.0), seeds)
def test_the_counter_is_within_its_bound_and_two_per_cent(
    board: SimulatedBoard, seconds: float, seed: int
) -> None:
    energy = measured(board, seconds, seed, counter=board.counter_j, power=board.power_w)
    true_j = board.joules(seconds) - board.joules(0.0)
    assert energy is not None
    assert energy.method == "counter"
    assert abs(energy.joules - true_j) <= energy.error_j + 1e-6
    assert energy.mean_power_w == pytest.approx(energy.joules / seconds)
    if seconds >= 2:
        assert energy.joules == pytest.approx(true_j, rel=0.02)


@given(boards, st.floats(0.5, 4.0), seeds)
def test_power_alone_is_within_its_bound(board: SimulatedBoard, seconds: float, seed: int) -> None:
    energy = measured(board, seconds, seed, counter=lambda t: None, power=board.power_w)
    true_j = board.joules(seconds) - board.joules(0.0)
    assert energy is not None
    assert energy.method == "integrated power"
    assert (energy.other_joules, energy.agrees) == (None, None)
    assert abs(energy.joules - true_j) <= energy.error_j + 1e-6


@given(boards, st.floats(1.0, 4.0), seeds)
def test_the_counter_alone_is_within_its_bound(
    board: SimulatedBoard, seconds: float, seed: int
) -> None:
    """Without power an end of the interval is only known to lie within a step."""
    energy = measured(board, seconds, seed, counter=board.counter_j, power=lambda t: None)
    true_j = board.joules(seconds) - board.joules(0.0)
    assert energy is not None
    assert energy.other_joules is None
    slack_j = 0.06 * FULL_W  # a step is seen up to two readings late
    assert abs(energy.joules - true_j) <= energy.error_j + slack_j


@given(
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(0, 2),
    st.sampled_from([0.0, 0.1]),
    seeds,
)
def test_a_power_averaged_over_a_second_has_a_wider_bound_that_holds(
    before: float, after: float, step_s: float, tick_s: float, seed: int
) -> None:
    board = SimulatedBoard(loads=[before, after], hold_s=[2.0 + step_s], tick_s=tick_s, phase=0.3)
    true_j = board.joules(2.0) - board.joules(0.0)
    for counter in (board.counter_j, lambda t: None):
        energy = measured(
            board,
            2.0,
            seed,
            counter=counter,
            power=board.average_w,
            power_kind="average",
        )
        assert energy is not None
        assert abs(energy.joules - true_j) <= energy.error_j + 1e-6


@given(boards, seeds)
def test_a_counter_that_goes_back_is_not_believed(board: SimulatedBoard, seed: int) -> None:
    energy = measured(
        board,
        2.0,
        seed,
        counter=lambda t: board.counter_j(t) - (1e6 if t > 1 else 0),
        power=board.power_w,
    )
    assert energy is not None
    assert energy.method == "integrated power"
    true_j = board.joules(2.0) - board.joules(0.0)
    assert abs(energy.joules - true_j) <= energy.error_j + 1e-6


def steady(seconds: float, **given: float | None) -> list[GpuReading]:
    """Ten readings a second of 500 W."""
    return [
        GpuReading(
            index=0,
            name="A GPU",
            t_s=n / 10,
            power_w=given.get("power_w", 500.0),
            energy_j=None if "energy_j" in given else 9e6 + 50.0 * n,
        )
        for n in range(round(seconds * 10) + 1)
    ]


def test_a_counter_that_stands_still_is_no_counter() -> None:
    board = SimulatedBoard(loads=[0.5], hold_s=[], tick_s=0.1, phase=0)
    energy = measured(board, 2.0, 1, counter=lambda t: 5.0, power=board.power_w)
    assert energy is not None
    assert energy.method == "integrated power"
    assert energy.joules == pytest.approx(385 * 2)


def test_two_methods_that_differ_do_not_agree() -> None:
    board = SimulatedBoard(loads=[0.5], hold_s=[], tick_s=0.1, phase=0.5)
    both = []
    for scale in (1.0, 1.04, 1.08):
        watts = 385.0 * scale
        power = functools.partial(lambda watts, t: watts, watts)
        both.append(measured(board, 2.0, 1, counter=board.counter_j, power=power))
    assert [energy and energy.agrees for energy in both] == [True, True, False]
    assert both[2] is not None
    assert both[2].joules == pytest.approx(770, rel=0.02)
    assert both[2].other_joules == pytest.approx(770 * 1.08)


def test_without_counter_and_power_there_is_no_energy() -> None:
    assert energy_of(steady(2, power_w=None, energy_j=None)) is None
    assert energy_of([]) is None
    assert energy_of(steady(0)) is None
    assert Tally().energy() is None


def test_a_recording_gives_the_energy_of_the_time_asked_for() -> None:
    readings = steady(10)
    whole = energy_of(readings, idle_power_w=70.0)
    part = energy_of(readings, since_s=2.0, until_s=7.0)
    assert whole is not None
    assert part is not None
    assert (whole.method, whole.idle_power_w, whole.agrees) == ("counter", 70.0, True)
    assert whole.joules == pytest.approx(5000, rel=1e-6)
    assert part.joules == pytest.approx(2500, rel=1e-6)
    assert part.seconds == pytest.approx(5)
    assert energy_of(reversed(readings)) == energy_of(readings)


@given(boards, st.floats(3.0, 12.0))
def test_a_recording_at_10_hz_is_within_its_bound(board: SimulatedBoard, seconds: float) -> None:
    """Coarser than the load, which holds for 45 ms or more: the counter tells all the same."""
    readings = [
        GpuReading(
            index=0,
            name="A GPU",
            t_s=n / 10,
            power_w=board.power_w(n / 10),
            energy_j=board.counter_j(n / 10),
        )
        for n in range(int(seconds * 10))
    ]
    energy = energy_of(readings, power_kind="instant")
    true_j = board.joules(readings[-1].t_s) - board.joules(0.0)
    assert energy is not None
    # A load that came and went between two readings was not seen.
    unseen_j = 2 * 0.1 * (FULL_W - IDLE_W)
    assert abs(energy.joules - true_j) <= energy.error_j + unseen_j


def test_a_reader_that_was_held_up_may_have_missed_any_power_that_it_has_seen() -> None:
    """Full, then nothing read for a fifth of a second in which the load was gone, then full."""
    points = [(0.0, IDLE_W), (0.02, FULL_W), (0.22, FULL_W), (0.24, FULL_W)]
    true_j = 0.02 * (IDLE_W + FULL_W) / 2 + 0.2 * IDLE_W + 0.02 * FULL_W
    found = []
    for held_up_s in (0.04, 1.0):
        tally = Tally(power_kind="instant", held_up_s=held_up_s)
        for t_s, power_w in points:
            tally.add(PowerPoint(t_s=t_s, call_s=0.0, energy_j=None, power_w=power_w))
        energy = tally.energy()
        assert energy is not None
        found.append(abs(energy.joules - true_j) <= energy.error_j)
    assert found == [True, False]


def test_devices_add_up_and_a_part_is_not_the_whole() -> None:
    one, two = energy_of(steady(2)), energy_of(steady(2, energy_j=None))
    both = together([one, two])
    assert one is not None
    assert two is not None
    assert both is not None
    assert both.joules == one.joules + two.joules
    assert both.error_j == one.error_j + two.error_j
    assert both.mean_power_w == pytest.approx(1000)
    assert (one.method, both.method, both.other_joules) == ("counter", "integrated power", None)
    assert together([one, None]) is None
    assert together([]) is None
