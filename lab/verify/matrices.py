"""The weight matrices of a checkpoint by place, read in part where they are large."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lab.verify import numbers, roles
from lab.verify.folder import Checkpoint
from lab.verify.numbers import Numbers
from lab.verify.roles import Role
from lab.verify.safetensors_file import TensorInfo

#: Rows and columns of a matrix that are compared; of a larger one as many are drawn.
MOST_SIDE: Final = 640
_SEED: Final = 20260101

Key: TypeAlias = "tuple[int, Role, int | None]"
Places: TypeAlias = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """A matrix whose rows are units that read from the layer's input, or write to its output.

    ``shape`` is (units, inputs) as mathematics has it, whichever way the file keeps it.
    """

    tensor: TensorInfo
    is_transposed: bool

    @property
    def shape(self) -> tuple[int, int]:
        """Outputs and inputs."""
        first, second = self.tensor.shape
        return (second, first) if self.is_transposed else (first, second)

    def part(self, rows: Places, columns: Places) -> Numbers:
        """Some rows and columns."""
        if self.is_transposed:
            return numbers.rows(self.tensor, columns)[:, rows].T
        return numbers.rows(self.tensor, rows)[:, columns]


def by_place(checkpoint: Checkpoint) -> dict[Key, Matrix]:
    """The matrices of all layers; where two claim one place, the first."""
    found: dict[Key, Matrix] = {}
    for name, place in roles.places(checkpoint.tensors).items():
        tensor = checkpoint.tensors[name]
        if place.layer is None or not is_comparable(tensor):
            continue
        key = (place.layer, place.role, place.expert)
        if place.role != "other":
            found.setdefault(key, Matrix(tensor=tensor, is_transposed=roles.is_transposed(name)))
    return found


def outside(checkpoint: Checkpoint, role: Role) -> TensorInfo | None:
    """The embedding, the head or the positions; ``None`` where there is none."""
    for name, place in roles.places(checkpoint.tensors).items():
        if place.layer is None and place.role == role:
            tensor = checkpoint.tensors[name]
            if is_comparable(tensor):
                return tensor
    return None


def is_comparable(tensor: TensorInfo) -> bool:
    """Whether it is a matrix of weights whose numbers can be read one by one."""
    return len(tensor.shape) == 2 and tensor.dtype in numbers.WEIGHTS and min(tensor.shape) > 1


def drawn(n: int, most: int = MOST_SIDE, *, salt: int = 0) -> Places:
    """Up to ``most`` of ``n`` places, in order; the same ones each time."""
    if n <= most:
        return np.arange(n)
    chosen = np.random.default_rng((_SEED, salt)).choice(n, most, replace=False)
    return np.sort(chosen)


def layers_of(matrices: Mapping[Key, Matrix]) -> list[int]:
    """The layers that have matrices, in order."""
    return sorted({layer for layer, _, _ in matrices})
