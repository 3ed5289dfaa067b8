"""The NVIDIA driver as a source, through ``pynvml`` of nvidia-ml-py and nothing else."""

import threading
import time
from collections.abc import Collection
from typing import Any, Final

from costmodel.messages import Message, Part
from lab.telemetry import calls
from lab.telemetry.board import Board
from lab.telemetry.calls import Calls, DeviceLostError, NoAnswerError
from lab.telemetry.readings import GpuReading
from lab.telemetry.source import (
    Device,
    MissingMetric,
    NoSource,
    PowerKind,
    PowerPoint,
    Source,
    SourceKind,
    SourceState,
    StateKind,
    match_device,
)

_NO_PACKAGE: Final = Message(
    "The Python package nvidia-ml-py is not installed, so GPUs are not read; "
    "run: pip install nvidia-ml-py"
)
_OTHER_PACKAGE: Final = Message(
    "The module pynvml is not NVIDIA's own, so GPUs are not read; run: pip uninstall pynvml, "
    "then: pip install --force-reinstall nvidia-ml-py"
)
_NO_DRIVER: Final = Message(
    "No NVIDIA driver was found, so there is no GPU to read. Where the machine has one, install "
    "its driver; start a container with --gpus all"
)
_NOT_LOADED: Final = Message(
    "The NVIDIA driver is installed but not loaded; nvidia-smi says why, and often a restart of "
    "the machine helps"
)
_MISMATCHED: Final = Message(
    "The NVIDIA driver was updated while its older kernel module runs on; restart the machine"
)
_REFUSED: Final = Message(
    "The NVIDIA driver refused access; let this user read /dev/nvidia*, or start the container "
    "with --gpus all"
)
_EMPTY: Final = Message(
    "The NVIDIA driver works but shows no GPU; start a container with --gpus all"
)
_ALL_LOST: Final = Message("No GPU answers any more; the run goes on without their readings")
#: What an error of ``nvmlInit`` says of the driver, by NVML's code.
_INIT_STATES: Final = {
    4: SourceState(kind="refused", messages=(_REFUSED,)),
    9: SourceState(kind="missing", messages=(_NOT_LOADED,)),
    12: SourceState(kind="missing", messages=(_NO_DRIVER,)),
    17: SourceState(kind="refused", messages=(_REFUSED,)),
    18: SourceState(kind="mismatched", messages=(_MISMATCHED,)),
}
_NAMELESS: Final = "NVIDIA GPU"


def open_nvml() -> Source:
    """The driver's devices; a source of kind ``none`` that says why when there is no driver."""
    try:
        import pynvml
    except ImportError:
        return NoSource(SourceState(kind="package", messages=(_NO_PACKAGE,)))
    if not hasattr(pynvml, "_nvmlGetFunctionPointer"):
        return NoSource(SourceState(kind="package", messages=(_OTHER_PACKAGE,)))
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        return NoSource(_INIT_STATES.get(error.value) or _failed(error))
    try:
        return NvmlSource(pynvml)
    except pynvml.NVMLError as error:
        pynvml.nvmlShutdown()
        return NoSource(_INIT_STATES.get(error.value) or _failed(error))


def _failed(error: Exception) -> SourceState:
    problem = Message(
        "The NVIDIA driver answered: {problem}. Run nvidia-smi to see whether it works",
        {"problem": str(error)},
    )
    return SourceState(kind="failed", messages=(problem,))


