"""Two checkpoints whose units are numbered, or turned, differently.

Renaming the units of a network changes no answer and every weight's place. The embeddings of
tokens that both know find the turn of the stream between layers; half of the tokens find it,
the others say whether it is one. Then neurons of the feed-forward layers are matched by one of
their two matrices and judged by the other.

Source: the turn is that of Schönemann 1966, A generalized solution of the orthogonal Procrustes
problem.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from lab.verify import kinship, matrices, numbers
from lab.verify.kinship import Kinship
from lab.verify.matrices import Key, Matrix, Places
from lab.verify.numbers import Numbers
from lab.verify.safetensors_file import TensorInfo

_MOST_TOKENS: Final = 12_000
#: A wider stream than this takes minutes to turn.
MOST_WIDTH: Final = 5_120
_MOST_LAYERS: Final = 6
_MOST_NEURONS: Final = 512
_FEWEST_TOKENS: Final = 64
#: Rotations need more tokens than the stream is wide, on both halves.
_TOKENS_PER_UNIT: Final = 1.2

#: Rows of the two embeddings that hold the same token.
SharedRows = tuple[Places, Places]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The turn that brings one stream onto the other's, and how well it does.

    ``cosine`` is that of the embeddings of tokens that did not find it, after the turn.
    """

    rotation: Floats
    cosine: float
    n_tokens: int


def turn(one: TensorInfo, base: TensorInfo, shared: SharedRows) -> Turn | None:
    """The turn from the stream of ``one`` to that of ``base``; ``None`` where too few tokens are
    shared to find it. Where they are fewer than a turn needs, a renumbering of the units is
    looked for, signs included.
    """
    width = max(one.shape[1], base.shape[1])
    ours, theirs = shared
    if width > MOST_WIDTH or len(ours) < _FEWEST_TOKENS:
        return None
    chosen = matrices.drawn(len(ours), max(_MOST_TOKENS, int(2.5 * width)))
    a = _centred(numbers.rows(one, ours[chosen]))
    b = _centred(numbers.rows(base, theirs[chosen]))
    finding, judging = np.arange(0, len(a), 2), np.arange(1, len(a), 2)
    enough = len(finding) >= _TOKENS_PER_UNIT * width
    rotation = (_rotation if enough else _renumbering)(a[finding], b[finding])
    turned = a[judging] @ rotation
    judge = b[judging]
    norm = float(np.linalg.norm(turned) * np.linalg.norm(judge))
    return Turn(
        rotation=rotation,
        cosine=float(np.vdot(turned, judge)) / norm if norm else 0.0,
        n_tokens=len(a),
    )


def _rotation(a: Floats, b: Floats) -> Floats:
    u, _, vt = np.linalg.svd(a.T @ b, full_matrices=False)
    rotation: Floats = u @ vt
    return rotation


def _renumbering(a: Floats, b: Floats) -> Floats:
    """Which unit of ``b`` each unit of ``a`` is, with its sign, as a matrix."""
    alike = _normed(a.T) @ _normed(b.T).T
    ours, theirs = linear_sum_assignment(-np.abs(alike))
    found = np.zeros(alike.shape)
    found[ours, theirs] = np.sign(alike[ours, theirs])
    return found


def compare(
    one: Mapping[Key, Matrix],
    base: Mapping[Key, Matrix],
    found: Turn,
    tell: Callable[[float], None],
) -> list[Kinship]:
    """The kinship of feed-forward layers after the turn, neurons matched."""
    ours, theirs = _feed_forward(one), _feed_forward(base)
    layers = [layer for layer in ours if layer in theirs] or list(ours)
    at = matrices.drawn(len(layers), _MOST_LAYERS)
    result = []
    for place, layer in enumerate(layers[i] for i in at):
        matched, judged = ours[layer]
        rows = matrices.drawn(matched.shape[0], _MOST_NEURONS)
        probe = _into_base(matched, rows, found)
        candidates = [layer] if layer in theirs else list(theirs)
        best: tuple[float, int, Places] | None = None
        for other in candidates:
            alike = probe @ _units(theirs[other][0]).T
            partner = alike.argmax(axis=1)
            strength = float(np.median(alike.max(axis=1)))
            if best is None or strength > best[0]:
                best = (strength, other, partner)
        if best is None:
            continue
        _, other, partner = best
        a = _rows_in_base(judged, rows, found)
        b = _all(theirs[other][1])[partner]
        result.append(kinship.of(a.astype(np.float32), b.astype(np.float32)))
        tell((place + 1) / len(at))
    return result


def _feed_forward(of: Mapping[Key, Matrix]) -> dict[int, tuple[Matrix, Matrix]]:
    """By layer: the matrix that finds the neurons, and the one that judges them."""
    found = {}
    for layer in matrices.layers_of(of):
        gate = of.get((layer, "gate", None))
        up, down = of.get((layer, "up", None)), of.get((layer, "down", None))
        if gate is not None and up is not None:
            found[layer] = (gate, up)
        elif up is not None and down is not None:
            found[layer] = (up, _turned_over(down))
    return found


def _turned_over(matrix: Matrix) -> Matrix:
    """The same numbers with a row for each neuron."""
    return Matrix(tensor=matrix.tensor, is_transposed=not matrix.is_transposed)


def _rows_in_base(matrix: Matrix, rows: Places, found: Turn) -> Floats:
    part = matrix.part(rows, np.arange(matrix.shape[1])).astype(np.float64)
    return part @ found.rotation


def _into_base(matrix: Matrix, rows: Places, found: Turn) -> Floats:
    return _normed(_rows_in_base(matrix, rows, found))


def _all(matrix: Matrix) -> Floats:
    rows, columns = matrix.shape
    return matrix.part(np.arange(rows), np.arange(columns)).astype(np.float64)


def _units(matrix: Matrix) -> Floats:
    return _normed(_all(matrix))


def _normed(rows: Floats) -> Floats:
    norms: Floats = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.maximum(norms, 1e-30)


def _centred(rows: Numbers) -> Floats:
    values = rows.astype(np.float64)
    centred: Floats = values - values.mean(axis=0)
    return centred
