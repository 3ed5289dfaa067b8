"""A sampler keeps its rate, counts what it missed and survives what fails."""

import math
import time
from collections.abc import Collection, Sequence

from hypothesis import given
from hypothesis import strategies as st

from lab.telemetry.readings import GpuReading, HostReading
from lab.telemetry.sampler import Sampler, missed_ticks
from lab.telemetry.source import NoSource, SourceState


class Counting(NoSource):
    """One device whose readings count up."""

    def __init__(self, *, slow_s: float = 0.0, fails: bool = False) -> None:
        super().__init__(SourceState())
        self._slow_s, self._fails = slow_s, fails
        self.asked: list[Collection[int] | None] = []

    def read(self, t_s: float, devices: Collection[int] | None = None) -> list[GpuReading]:
        self.asked.append(devices)
        time.sleep(self._slow_s)
        if self._fails:
            raise RuntimeError("no\nluck")
        return [GpuReading(index=0, name="A GPU", t_s=t_s)]


class Kept:
    """What a sampler handed on."""

    def __init__(self) -> None:
        self.t_s: list[float] = []
        self.hosts: list[HostReading] = []

    def __call__(self, readings: Sequence[GpuReading], host: HostReading | None) -> None:
        self.t_s += [reading.t_s for reading in readings]
        self.hosts += [] if host is None else [host]


@given(st.integers(0, 10**9), st.floats(0, 1e5), st.floats(0.1, 1000))
def test_the_next_tick_is_the_first_that_is_not_due_yet(
    tick: int, elapsed_s: float, hz: float
) -> None:
    following = tick + missed_ticks(tick, elapsed_s, hz=hz) + 1
    assert following > tick
    assert following > elapsed_s * hz - 1e-9 * max(1.0, elapsed_s * hz)
    # None is left out before its time.
    assert following == tick + 1 or following - 1 <= elapsed_s * hz


def test_ticks_fall_on_multiples_of_the_period_whatever_a_reading_takes() -> None:
    """Sleeping the period after each reading would take 1.5 periods a tick."""
    kept = Kept()
    began = time.monotonic()
    with Sampler(Counting(slow_s=0.02), hz=25, on_readings=kept) as sampler:
        time.sleep(1.0)
    most = (time.monotonic() - began) * 25 + 2
    ticks = [math.floor(t_s * 25 + 0.01) for t_s in kept.t_s]
    late = sorted(t_s * 25 - tick for t_s, tick in zip(kept.t_s, ticks, strict=True))

    assert len(set(ticks)) == len(ticks), "two readings in one period"
    assert late[len(late) // 2] < 0.25
    assert ticks[-1] + 1 <= len(ticks) + sampler.n_missed <= most


def test_a_reading_slower_than_the_period_leaves_ticks_out() -> None:
    kept = Kept()
    with Sampler(Counting(slow_s=0.06), hz=50, on_readings=kept) as sampler:
        time.sleep(0.5)
    assert sampler.n_missed >= 2 * (len(kept.t_s) - 1) > 0
    assert all(b - a > 0.06 for a, b in zip(kept.t_s, kept.t_s[1:], strict=False))
    assert sampler.state.n_failed == 0


def test_what_the_receiver_raises_is_kept_and_sampling_goes_on() -> None:
    def full(readings: Sequence[GpuReading], host: HostReading | None) -> None:
        raise OSError(28, "No space left on device")

    with Sampler(Counting(), hz=100, on_readings=full) as sampler:
        time.sleep(0.2)
    state = sampler.state
    assert state.n_failed == state.n_ticks > 1
    assert state.failure == "OSError: [Errno 28] No space left on device"
    assert str(state.messages[0]).startswith(f"{state.n_failed} rounds of readings were lost")


def test_a_source_that_raises_is_survived() -> None:
    with Sampler(Counting(fails=True), hz=100, on_readings=Kept()) as sampler:
        time.sleep(0.1)
    assert sampler.state.n_failed == sampler.state.n_ticks > 1
    assert sampler.state.failure == "RuntimeError: no luck"


def test_the_host_is_read_beside_the_devices_and_without_any() -> None:
    kept = Kept()
    with Sampler(NoSource(SourceState(kind="missing")), hz=50, on_readings=kept) as sampler:
        time.sleep(0.8)
    assert kept.t_s == []
    assert 1 <= len(kept.hosts) <= 3
    assert kept.hosts[0].contention is None  # no time had passed
    assert (kept.hosts[0].rss_bytes or 0) > 0
    assert sampler.state.messages == ()


def test_only_the_devices_asked_for_are_read() -> None:
    source = Counting()
    with Sampler(source, hz=50, on_readings=Kept(), devices=[2]):
        time.sleep(0.05)
    assert source.asked
    assert all(devices == [2] for devices in source.asked)


def test_time_counts_from_the_origin_that_is_given() -> None:
    kept = Kept()
    with Sampler(Counting(), hz=50, on_readings=kept, origin_s=time.monotonic() - 100):
        time.sleep(0.05)
    assert 100 <= kept.t_s[0] < 101


def test_a_sampler_may_be_stopped_twice_and_before_it_starts() -> None:
    Sampler(Counting(), on_readings=Kept()).stop()
    sampler = Sampler(Counting(), on_readings=Kept())
    sampler.start()
    sampler.stop()
    sampler.stop()
    assert sampler.state.n_ticks == 1
