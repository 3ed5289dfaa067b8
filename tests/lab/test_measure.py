"""Which devices a run is charged for, and when it has no energy at all."""

from types import SimpleNamespace

import pytest
import torch

from lab.measure import Measurement, OwnDevices, own_devices
from lab.task import Setting
from lab.telemetry.source import Device, match_device
from lab.telemetry.tally import Energy


class Boards:
    """A source of these boards that answers for nothing else."""

    kind = "nvml"

    def __init__(self, *boards: Device) -> None:
        self._boards = boards

    def devices(self) -> tuple[Device, ...]:
        return self._boards

    def device_for(self, name: str) -> int | None:
        return match_device(self._boards, name)


def charged(
    monkeypatch: pytest.MonkeyPatch, boards: Boards, *uuids: str, index: int = 0
) -> OwnDevices:
    """The devices of a run on CUDA devices with these UUIDs, one rank on each."""
    monkeypatch.setattr(
        torch.cuda, "get_device_properties", lambda place: SimpleNamespace(uuid=uuids[place])
    )
    setting = Setting(
        device=torch.device("cuda", index), precision="bf16", world=len(uuids) if not index else 1
    )
    return own_devices(boards, setting)  # type: ignore[arg-type]


def board(index: int, uuid: str | None, *, is_mig: bool = False) -> Device:
    return Device(index=index, name="H100", uuid=uuid, is_mig=is_mig)


def test_a_device_is_found_by_its_uuid_in_whatever_order(monkeypatch: pytest.MonkeyPatch) -> None:
    boards = Boards(board(0, "GPU-aaa"), board(1, "GPU-bbb"))
    assert charged(monkeypatch, boards, "bbb", "aaa").indices == (1, 0)
    assert charged(monkeypatch, boards, "aaa", "bbb", index=1).indices == (1,)


def test_a_board_that_cannot_be_read_is_not_replaced_by_its_neighbour(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    own = charged(monkeypatch, Boards(board(1, "GPU-bbb")), "aaa")
    assert own == OwnDevices(n_unread=1)
    assert [note.params for note in own.notes] == [{"n": 1}]


def test_where_the_driver_tells_no_uuid_the_place_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    own = charged(monkeypatch, Boards(board(0, None), board(1, None)), "aaa")
    assert own == OwnDevices(indices=(1,))


def test_a_part_of_a_board_is_not_charged_with_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "MIG-GPU-aaa/1/0")
    own = charged(monkeypatch, Boards(board(0, "GPU-aaa", is_mig=True)), "c0ffee")
    assert own == OwnDevices(indices=(0,), divided=(0,))
    assert not own.are_whole
    assert len(own.notes) == 1


@pytest.mark.parametrize(
    ("own", "joules"),
    [
        (OwnDevices(indices=(0,)), 90.0),
        (OwnDevices(indices=(0,), n_unread=1), None),
        (OwnDevices(indices=(0,), divided=(0,)), None),
        (OwnDevices(), None),
    ],
)
def test_a_run_has_the_energy_of_whole_boards_or_none(
    own: OwnDevices, joules: float | None
) -> None:
    energy = Energy(joules=90.0, error_j=1.0, method="counter", seconds=1.0, mean_power_w=90.0)
    measured = Measurement(
        seconds=1.0,
        energy={0: energy},
        own=own,
        contention=0.0,
        cpu_share=0.5,
        peak_memory_bytes=1,
        throttled_share=None,
        throttled_s=None,
        telemetry="nvml",
        n_readings=1,
        n_missed=0,
        since_step=0,
    ).as_json(items=30, unit="tokens")
    assert measured["energy_j"] == joules
    assert measured["joules_per_token"] == (None if joules is None else 3.0)
    assert measured["gpus"][0]["energy_j"] == 90.0
