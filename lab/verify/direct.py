"""Two checkpoints place by place: the matrices as they stand in their files."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from lab.verify import kinship, matrices
from lab.verify.kinship import Kinship
from lab.verify.matrices import Key, Matrix

#: Matrices that are compared, spread over layers and roles.
_MOST_MATRICES: Final = 24
#: Units by which layers are told apart.
_OF_A_LAYER: Final = 96


def compare(
    one: Mapping[Key, Matrix], base: Mapping[Key, Matrix], tell: Callable[[float], None]
) -> tuple[list[Kinship], dict[int, int]]:
    """The kinship of matrices of one place and shape, and which layer of ``base`` each layer of
    ``one`` was set beside. ``tell`` hears the share that is done.
    """
    beside = layer_map(one, base)
    pairs = []
    for (layer, role, expert), matrix in one.items():
        other = base.get((beside.get(layer, layer), role, expert))
        if other is not None and other.shape == matrix.shape:
            pairs.append((matrix, other))
    found = []
    for place, (matrix, other) in enumerate(_spread(pairs)):
        rows = matrices.drawn(matrix.shape[0])
        columns = matrices.drawn(matrix.shape[1], salt=1)
        found.append(kinship.of(matrix.part(rows, columns), other.part(rows, columns)))
        tell((place + 1) / min(len(pairs), _MOST_MATRICES))
    return found, beside


def layer_map(one: Mapping[Key, Matrix], base: Mapping[Key, Matrix]) -> dict[int, int]:
    """For each layer of ``one`` the layer of ``base`` that it is most like: layers may have been
    left out or doubled. By one kind of matrix alone, so that the others can judge.
    """
    ours = {layer: m for (layer, role, expert), m in one.items() if role == "down" and not expert}
    theirs = {
        layer: m for (layer, role, expert), m in base.items() if role == "down" and not expert
    }
    shapes = {m.shape for m in (*ours.values(), *theirs.values())}
    if not ours or not theirs or len(shapes) != 1:
        return {layer: layer for layer in matrices.layers_of(one)}
    (shape,) = shapes
    rows = matrices.drawn(shape[0], _OF_A_LAYER)
    columns = matrices.drawn(shape[1], _OF_A_LAYER, salt=1)

    def directions(of: Mapping[int, Matrix]) -> dict[int, np.ndarray]:
        parts = {layer: m.part(rows, columns).ravel() for layer, m in of.items()}
        return {layer: p / max(float(np.linalg.norm(p)), 1e-30) for layer, p in parts.items()}

    known = directions(theirs)
    names = list(known)
    table = np.stack(list(known.values()))
    found = {}
    for layer, direction in directions(ours).items():
        alike = table @ direction
        best = int(np.argmax(alike))
        same = names.index(layer) if layer in known else best
        # Chance does not move a layer from its own place.
        chance = 4 / np.sqrt(table.shape[1])
        found[layer] = names[best if alike[best] > alike[same] + chance else same]
    return found


def _spread(pairs: list[tuple[Matrix, Matrix]]) -> list[tuple[Matrix, Matrix]]:
    if len(pairs) <= _MOST_MATRICES:
        return pairs
    at = np.unique(np.linspace(0, len(pairs) - 1, _MOST_MATRICES).round().astype(int))
    return [pairs[i] for i in at]
