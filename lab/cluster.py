"""Many lab jobs on many machines, by Ray: the same run folder, the same events.

Ray is an optional extra. The runs folder must be one that every machine of the cluster
sees, as its home folders usually are, and each needs Assay and its lab installed.
"""

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from costmodel.messages import InputError, Message
from lab import processes, runs
from lab.config import LabConfig
from lab.events import Events
from lab.runs import LabRun

#: ``--on local`` starts a Ray of this machine alone.
LOCAL: Final = "local"
#: A run that waits for a machine says this often that it is not dead.
_BEAT_EVERY_S: Final = processes.SILENCE_S / 4


def train(config: LabConfig, *, address: str) -> LabRun:
    """Train on the Ray cluster at ``address`` (``ray://host:port``, ``auto`` or ``local``).

    Waits for the end. Raises ``InputError`` where Ray is not installed or does not answer.
    """
    return train_all([config], address=address)[0]


def train_all(configs: Sequence[LabConfig], *, address: str) -> list[LabRun]:
    """Train many runs over the cluster's devices at once; Ray queues what does not fit.

    Raises ``InputError`` too for a job that fits no machine of the cluster.
    """
    try:
        import ray
    except ImportError:
        raise InputError(
            "on", "Ray is not installed; install the extra: pip install 'assay[ray]'"
        ) from None
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Assay sends nothing anywhere
    try:
        if address == LOCAL:
            ray.init(include_dashboard=False, log_to_driver=False)
        else:
            ray.init(address=address, log_to_driver=False)
    except Exception as error:  # noqa: BLE001 -- Ray's connection errors have no common kind
        raise InputError(
            "on",
            "no Ray cluster answers at {address} ({reason}); start one with ray start, or write "
            "local",
            address=address,
            reason=type(error).__name__,
        ) from None
    try:
        machines = [node["Resources"] for node in ray.nodes() if node["Alive"]]
        needs = [needed(config, machines) for config in configs]
        folders = [runs.create(config, shared=address != LOCAL) for config in configs]
        work = ray.remote(_work)
        jobs = {
            work.options(**need, max_retries=0).remote(str(folder)): folder
            for need, folder in zip(needs, folders, strict=True)
        }
        waiting = list(jobs)
        while waiting:
            ended, waiting = ray.wait(waiting, num_returns=1, timeout=_BEAT_EVERY_S)
            for job in ended:
                _look(ray, job, jobs[job])
            for job in waiting:
                _beat(jobs[job])
    finally:
        ray.shutdown()
    return [runs.load(folder) for folder in folders]


def needed(config: LabConfig, machines: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """What a job asks Ray for: its GPUs, or the cores that its threads keep busy.

    Without ``threads`` a run takes all cores of a machine, here those of the smallest, so
    that two jobs do not fight for them. Raises ``InputError`` for more GPUs than any
    machine of the cluster has: Ray would wait for them for ever.
    """
    most_gpus = max((int(machine.get("GPU", 0)) for machine in machines), default=0)
    if config.device != "cpu" and (most_gpus or config.device != "auto"):
        if config.n_devices > most_gpus:
            raise InputError(
                "n_devices",
                "no machine of the cluster has {n} GPUs; the most that one has is {most}",
                n=config.n_devices,
                most=most_gpus,
            )
        return {"num_gpus": config.n_devices}
    cores = [machine["CPU"] for machine in machines if machine.get("CPU")]
    least = min(cores, default=1.0)
    wanted = least if config.threads is None else config.threads * config.n_devices
    return {"num_cpus": max(1.0, min(wanted, max(cores, default=1.0)))}


def _look(ray: Any, job: Any, folder: Path) -> None:
    """Say in the run's own events where Ray, not the run, failed."""
    try:
        ray.get(job)
    except Exception as error:  # noqa: BLE001 -- a lost machine, a missing package: many kinds
        if runs.load(folder).is_live:
            why = Message(
                "Ray could not finish the run on its machine ({kind}); resume it, or look at "
                "Ray's own logs.",
                {"kind": type(error).__name__},
            )
            with Events(folder) as events:
                events.put_meta(state="failed", why=runs.message_to_json(why))


def _beat(folder: Path) -> None:
    """A run that no machine has begun has no process to speak for it."""
    with Events(folder) as events:
        if "pid" not in events.meta():
            events.put_meta(beat=time.time())


def _work(folder: str) -> int:
    """On a machine of the cluster: the run, in a process of its own."""
    from lab import config as configs
    from lab import launch

    path = Path(folder)
    process = launch.spawn(path, configs.load(path / "config.json"), attached=True)
    return process.wait()
