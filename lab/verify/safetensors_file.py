"""The header of a safetensors file, read as data: which tensors it holds, and where.

Eight bytes give the header's length, a JSON object follows, then the numbers. Nothing is
taken at its word: names, types, shapes and places must agree with each other and with the
size of the file.

Source: the format's own description, https://github.com/huggingface/safetensors (README).
"""

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from costmodel.messages import InputError, Message, shown

#: Bytes of one number of each type.
BYTES_OF: Final[Mapping[str, float]] = {
    "F64": 8,
    "F32": 4,
    "F16": 2,
    "BF16": 2,
    "F8_E4M3": 1,
    "F8_E5M2": 1,
    "F8_E8M0": 1,
    "I64": 8,
    "I32": 4,
    "I16": 2,
    "I8": 1,
    "U64": 8,
    "U32": 4,
    "U16": 2,
    "U8": 1,
    "BOOL": 1,
    "F4": 0.5,
    "F6_E2M3": 0.75,
    "F6_E3M2": 0.75,
}
#: The format's own limit.
_MOST_HEADER_BYTES: Final = 100_000_000
_MOST_DIMENSIONS: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorInfo:
    """A tensor's name, type and shape, and the bytes of ``path`` that hold it."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    path: Path
    first_byte: int
    n_bytes: int

    @property
    def n(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)


def tensors(path: Path) -> dict[str, TensorInfo]:
    """Every tensor of the file by name. Raises ``InputError`` for a file that is cut short,
    overlaps itself, or is none.
    """
    header, start, size = _header(path)
    found = {}
    for name, entry in header.items():
        if name != "__metadata__":
            found[name] = _tensor(path, name, entry, start)
    end = start
    for tensor in sorted(found.values(), key=lambda t: (t.first_byte, t.n_bytes)):
        if tensor.first_byte != end:
            raise _bad(
                path,
                Message(
                    "{name} does not begin where the one before it ends",
                    {"name": shown(tensor.name)},
                ),
            )
        end = tensor.first_byte + tensor.n_bytes
    if end > size:
        raise InputError(
            "checkpoint",
            "{path} is cut short: its header promises {promised} bytes and it has {size}; ask for "
            "the whole file and its hash",
            path=path.name,
            promised=end,
            size=size,
        )
    if end < size:
        raise _bad(path, Message("{n} bytes at its end belong to no tensor", {"n": size - end}))
    return found


def _header(path: Path) -> tuple[dict[str, Any], int, int]:
    """The header, where the numbers begin, and the size of the file."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(8)
            if len(head) < 8:
                raise _bad(path, Message("it is shorter than its own first word"))
            (length,) = struct.unpack("<Q", head)
            if not 2 <= length <= _MOST_HEADER_BYTES or 8 + length > size:
                raise _bad(path, Message("the length of its header cannot be"))
            header = json.loads(file.read(length))
    except OSError as error:
        raise InputError(
            "checkpoint",
            "{path} cannot be read ({reason})",
            path=path.name,
            reason=(error.strerror or "unknown").lower(),
        ) from None
    except (ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise _bad(path, Message("its header is not JSON")) from None
    if not isinstance(header, dict):
        raise _bad(path, Message("its header is not a JSON object"))
    return header, 8 + length, size


def _tensor(path: Path, name: str, entry: Any, start: int) -> TensorInfo:
    try:
        dtype, shape = entry["dtype"], tuple(entry["shape"])
        first, past = entry["data_offsets"]
    except (KeyError, TypeError, ValueError):
        raise _bad(
            path,
            Message("the entry of {name} lacks its type, shape or place", {"name": shown(name)}),
        ) from None
    numbers = (*shape, first, past)
    if not all(type(n) is int and n >= 0 for n in numbers) or len(shape) > _MOST_DIMENSIONS:
        raise _bad(path, Message("the shape or place of {name} cannot be", {"name": shown(name)}))
    if dtype not in BYTES_OF:
        raise _bad(
            path,
            Message(
                "the type {dtype} of {name} is not one of the format",
                {"dtype": shown(dtype), "name": shown(name)},
            ),
        )
    if past - first != math.ceil(math.prod(shape) * BYTES_OF[dtype]):
        raise _bad(
            path, Message("the shape and the size of {name} disagree", {"name": shown(name)})
        )
    return TensorInfo(
        name=name,
        dtype=dtype,
        shape=shape,
        path=path,
        first_byte=start + first,
        n_bytes=past - first,
    )


def _bad(path: Path, why: Message) -> InputError:
    return InputError(
        "checkpoint",
        "{path} is not a whole safetensors file: {why}",
        path=path.name,
        why=why,
    )
