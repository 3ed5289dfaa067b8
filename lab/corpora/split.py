"""Held-out data without leaks: what belongs together stays on one side."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from costmodel.messages import InputError, check_within

#: The share held out where nobody says otherwise.
TEST_SHARE: Final = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Indices of the examples trained on, and of those held out in no order: a first part
    of these is a fair sample, where files are often sorted by class or alphabet.
    """

    train: NDArray[np.intp]
    test: NDArray[np.intp]


def grouped(
    groups: Sequence[Hashable],
    *,
    labels: NDArray[np.int64] | None = None,
    test_share: float = TEST_SHARE,
    seed: int = 0,
    field: str = "data",
) -> Split:
    """Hold out ``test_share`` of each label's examples, whole groups at a time.

    A group goes by the label of its first example. A label with a single group is trained
    on and not tested. Raises ``InputError`` where no label has two groups.
    """
    check_within("test_share", test_share, 0.01, 0.9)
    number = _numbered(groups)
    of_example = np.zeros(len(number), np.int64) if labels is None else labels
    _, first, size = np.unique(number, return_index=True, return_counts=True)
    label_of_group = of_example[first]
    held_out = np.zeros(len(first), bool)
    rng = np.random.default_rng(seed)
    for label in np.unique(label_of_group):
        mine = rng.permutation(np.flatnonzero(label_of_group == label))
        if len(mine) > 1:
            held_out[_up_to(mine, size, round(test_share * float(size[mine].sum())))] = True
    if not held_out.any():
        raise InputError(
            field,
            "{n} examples cannot be split so that nothing stands on both sides; give more",
            n=len(number),
        )
    tested = held_out[number]
    return Split(train=np.flatnonzero(~tested), test=rng.permutation(np.flatnonzero(tested)))


def shared(split: Split, keys: Sequence[Hashable]) -> frozenset[Hashable]:
    """The keys (texts, base names) that stand on both sides; empty for an honest split."""
    train = {keys[i] for i in split.train}
    return frozenset(train & {keys[i] for i in split.test})


def joined(*keys: Sequence[Hashable]) -> list[int]:
    """A group per example such that examples that agree in any of the keys share it.

    With the base name and the translation as keys, two names of one translation are held
    together as well.
    """
    n = len(keys[0])
    parent = list(range(n))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for key in keys:
        first: dict[Hashable, int] = {}
        for i, value in enumerate(key):
            parent[root(i)] = root(first.setdefault(value, i))
    return [root(i) for i in range(n)]


def _numbered(groups: Sequence[Hashable]) -> NDArray[np.intp]:
    seen: dict[Hashable, int] = {}
    return np.array([seen.setdefault(group, len(seen)) for group in groups], np.intp)


def _up_to(shuffled: NDArray[np.intp], size: NDArray[np.intp], wanted: int) -> list[np.intp]:
    """Groups in this order as far as they fit; at least the smallest, and never all."""
    taken: list[np.intp] = []
    total = 0
    for group in shuffled[:-1]:
        if total + size[group] <= wanted:
            taken.append(group)
            total += int(size[group])
    return taken or [shuffled[np.argmin(size[shuffled])]]
