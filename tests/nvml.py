"""The real ``pynvml`` on a stand-in driver: ``nvml_stub.c``, compiled once and kept.

Each call runs in a process of its own, as a driver is loaded once and for good.
"""

import ctypes
import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
SOURCE: Final = Path(__file__).with_name("nvml_stub.c")
#: Why a test that needs the stub is skipped, empty where it is not.
NO_COMPILER: Final = "" if shutil.which("cc") else "no C compiler (cc) to build the driver stub"


@functools.cache
def library_folder() -> Path:
    """The folder with ``libnvidia-ml.so.1``, for ``LD_LIBRARY_PATH``."""
    digest = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"assay-nvml-{os.getuid()}-{digest}"
    library = folder / "libnvidia-ml.so.1"
    if not library.is_file():
        folder.mkdir(mode=0o700, exist_ok=True)
        fresh = folder / f"{os.getpid()}.so"
        options = "-O2 -shared -fPIC -fvisibility=hidden -Wl,-soname,libnvidia-ml.so.1"
        command = ["cc", *options.split(), "-o", str(fresh), str(SOURCE), "-lm", "-lpthread"]
        subprocess.run(command, check=True, timeout=120)
        fresh.replace(library)  # another test process may be doing the same
    return folder


def environment(*, stub: bool = True, **settings: object) -> dict[str, str]:
    """The environment of a process with the stub's ``NVML_STUB_...`` settings."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("NVML_STUB_", "CUDA_"))}
    if stub:
        kept["LD_LIBRARY_PATH"] = str(library_folder())
    return kept | {f"NVML_STUB_{name}": str(value) for name, value in settings.items()}


def start(
    function: Callable[..., Any], *arguments: Any, stub: bool = True, **settings: object
) -> "subprocess.Popen[str]":
    """Begin ``function(*arguments)`` in a process on the stub; ``finish`` has its answer."""
    code = (
        "import importlib, json, sys, warnings\n"
        "warnings.simplefilter('error')\n"
        f"function = getattr(importlib.import_module({function.__module__!r}), "
        f"{function.__name__!r})\n"
        "print(json.dumps(function(*json.loads(sys.argv[1]))))"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, json.dumps(arguments)],
        cwd=ROOT,
        env=environment(stub=stub, **settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: "subprocess.Popen[str]") -> Any:
    """What the function returned; raises with its traceback where it did not."""
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert not err, err
    return json.loads(out)


def run(
    function: Callable[..., Any], *arguments: Any, stub: bool = True, **settings: object
) -> Any:
    """The answer of ``function(*arguments)`` in a process on the stub."""
    return finish(start(function, *arguments, stub=stub, **settings))


class Controls:
    """The stub's own functions, inside a process that runs on it."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL("libnvidia-ml.so.1")
        self._library.nvmlStubAdvanceMs.argtypes = [ctypes.c_double]
        self._library.nvmlStubSetLoad.argtypes = [ctypes.c_int, ctypes.c_double]
        self._library.nvmlStubTrueMj.restype = ctypes.c_double
        self._library.nvmlStubCalls.restype = ctypes.c_long

    def advance(self, seconds: float) -> None:
        """Move the clock of a stub with ``TIME=manual``."""
        self._library.nvmlStubAdvanceMs(seconds * 1e3)

    def set_load(self, gpu: int, load: float) -> None:
        """Load from 0 to 1 from now on."""
        self._library.nvmlStubSetLoad(gpu, load)

    def true_j(self, gpu: int) -> float:
        """The energy that the device took so far."""
        return float(self._library.nvmlStubTrueMj(gpu)) / 1e3

    def n_calls(self, gpu: int) -> int:
        """Queries of the device so far."""
        return int(self._library.nvmlStubCalls(gpu))
