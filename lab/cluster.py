"""Many lab jobs on many machines, by Ray: the same run folder, the same events.

Ray is an optional extra. The runs folder must be one that every machine of the cluster
sees, as its home folders usually are.
"""

from pathlib import Path
from typing import Any, Final

from costmodel.messages import InputError
from lab import runs
from lab.config import LabConfig
from lab.runs import LabRun

#: ``--on local`` starts a Ray of this machine alone.
LOCAL: Final = "local"


def train(config: LabConfig, *, address: str) -> LabRun:
    """Train on the Ray cluster at ``address`` (``ray://host:port``, ``auto`` or ``local``).

    Waits for the end. Raises ``InputError`` where Ray is not installed or does not answer.
    """
    return train_all([config], address=address)[0]


def train_all(configs: list[LabConfig], *, address: str) -> list[LabRun]:
    """Train many runs over the cluster's devices at once; Ray queues what does not fit."""
    try:
        import ray
    except ImportError:
        raise InputError(
            "on", "Ray is not installed; install the extra: pip install 'assay[ray]'"
        ) from None
    folders = [runs.create(config) for config in configs]
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
        has_gpus = ray.cluster_resources().get("GPU", 0) > 0
        jobs = [
            ray.remote(_work)
            .options(**_needs(config, has_gpus=has_gpus), max_retries=0)
            .remote(str(folder))
            for config, folder in zip(configs, folders, strict=True)
        ]
        ray.wait(jobs, num_returns=len(jobs), timeout=None)
    finally:
        ray.shutdown()
    return [runs.load(folder) for folder in folders]


def _needs(config: LabConfig, *, has_gpus: bool) -> dict[str, Any]:
    """What a job asks Ray for: its GPUs, or its threads."""
    if has_gpus and config.device != "cpu":
        return {"num_gpus": config.n_devices}
    return {"num_cpus": config.threads or 1}


def _work(folder: str) -> int:
    """On a machine of the cluster: the run, in a process of its own."""
    from lab import config as configs
    from lab import launch

    path = Path(folder)
    process = launch.spawn(path, configs.load(path / "config.json"), attached=True)
    return process.wait()
