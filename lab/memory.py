"""How much memory a process may still take, and making it fail at that with a sentence."""

import contextlib
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil

_CGROUPS: Final = Path("/sys/fs/cgroup")
#: (limit, used) of a control group, in version 2 and in version 1.
_FILES: Final = (
    ("memory.max", "memory.current"),
    ("memory.limit_in_bytes", "memory.usage_in_bytes"),
)


def available_bytes() -> int:
    """What the machine has left, or the container where that is less."""
    least = int(psutil.virtual_memory().available)
    for folder in _own_groups():
        for limit, used in _FILES:
            with contextlib.suppress(OSError, ValueError):  # "max": no limit
                left = int((folder / limit).read_text()) - int((folder / used).read_text())
                least = min(least, max(left, 0))
    return least


@contextlib.contextmanager
def limited(share: float = 0.95) -> Iterator[None]:
    """Let an allocation beyond ``share`` of the free memory fail here, with a sentence, rather
    than have the kernel kill the process without one. Linux only.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    with Path("/proc/self/status").open(encoding="ascii", errors="replace") as file:
        own = next((int(line.split()[1]) for line in file if line.startswith("VmData")), 0) * 1024
    most = own + int(available_bytes() * share)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _own_groups() -> list[Path]:
    """The folders of this process's control group and of those above it."""
    found = [_CGROUPS, _CGROUPS / "memory"]
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text("utf-8").splitlines():
            _, kinds, name = line.split(":", 2)
            if kinds in ("", "memory"):
                own = _CGROUPS / kinds / name.lstrip("/")
                found += [own, *(p for p in own.parents if p.is_relative_to(_CGROUPS))]
    return found
