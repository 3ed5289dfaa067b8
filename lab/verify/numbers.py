"""The numbers of a tensor, read from its file a piece at a time, as 32-bit floats."""

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lab.verify.safetensors_file import TensorInfo

Numbers = NDArray[np.float32]

#: Numbers of one piece: 64 MB as floats.
_PIECE: Final = 16_000_000
_PLAIN: Final = {
    "F64": np.float64,
    "F32": np.float32,
    "F16": np.float16,
    "I64": np.int64,
    "I32": np.int32,
    "I16": np.int16,
    "I8": np.int8,
    "U64": np.uint64,
    "U32": np.uint32,
    "U16": np.uint16,
    "U8": np.uint8,
    "BOOL": np.bool_,
}
_EIGHT_BITS: Final = ("F8_E4M3", "F8_E5M2", "F8_E8M0")
#: Types whose numbers are weights; the others are counts, codes or packed bits.
WEIGHTS: Final = frozenset({"F64", "F32", "F16", "BF16", *_EIGHT_BITS, "I8"})


def is_readable(tensor: TensorInfo) -> bool:
    """Whether its numbers can be read one by one: not where several share a byte."""
    return tensor.dtype in _PLAIN or tensor.dtype == "BF16" or tensor.dtype in _EIGHT_BITS


def whole(tensor: TensorInfo) -> Numbers:
    """All of it, in its shape."""
    return _decoded(_raw(tensor), tensor.dtype).reshape(tensor.shape)


def rows(tensor: TensorInfo, places: NDArray[np.intp]) -> Numbers:
    """Some of its first dimension: ``(len(places), ...)``; the rest is never read."""
    raw = _raw(tensor).reshape(tensor.shape[0], -1)[places]
    return _decoded(raw, tensor.dtype).reshape(len(places), *tensor.shape[1:])


def pieces(tensor: TensorInfo) -> Iterator[Numbers]:
    """All of it, flat, a piece at a time."""
    raw = _raw(tensor)
    for first in range(0, len(raw), _PIECE):
        yield _decoded(raw[first : first + _PIECE], tensor.dtype)


def _raw(tensor: TensorInfo) -> NDArray[Any]:
    kind: Any = np.uint16 if tensor.dtype == "BF16" else _PLAIN.get(tensor.dtype, np.uint8)
    if tensor.n == 0:
        return np.zeros(0, kind)
    # A map of the file: what is not looked at is not read. Not aligned, hence bytes first.
    data = np.memmap(tensor.path, np.uint8, "r", tensor.first_byte, (tensor.n_bytes,))
    return data.view(kind)


def _decoded(raw: NDArray[Any], dtype: str) -> Numbers:
    if dtype == "BF16":
        return (raw.astype(np.uint32) << 16).view(np.float32)
    if dtype in _EIGHT_BITS:
        return _of_eight_bits(dtype)[raw]
    with np.errstate(over="ignore"):
        return raw.astype(np.float32)


@cache
def _of_eight_bits(dtype: str) -> Numbers:
    """What each byte means.

    Source: Micikevicius et al. 2022, FP8 Formats for Deep Learning, arXiv:2209.05433, table 1;
    E8M0 is a scale, 2^(byte - 127): OCP Microscaling Formats v1.0, section 5.4.
    """
    code = np.arange(256, dtype=np.int64)
    if dtype == "F8_E8M0":
        found = np.ldexp(np.float32(1), np.minimum(code, 254) - 127).astype(np.float32)
        found[255] = np.nan
        return found
    exponent_bits, bias = (4, 7) if dtype == "F8_E4M3" else (5, 15)
    mantissa_bits = 7 - exponent_bits
    sign = np.where(code & 0x80, -1.0, 1.0)
    exponent = (code >> mantissa_bits) & (2**exponent_bits - 1)
    mantissa = (code & (2**mantissa_bits - 1)) / 2**mantissa_bits
    value = np.where(
        exponent == 0,
        mantissa * 2.0 ** (1 - bias),
        (1 + mantissa) * np.exp2((exponent - bias).astype(np.float64)),
    )
    if dtype == "F8_E4M3":
        value[(code & 0x7F) == 0x7F] = np.nan
    else:
        top = exponent == 31
        value[top] = np.where(mantissa[top] == 0, np.inf, np.nan)
    return (sign * value).astype(np.float32)
