"""Who used the processors: this process with its children, or others."""

import json
import os
import subprocess
import sys
import time

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.telemetry import host
from lab.telemetry.host import ContentionMeter, CpuTimes, HostSampler, shares_between

cpu_s = st.floats(0, 1e6)

BURN = "import time\nwhile time.process_time() < {s}: pass"


def test_what_neither_idled_nor_was_ours_others_took() -> None:
    first = CpuTimes(total_s=100, unused_s=50, own_s=20)
    shares = shares_between(first, CpuTimes(total_s=110, unused_s=54, own_s=23))
    assert shares is not None
    assert shares.own == pytest.approx(0.3)
    assert shares.contention == pytest.approx(0.3)


@given(st.builds(CpuTimes, total_s=cpu_s, unused_s=cpu_s, own_s=cpu_s), cpu_s, cpu_s, cpu_s)
def test_shares_are_shares_whatever_the_kernel_counts(
    first: CpuTimes, total_s: float, unused_s: float, own_s: float
) -> None:
    last = CpuTimes(
        total_s=first.total_s + total_s,
        unused_s=first.unused_s + unused_s,
        own_s=first.own_s + own_s,
    )
    shares = shares_between(first, last)
    if last.total_s == first.total_s:
        assert shares is None
    else:
        assert shares is not None
        assert 0 <= shares.own <= 1
        assert 0 <= shares.contention <= 1


def test_stolen_time_is_contention(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hypervisor that gives the machine half of a processor is another user of it."""
    times = psutil.cpu_times(percpu=True)[0]
    assert hasattr(times, "steal") or sys.platform != "linux"
    if not hasattr(times, "steal"):
        pytest.skip("this system does not tell stolen time")
    zero = times._replace(**dict.fromkeys(times._fields, 0.0))
    monkeypatch.setattr(psutil, "cpu_times", lambda percpu: [zero])
    meter = ContentionMeter()
    later = zero._replace(idle=1e6, steal=1e6)
    monkeypatch.setattr(psutil, "cpu_times", lambda percpu: [later])
    assert meter.share() == pytest.approx(0.5, abs=1e-3)


def test_without_processor_times_contention_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(percpu: bool) -> None:
        raise OSError("no /proc")

    monkeypatch.setattr(psutil, "cpu_times", refused)
    meter = ContentionMeter()
    assert meter.shares() is None
    assert meter.share() is None
    reading = HostSampler().read(0.0)
    assert (reading.contention, reading.cpu_share) == (None, None)


def test_the_time_of_a_child_is_ours_also_once_it_is_gone() -> None:
    tree = host._Tree(None)
    before = tree.cpu_times(fresh=True)
    subprocess.run([sys.executable, "-c", BURN.format(s=0.3)], check=True)
    after = tree.cpu_times(fresh=True)
    assert before is not None
    assert after is not None
    assert after.own_s - before.own_s >= 0.28


def test_the_time_and_memory_of_a_living_child_are_ours() -> None:
    tree = host._Tree(None)
    before, alone = tree.cpu_times(fresh=True), tree.rss_bytes()
    code = BURN.format(s=0.2) + "\nprint('done', flush=True)\ninput()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        after, both = tree.cpu_times(fresh=True), tree.rss_bytes()
        child.communicate(b"\n")
    assert before is not None
    assert after is not None
    assert after.own_s - before.own_s >= 0.18
    assert both is not None
    assert alone is not None
    assert both - alone > 2**20


@pytest.mark.parametrize(("root", "is_own"), [("os.getppid()", True), ("None", False)])
def test_the_other_ranks_of_a_job_are_its_own(root: str, is_own: bool) -> None:
    """As under torchrun: what measures is one of several that a launcher has started."""
    rank = (
        "import json, os, time; from lab.telemetry.host import ContentionMeter\n"
        f"meter = ContentionMeter({root}); began = time.monotonic()\n"
        "print('ready', flush=True); input()\n"
        "own = meter.shares().own; print(json.dumps([own, time.monotonic() - began]))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", rank], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as measuring:
        assert measuring.stdout is not None
        measuring.stdout.readline()
        subprocess.run([sys.executable, "-c", BURN.format(s=0.5)], check=True)
        own, took_s = json.loads(measuring.communicate(b"\n")[0])
    n_cpus = len(host.allowed_cpus() or ()) or os.cpu_count() or 1
    assert (own * took_s * n_cpus > 0.4) is is_own


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no orphan processes here")
def test_the_time_of_a_stranger_is_contention() -> None:
    """A process whose parent left it belongs to nobody here."""
    meter = ContentionMeter()
    burner = BURN.format(s=0.5) + "\nprint('done')"
    leave = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {burner!r}])"
    # The pipe stays open until the stranger is done.
    subprocess.run([sys.executable, "-c", leave], check=True, stdout=subprocess.PIPE)
    shares = meter.shares()
    assert shares is not None
    n_cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert shares.contention > 0.2 / (n_cpus or 1)


def test_a_host_reading_looks_back_about_a_second() -> None:
    sampler = HostSampler()
    assert sampler.read(0.0).cpu_share is None
    until = time.process_time() + 0.15
    while time.process_time() < until:
        pass
    reading = sampler.read(0.2)
    assert reading.cpu_share is not None
    assert reading.cpu_share > 0
    for tick in range(1, 6):
        sampler.read(0.2 + tick)
    assert len(sampler._past) <= 3
