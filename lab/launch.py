"""Starting lab runs: a process of their own that outlives whoever started it, ``torchrun``
for several devices, Ray for several machines.
"""

import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

from costmodel.messages import InputError
from lab import processes, runs, stopping
from lab.body import ATTACHED_TO
from lab.config import LabConfig
from lab.runs import LabRun

#: How often a follower looks at a run.
LOOK_EVERY_S: Final = 0.2
#: Where ``python -m lab...`` finds the package, installed or not.
_HERE: Final = Path(__file__).parent.parent


def start(config: LabConfig, *, attached: bool = False) -> Path:
    """Begin a run in a process of its own; its folder.

    ``attached`` runs die with the process that started them (on Linux), as a command in
    the foreground does; others outlive it.
    """
    folder = runs.create(config)
    process = spawn(folder, config, attached=attached)
    reap(process)
    return folder


def resume(folder: Path, *, attached: bool = False) -> subprocess.Popen[bytes]:
    """Go on with a run from its last checkpoint, or anew where it has none.

    Raises ``InputError`` for a run that is still live or is done.
    """
    run = runs.load(folder)
    if run.state == "done":
        raise InputError("run", "the run {name} has ended; there is no more to do", name=run.run_id)
    runs.begin_again(folder)
    return spawn(folder, run.config, attached=attached, again=True)


def spawn(
    folder: Path, config: LabConfig, *, attached: bool = False, again: bool = False
) -> subprocess.Popen[bytes]:
    """The process of a run; several under ``torchrun`` where it spreads over devices."""
    command = [*_program(config), str(folder.absolute()), *(["--resume"] if again else [])]
    return spawn_in(folder, command, attached=attached)


def spawn_in(
    folder: Path, command: list[str], *, attached: bool = False
) -> subprocess.Popen[bytes]:
    """A process that works in ``folder``, named in its event file; its words go to the log."""
    try:
        stopping.forget(folder)
        with (folder / "log.txt").open("ab") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_environment() | ({ATTACHED_TO: str(os.getpid())} if attached else {}),
                cwd=_HERE,
                start_new_session=True,
            )
        _tell_process(folder, process.pid)
    except (OSError, sqlite3.Error) as error:
        raise runs.unwritable(folder, error) from None
    return process


def reap(process: subprocess.Popen[bytes]) -> None:
    """Wait for a process that nobody else waits for: it would stay behind as a zombie."""
    threading.Thread(target=process.wait, name=f"reap {process.pid}", daemon=True).start()


def follow(folder: Path, process: subprocess.Popen[bytes] | None = None) -> Iterator[LabRun]:
    """The run as it is, several times a second, until it has ended; the last is the end."""
    while True:
        if process is not None:
            process.poll()  # else a process that has ended would linger as a zombie
        run = runs.load(folder)
        yield run
        if not run.is_live:
            return
        time.sleep(LOOK_EVERY_S)


def stop(folder: Path, *, now: bool = False) -> None:
    """Ask a run to save itself and end; with ``now`` kill it. Other machines: ask only."""
    stopping.request(folder)
    if now:
        runs.kill(folder)


def is_asked_to_stop(folder: Path) -> bool:
    """Whether the run was asked to stop, which it does at the end of what it is at."""
    return stopping.requested(folder)


def detached(arguments: list[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
    """A module of ours in a process of its own that outlives this one."""
    return subprocess.Popen(
        [sys.executable, "-m", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        env=_environment(),
        cwd=_HERE,
        start_new_session=True,
    )


def complete(model: str, prompt: str, **options: Any) -> str:
    """``prompt.complete`` in a process of its own, which imports torch."""
    return str(_prompted({"what": "complete", "model": model, "prompt": prompt, **options}))


def predict(run_id: str, texts: list[str]) -> list[dict[str, Any]]:
    """``prompt.predict`` in a process of its own."""
    found: list[dict[str, Any]] = _prompted({"what": "predict", "model": run_id, "texts": texts})
    return found


def _prompted(asked: dict[str, Any]) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "lab.prompt"],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
        env=_environment(),
        cwd=_HERE,
    )
    try:
        answer = json.loads(done.stdout.splitlines()[-1])
    except (ValueError, IndexError):
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        raise InputError(
            "model", "the model could not be used: {reason}", reason=last[:200]
        ) from None
    return _unless_refused(answer)["found"]


def _unless_refused(answer: dict[str, Any]) -> dict[str, Any]:
    """What a process of ours answered. Raises the ``InputError`` that it met."""
    if "refused" in answer:
        message = runs.message_from_json(answer["refused"])
        raise InputError(answer["field"], message.text, **message.params)
    return answer


def _environment() -> dict[str, str]:
    """Quiet and steady: no network, nothing held back in buffers."""
    return {**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONUNBUFFERED": "1"}


def _program(config: LabConfig) -> list[str]:
    if config.n_devices == 1:
        return [sys.executable, "-m", "lab.worker"]
    return _torchrun(config.n_devices, "lab.worker")


def _torchrun(n_devices: int, module: str) -> list[str]:
    return [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        f"--nproc-per-node={n_devices}",
        "--module",
        module,
    ]


def _tell_process(folder: Path, pid: int) -> None:
    """Name the process at once: it takes seconds until it can do so itself."""
    from lab.events import Events

    with Events(folder) as events:
        events.put_process(processes.facts_of(pid))


def device_kind(device: str) -> str:
    """``gpu`` where a run with this device computes on one, else ``cpu``.

    Asked of torch in a process of its own: importing it here would cost seconds.
    """
    if device == "cpu":
        return "cpu"
    if device.startswith("cuda"):
        return "gpu"
    found = _asked([sys.executable, "-c", "import torch; print(torch.cuda.is_available())"])
    return "gpu" if found.strip() == "True" else "cpu"


def bench(*, device: str = "auto", seconds: float = 1.0, n_devices: int = 1) -> dict[str, Any]:
    """The ceilings of this machine, in the fields of ``assay lab bench --json``.

    Raises ``InputError`` where the bench fails, with its last word.
    """
    options = ["--device", device, "--seconds", f"{seconds:g}"]
    if n_devices > 1:
        command = _torchrun(n_devices, "lab.bench_worker")
    else:
        command = [sys.executable, "-m", "lab.bench_worker"]
    found: dict[str, Any] = json.loads(_asked([*command, *options]).splitlines()[-1])
    return _unless_refused(found)


def _asked(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=_HERE)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        raise InputError("device", "the bench failed: {reason}", reason=last[:200])
    return done.stdout