class NvmlSource:
    """The devices of an initialised driver; a lost one drops out, the others go on.

    Holds one of NVML's initialisations and gives it back on ``close``. Raises ``NVMLError``
    where the driver does not even count its devices.
    """

    kind: SourceKind = "nvml"

    def __init__(self, nvml: Any) -> None:
        self._nvml = nvml
        self._lock = threading.Lock()
        self._devices: list[Device] = []
        self._boards: dict[int, Board] = {}
        self._lost_at_s: dict[int, float] = {}
        self._unreachable: list[Message] = []
        self._unreachable_kind: StateKind = "failed"
        self._open = True
        self._clock_s = -time.monotonic()  # from ``time.monotonic`` to the clock of ``read``
        n_devices = nvml.nvmlDeviceGetCount()
        self.driver: str | None = self._driver()
        for index in range(n_devices):
            self._add(index)

    @property
    def state(self) -> SourceState:
        """How the devices fare: those lost, when, and what to do."""
        lost = tuple(sorted(self._lost_at_s.items()))
        by_index = {device.index: device for device in self._devices}
        messages = (*self._unreachable, *(_lost(by_index[index], t_s) for index, t_s in lost))
        if len(lost) < len(self._devices):
            kind: StateKind = "partly_lost" if messages else "ok"
            return SourceState(kind=kind, messages=messages, lost_at_s=lost)
        if lost:
            return SourceState(kind="lost", messages=(*messages, _ALL_LOST), lost_at_s=lost)
        if messages:
            return SourceState(kind=self._unreachable_kind, messages=messages)
        return SourceState(kind="empty", messages=(_EMPTY,))

    @property
    def missing(self) -> tuple[MissingMetric, ...]:
        """What the devices do not report."""
        return tuple(missed for board in self._boards.values() for missed in board.missing)

    def devices(self) -> tuple[Device, ...]:
        """The devices, also those that stopped answering."""
        return tuple(self._devices)

    def read(self, t_s: float, devices: Collection[int] | None = None) -> list[GpuReading]:
        """The devices that answer now, stamped ``t_s``."""
        self._clock_s = t_s - time.monotonic()
        readings = []
        for index, board in self._boards.items():
            if (devices is not None and index not in devices) or not self._answers(index):
                continue
            try:
                with self._lock:
                    readings.append(board.read(t_s))
            except DeviceLostError:
                self._lose(index, t_s)
        return readings

    def power_point(self, index: int) -> PowerPoint | None:
        """Energy and power of a device; ``None`` when it does not answer."""
        board = self._boards.get(index)
        if board is None or not self._answers(index):
            return None
        try:
            return board.power_point()
        except DeviceLostError:
            self._lose(index, self._clock_s + time.monotonic())
            return None

    def power_kind(self, index: int) -> PowerKind | None:
        """Whether a device's power is of the moment or an average; ``None`` without a sensor."""
        board = self._boards.get(index)
        return None if board is None else board.power_kind

    def device_for(self, name: str) -> int | None:
        """The index of the device with this UUID, MIG instance or PCI bus id."""
        found = match_device(self._devices, name)
        if found is not None or not name.upper().startswith("MIG-") or not self._open:
            return found
        nvml = self._nvml
        try:
            instance = nvml.nvmlDeviceGetHandleByUUID(name)
            parent = nvml.nvmlDeviceGetDeviceHandleFromMigDeviceHandle(instance)
            return int(nvml.nvmlDeviceGetIndex(parent))
        except nvml.NVMLError:
            return None

    def close(self) -> None:
        """Give back this source's initialisation of NVML."""
        if self._open:
            self._open = False
            try:
                self._nvml.nvmlShutdown()
            except self._nvml.NVMLError:
                return  # another user of NVML shut it down too often

    def _lose(self, index: int, t_s: float) -> None:
        if self._open:  # else its end is ours
            self._lost_at_s.setdefault(index, t_s)

    def _answers(self, index: int) -> bool:
        return self._open and index not in self._lost_at_s

    def _driver(self) -> str | None:
        try:
            return calls.text_of(self._nvml.nvmlSystemGetDriverVersion())
        except self._nvml.NVMLError:
            return None

    def _handle(self, index: int) -> Any:
        try:
            return self._nvml.nvmlDeviceGetHandleByIndex(index)
        except self._nvml.NVMLError as error:
            if error.value in calls.GONE:
                raise DeviceLostError from error
            raise

    def _add(self, index: int) -> None:
        """A device, as far as it answers; one that is lost already stays on the list."""
        name: str = _NAMELESS
        uuid: str | None = None
        try:
            handle = self._handle(index)
            asked = Calls(self._nvml, handle)
            name = _told(asked, "nvmlDeviceGetName") or _NAMELESS
            uuid = _told(asked, "nvmlDeviceGetUUID")
            board = Board(self._nvml, index, handle, name=name, uuid=uuid)
        except DeviceLostError:
            self._devices.append(Device(index=index, name=name, uuid=uuid))
            self._lost_at_s[index] = 0.0
        except self._nvml.NVMLError as error:
            if error.value in calls.REFUSED:
                self._unreachable_kind = "refused"
            params: dict[str, Part] = {"index": index, "problem": str(error)}
            self._unreachable.append(
                Message("GPU {index} cannot be read; the driver answered: {problem}", params)
            )
        else:
            self._devices.append(board.device)
            self._boards[index] = board


def _told(asked: Calls, function: str) -> str | None:
    try:
        return calls.text_of(asked.ask(function))
    except NoAnswerError:
        return None


def _lost(device: Device, t_s: float) -> Message:
    return Message(
        "GPU {index} ({name}) stopped answering after {t_s} s; its readings end there. Look for "
        "Xid in the kernel log (dmesg), and restart the machine if it does not come back",
        {"index": device.index, "name": device.name, "t_s": round(t_s, 1)},
    )
