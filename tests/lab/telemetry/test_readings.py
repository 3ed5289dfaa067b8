"""A reading survives its recording, and what is unknown stays unknown."""

import json
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costmodel.messages import InputError
from lab.telemetry.readings import (
    GpuProcess,
    GpuReading,
    HostReading,
    idle_power_w,
    throttle_names,
    throttled_between,
)
from lab.telemetry.replay import ReplaySource, read_recording, write_recording
from lab.telemetry.report import THROTTLE_NAMES
from lab.telemetry.source import METRICS, open_source, visible_indices

finite = st.floats(allow_nan=False, allow_infinity=False)
count = st.integers(0, 2**63)
readings = st.builds(
    GpuReading,
    index=st.integers(0, 15),
    name=st.text(max_size=20),
    t_s=finite,
    uuid=st.none() | st.text(max_size=8),
    memory_used_bytes=st.none() | count,
    utilization=st.none() | st.floats(0, 1),
    power_w=st.none() | finite,
    energy_j=st.none() | finite,
    throttle_reasons=st.none() | st.lists(st.text(max_size=5)).map(tuple),
    throttled_s=st.none() | st.dictionaries(st.text(max_size=5), finite),
    ecc_corrected=st.none() | count,
    processes=st.none()
    | st.lists(
        st.builds(
            GpuProcess,
            pid=count,
            name=st.none() | st.text(max_size=5),
            memory_bytes=st.none() | count,
        )
    ).map(tuple),
)


def at(t_s: float, index: int = 0, **given: object) -> GpuReading:
    return GpuReading.from_json({"index": index, "name": "A GPU", "t_s": t_s} | given)


@given(readings)
def test_a_reading_comes_back_from_its_json(reading: GpuReading) -> None:
    shown = json.loads(json.dumps(reading.as_json()))
    assert GpuReading.from_json(shown) == reading
    assert None not in shown.values()


def test_a_bare_reading_knows_nothing_but_its_device_and_time() -> None:
    reading = at(1.5)
    assert reading.as_json() == {"index": 0, "name": "A GPU", "t_s": 1.5}
    unknown = {f.name for f in fields(reading)} - {"index", "name", "t_s"}
    assert all(getattr(reading, name) is None for name in unknown)
    assert set(METRICS) <= unknown


def test_a_host_reading_comes_back_from_its_json() -> None:
    reading = HostReading(t_s=2.0, contention=0.25)
    assert reading.as_json() == {"t_s": 2.0, "contention": 0.25}
    assert HostReading.from_json(reading.as_json()) == reading


@given(st.integers(0, 2**16 - 1))
def test_every_bit_but_idling_has_a_name(bits: int) -> None:
    names = throttle_names(bits)
    assert len(set(names)) == len(names) == (bits & ~1).bit_count()
    assert all(name in THROTTLE_NAMES or name.startswith("unknown_0x") for name in names)


def test_an_idle_device_is_not_throttled() -> None:
    assert throttle_names(0x1) == ()
    assert throttle_names(0x45) == ("sw_power_cap", "hw_thermal_slowdown")


def test_throttling_is_the_difference_and_unknown_without_a_counter() -> None:
    first = at(0, throttled_s={"sw_power_cap": 5.0, "thermal": 1.0, "low_utilization": 0.0})
    last = at(9, throttled_s={"sw_power_cap": 7.5, "thermal": 1.0, "low_utilization": 8.0})
    assert throttled_between(first, last) == {"sw_power_cap": 2.5}
    assert throttled_between(last, first) == {}  # the driver was reloaded in between
    assert throttled_between(first, at(9)) is None


def test_idle_power_is_of_the_readings_without_work() -> None:
    taken = [
        at(0, power_w=70, utilization=0.0),
        at(1, power_w=72, utilization=0.0),
        at(2, power_w=600, utilization=0.9),
        at(3, power_w=90),
    ]
    assert idle_power_w(taken) == 71
    assert idle_power_w(taken[2:]) is None


# --- recordings -----------------------------------------------------------------------------


def test_a_recording_plays_as_it_was_taken(tmp_path: Path) -> None:
    path = tmp_path / "readings.jsonl"
    taken = [
        at(t / 10, i, uuid=f"GPU-{i}", power_w=100.0 * i + t) for t in range(5) for i in (0, 3)
    ]
    write_recording(path, taken)
    assert read_recording(path) == taken

    source = open_source("replay", recording=path)
    assert (source.kind, source.state.kind) == ("replay", "ok")
    assert [device.index for device in source.devices()] == [0, 3]
    assert [r.power_w for r in source.read(0.25)] == [2.0, 302.0]
    assert [r.power_w for r in source.read(0.4, devices=[3])] == [304.0]
    assert {m.metric for m in source.missing} == set(METRICS) - {"power_w"}
    assert visible_indices(source, {"CUDA_VISIBLE_DEVICES": "GPU-3"}) == [3]
    assert source.read(9.0) == []
    assert source.state.kind == "ended"


def test_a_device_that_stopped_in_the_recording_stops_in_the_replay() -> None:
    taken = [at(float(t)) for t in range(20)] + [at(float(t), 1) for t in range(5)]
    source = ReplaySource(taken)
    assert [r.index for r in source.read(4.5)] == [0, 1]
    assert [r.index for r in source.read(8.0)] == [0]
    assert (source.state.kind, source.state.lost_at_s) == ("partly_lost", ((1, 4.0),))
    assert str(source.state.messages[0]) == "GPU 1 has no readings after 4.0 s of the recording"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"index": 0, "name": "A", "t_s": 0}\n{"index": 0}\n', "line 2 of r.jsonl is no reading"),
        ("[1, 2]\n", "line 1 of r.jsonl is no reading"),
        ('{"index": 0, "name": "A", "t_s": 0, "processes": 3}', "line 1 of r.jsonl"),
        ("\n\n", "r.jsonl holds no reading"),
        ("PK\x03\x04", "line 1 of r.jsonl"),
    ],
)
def test_what_is_no_recording_is_refused_at_its_line(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=says):
        open_source("replay", recording=path)


def test_a_recording_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read as a recording"):
        open_source("auto", recording=tmp_path / "none.jsonl")
    with pytest.raises(InputError, match="a replay needs a recording"):
        open_source("replay")


def test_an_unknown_source_is_refused_and_none_is_off() -> None:
    with pytest.raises(InputError, match="nvml"):
        open_source("nvlm")
    source = open_source("none")
    assert (source.kind, source.state.kind, source.read(0.0)) == ("none", "off", [])
