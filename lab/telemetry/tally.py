"""The arithmetic of energy: a counter's steps and sampled power made into joules and a bound."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from lab.telemetry.source import PowerKind, PowerPoint

Method: TypeAlias = Literal["counter", "integrated power"]

#: Counter and integrated power further apart than this share do not agree.
AGREEMENT: Final = 0.05
#: What boards that give no power of the moment take the average over.
AVERAGING_S: Final = 1.0
#: A power that held for so short a time may be a sensor's refresh, not a steady load.
REFRESH_S: Final = 0.12


@dataclass(frozen=True, slots=True, kw_only=True)
class Energy:
    """Energy that a device took, idle power included; the truth is within ``error_j``.

    ``seconds`` is the time covered, shorter than was asked when the device was lost
    (``is_complete`` is then false). ``other_joules`` is the figure of the other method and
    ``agrees`` whether both are within ``AGREEMENT``; ``None`` where there is one method.
    ``idle_power_w`` is what the device drew without work, when that was measured: nothing
    is subtracted.
    """

    joules: float
    error_j: float
    method: Method
    seconds: float
    mean_power_w: float
    idle_power_w: float | None = None
    other_joules: float | None = None
    agrees: bool | None = None
    is_complete: bool = True


def together(energies: Iterable[Energy | None]) -> Energy | None:
    """The energy of several devices over one interval; their errors add up.

    ``None`` without a device, or where one of them has no energy: a part is not the whole.
    """
    listed = list(energies)
    parts = [energy for energy in listed if energy is not None]
    if not parts or len(parts) < len(listed):
        return None
    joules = sum(part.joules for part in parts)
    others = [part.other_joules for part in parts]
    other_j = sum(other for other in others if other is not None) if all(others) else None
    idles = [part.idle_power_w for part in parts]
    return Energy(
        joules=joules,
        error_j=sum(part.error_j for part in parts),
        method="counter" if all(part.method == "counter" for part in parts) else "integrated power",
        seconds=max(part.seconds for part in parts),
        mean_power_w=sum(part.mean_power_w for part in parts),
        idle_power_w=sum(idle for idle in idles if idle is not None) if all(idles) else None,
        other_joules=other_j,
        agrees=None if other_j is None else _agree(joules, other_j),
        is_complete=all(part.is_complete for part in parts),
    )


def _agree(joules: float, other_j: float) -> bool:
    return abs(other_j - joules) <= AGREEMENT * max(joules, other_j)


@dataclass(frozen=True, slots=True)
class _Sum:
    """The integral of power up to a moment, and what it may be off by.

    Between two powers the truth lies between them, which bounds the trapezoid rule by half
    of each jump. ``held_j`` allows for a sensor that shows each value late, too.
    """

    t_s: float
    power_w: float | None
    joules: float = 0.0
    jumps_j: float = 0.0
    held_j: float = 0.0
    low_w: float = math.inf
    high_w: float = 0.0
    step_high_w: float = 0.0
    changed_s: float = -math.inf

    def up_to(self, point: PowerPoint, held_up_s: float) -> "_Sum":
        """The sum up to a later point; without a power there the last one holds. Over a step of
        more than ``held_up_s`` the power may have been any that was seen, not only between the
        two at its ends.
        """
        before_w = point.power_w if self.power_w is None else self.power_w
        if before_w is None:
            return _Sum(point.t_s, None)
        now_w = before_w if point.power_w is None else point.power_w
        low_w = min(self.low_w, before_w, now_w)
        high_w = max(self.high_w, before_w, now_w)
        step_s, jump_w = point.t_s - self.t_s, abs(now_w - before_w)
        # A time without a power may have had any.
        is_blind = point.power_w is None or self.power_w is None
        half_w = high_w if is_blind else jump_w / 2
        if step_s > held_up_s and not is_blind:
            mean_w = (before_w + now_w) / 2
            half_w = max(high_w - mean_w, mean_w - low_w)
        half_j = step_s * half_w
        held_s = point.t_s - self.changed_s
        late_j = held_s * jump_w / 2 if held_s <= REFRESH_S else 0.0
        return _Sum(
            t_s=point.t_s,
            power_w=now_w,
            joules=self.joules + step_s * (before_w + now_w) / 2,
            jumps_j=self.jumps_j + half_j,
            held_j=self.held_j + max(half_j, late_j),
            low_w=low_w,
            high_w=high_w,
            step_high_w=max(before_w, now_w),
            changed_s=point.t_s if jump_w else self.changed_s,
        )


@dataclass(frozen=True, slots=True)
class _Tick:
    """A step of the counter: its energy, and the sum of power there.

    ``slack_j`` is what the device took since the point before: the step was in between.
    """

    energy_j: float
    sum: _Sum
    slack_j: float


class Tally:
    """Energy of one device from its power points, added in order of time.

    The interval runs from the first point to the latest at ``end()``; points after it only
    serve to find the counter's next step. Two points further apart than ``held_up_s`` are a
    reader that was kept from reading; a recording is as coarse as it is.
    """

    def __init__(
        self, *, power_kind: PowerKind | None = "instant", held_up_s: float = math.inf
    ) -> None:
        self._power_kind = power_kind
        self._held_up_s = held_up_s
        self._start: PowerPoint | None = None
        self._sum = _Sum(0.0, None)
        self._counter: tuple[float, float] | None = None  # time and energy, last seen
        self._first: _Tick | None = None
        self._latest: _Tick | None = None
        self._stray_j = 0.0
        self._most_step_j = 0.0
        self._has_reset = False
        self._end: PowerPoint | None = None
        self._end_sum = self._sum
        self._last: PowerPoint | None = None

    @property
    def has_counter(self) -> bool:
        """Whether the device has a counter that never went back."""
        return self._counter is not None and not self._has_reset

    @property
    def has_ticked(self) -> bool:
        """Whether the counter moved: since the start, or once it is known, since the end."""
        since_s = -math.inf if self._end is None else self._end.t_s
        return self._latest is not None and self._latest.sum.t_s > since_s

    @property
    def jump_share(self) -> float:
        """The bound of the integral so far as a share of it."""
        return self._sum.jumps_j / self._sum.joules if self._sum.joules > 0 else 0.0

    def add(self, point: PowerPoint) -> None:
        """Take one more point; one that is not later than the last is passed over."""
        if self._last is None:
            self._start = point
            self._sum = _Sum(point.t_s, point.power_w)
        elif point.t_s <= self._last.t_s:
            return
        self._last = point
        self._sum = self._sum.up_to(point, self._held_up_s)
        if point.energy_j is not None:
            self._count(point, point.energy_j)

    def end(self) -> None:
        """The interval ends at the latest point."""
        if self._end is None:
            self._end, self._end_sum = self._last, self._sum

    def energy(
        self,
        *,
        edge_s: float = 0.0,
        idle_power_w: float | None = None,
        is_complete: bool = True,
    ) -> Energy | None:
        """The energy of the interval; ``None`` without counter and power, or without time.

        ``edge_s`` is how much later than asked the first and the last point were taken,
        together.
        """
        self.end()
        start, end = self._start, self._end
        if start is None or end is None or end.t_s <= start.t_s:
            return None
        counted, integrated = self._by_counter(start, end), self._by_power()
        chosen = counted or integrated
        if chosen is None:
            return None
        joules, error_j = chosen
        other_j = integrated[0] if counted and integrated else None
        edges_j = (start.call_s + end.call_s + edge_s) * self._end_sum.high_w
        return Energy(
            joules=joules,
            error_j=error_j + edges_j,
            method="counter" if counted else "integrated power",
            seconds=end.t_s - start.t_s,
            mean_power_w=joules / (end.t_s - start.t_s),
            idle_power_w=idle_power_w,
            other_joules=other_j,
            agrees=None if other_j is None else _agree(joules, other_j),
            is_complete=is_complete,
        )

    def _count(self, point: PowerPoint, energy_j: float) -> None:
        before = self._counter
        self._counter = (point.t_s, energy_j)
        if before is None or energy_j == before[1]:
            return
        if energy_j < before[1]:
            # A step back after the end is no matter of the interval's.
            self._has_reset = self._has_reset or self._end is None
            return
        self._most_step_j = max(self._most_step_j, energy_j - before[1])
        slack_s = point.t_s - before[0] + point.call_s
        tick = _Tick(energy_j, self._sum, slack_s * self._sum.step_high_w)
        latest = self._latest
        self._first = self._first or tick
        if latest is not None:
            # How far power strays from the counter in one step, beyond what sampling explains.
            stray_j = abs((energy_j - latest.energy_j) - (tick.sum.joules - latest.sum.joules))
            seen_j = tick.sum.jumps_j - latest.sum.jumps_j + tick.slack_j + latest.slack_j
            self._stray_j = max(self._stray_j, stray_j - seen_j)
        if self._end is None or not self.has_ticked:
            self._latest = tick

    def _by_power(self) -> tuple[float, float] | None:
        summed = self._end_sum
        if summed.power_w is None:
            return None
        averaged_j = AVERAGING_S * (summed.high_w - summed.low_w)
        return summed.joules, summed.held_j + (averaged_j if self._power_kind == "average" else 0.0)

    def _by_counter(self, start: PowerPoint, end: PowerPoint) -> tuple[float, float] | None:
        first, latest = self._first, self._latest
        if self._has_reset or first is None or latest is None:
            return None
        steps_s = latest.sum.t_s - first.sum.t_s
        if steps_s <= 0:
            return None
        counted_j = latest.energy_j - first.energy_j
        mean_w = counted_j / steps_s
        head_s, tail_s = first.sum.t_s - start.t_s, latest.sum.t_s - end.t_s
        begun = _Sum(start.t_s, start.power_w)
        head = self._sliver(begun, first, mean_w * head_s)
        tail = self._sliver(self._end_sum, latest, mean_w * tail_s)
        # The counter neither runs ahead of the truth nor back: it holds each end in a cage.
        head = _caged(head, start.energy_j, first.energy_j)
        if tail_s > 0:
            tail = _caged(tail, end.energy_j, latest.energy_j)
        return counted_j + head[0] - tail[0], head[1] + tail[1]

    def _sliver(self, edge: _Sum, tick: _Tick, by_mean_j: float) -> tuple[float, float]:
        """Energy from an end of the interval to a step of the counter, and its bound."""
        by_power_j = tick.sum.joules - edge.joules
        if tick.sum.power_w is None or self._power_kind == "average":
            # Nothing tells the power of so short a time: it took no more than a step has.
            joules = by_mean_j if tick.sum.power_w is None else by_power_j
            return joules, abs(joules) + self._most_step_j
        jumps_j = abs(tick.sum.jumps_j - edge.jumps_j)
        return by_power_j, jumps_j + tick.slack_j + self._stray_j


def _caged(
    sliver: tuple[float, float], shown_j: float | None, tick_j: float
) -> tuple[float, float]:
    """A sliver and its bound, held between nothing and the whole step of the counter."""
    if shown_j is None:
        return sliver
    whole_j = max(tick_j - shown_j, 0.0)
    joules = min(max(sliver[0], 0.0), whole_j)
    return joules, min(sliver[1] + abs(joules - sliver[0]), max(joules, whole_j - joules))
