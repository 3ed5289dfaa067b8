"""Marks of a checkpoint that survive fine-tuning and renumbering, if not every change.

They are shown beside the verdict and do not make it: models of one recipe that were trained
apart resemble each other in them, too.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lab.verify import matrices
from lab.verify.matrices import Key, Matrix

_ATTENTION: Final = ("query", "key", "value", "query-key-value", "attention out")
#: Singular values are computed of whole matrices up to this side.
_MOST_SIDE: Final = 1_536
_MOST_MATRICES: Final = 8


def attention_stds(of: Mapping[Key, Matrix]) -> dict[Key, float]:
    """The standard deviation of each attention matrix, by layer and role."""
    found = {}
    for key, matrix in of.items():
        if key[1] in _ATTENTION:
            rows = matrices.drawn(matrix.shape[0])
            columns = matrices.drawn(matrix.shape[1], salt=1)
            found[key] = float(matrix.part(rows, columns).std())
    return found


def std_correlation(one: Mapping[Key, Matrix], base: Mapping[Key, Matrix]) -> float | None:
    """How alike the standard deviations of the attention matrices run through the layers: the
    correlation of their logarithms, each role about its own mean. ``None`` for fewer than two
    layers in common.
    """
    ours, theirs = attention_stds(one), attention_stds(base)
    a: list[float] = []
    b: list[float] = []
    for role in _ATTENTION:
        keys = [key for key in ours if key[1] == role and key in theirs]
        if len(keys) < 2 or not all(ours[key] > 0 and theirs[key] > 0 for key in keys):
            continue
        for values, kept in ((ours, a), (theirs, b)):
            logs = np.log([values[key] for key in keys])
            kept.extend(logs - logs.mean())
    if len(a) < 3 or not np.any(a) or not np.any(b):
        return None
    return float(np.corrcoef(a, b)[0, 1])


def spectrum_distance(one: Mapping[Key, Matrix], base: Mapping[Key, Matrix]) -> float | None:
    """The mean difference of normed singular values over their mean, for matrices of one place:
    0 for equal spectra. ``None`` where none is of the same shape and of a size to compute.
    """
    keys = [
        key
        for key, matrix in one.items()
        if key in base and base[key].shape == matrix.shape and max(matrix.shape) <= _MOST_SIDE
    ]
    if not keys:
        return None
    found = []
    for at in matrices.drawn(len(keys), _MOST_MATRICES):
        a, b = _spectrum(one[keys[at]]), _spectrum(base[keys[at]])
        found.append(float(np.abs(a - b).sum() / b.sum()))
    return float(np.median(found))


def _spectrum(matrix: Matrix) -> NDArray[np.float64]:
    rows, columns = matrix.shape
    whole = matrix.part(np.arange(rows), np.arange(columns)).astype(np.float64)
    values = np.linalg.svd(whole, compute_uv=False)
    return np.asarray(values / max(float(np.linalg.norm(values)), 1e-30), np.float64)
