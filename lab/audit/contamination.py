"""Items of a benchmark that stand in the sample: their 13-word sequences are looked for.

An item counts as found where one of its sequences of 13 words (13 characters in Chinese) is in
the sample. Sequences that most items of the benchmark share are its form, not its content, and
are not looked for. An item of fewer than 13 words has no such sequence and cannot be found.

Source: Brown et al. 2020, Language models are few-shot learners, appendix C, arXiv:2005.14165.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from costmodel.messages import InputError, shown
from lab.audit.reading import Sample
from lab.audit.words import U64, Grams, Ints, grams_of, words_of

#: Words of a sequence.
LENGTH: Final = 13
#: Items of all benchmarks together that are held in memory.
_MOST_ITEMS: Final = 2_000_000
#: A sequence that this share of the items have is the benchmark's form.
_FORM_SHARE: Final = 0.05
_FORM_LEAST: Final = 10
_FILTER_BITS: Final = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """A benchmark's name, and the numbers of its items among all: from ``first`` to ``end``."""

    name: str
    first: int
    end: int


class Contamination:
    """The sequences of benchmarks, looked for batch by batch."""

    def __init__(self, paths: Sequence[Path], *, text_column: str | None = None) -> None:
        self.benchmarks: list[Benchmark] = []
        hashes: list[U64] = []
        owners: list[Ints] = []
        n_items = 0
        for path in paths:
            first = n_items
            for texts in _batches(path, text_column):
                grams = grams_of(words_of(texts), LENGTH, whole_if_shorter=False)
                hashes.append(grams.hashes)
                owners.append(grams.text_of + n_items)
                n_items += len(texts)
                if n_items > _MOST_ITEMS:
                    raise InputError(
                        "against",
                        "the benchmarks have more than {most} items; give fewer",
                        most=_MOST_ITEMS,
                    )
            if n_items == first:
                raise InputError(
                    "against", "{path} has no items of a benchmark", path=shown(path.name)
                )
            self.benchmarks.append(Benchmark(name=path.name[-80:], first=first, end=n_items))
        self.n_items = n_items
        self.found = np.zeros(n_items, bool)
        self.texts_with_hits = 0
        self._index(hashes, owners)

    def _index(self, hashes: list[U64], owners: list[Ints]) -> None:
        every = np.concatenate([np.zeros(0, np.uint64), *hashes])
        owner = np.concatenate([np.zeros(0, np.int64), *owners])
        self.judged = np.zeros(self.n_items, bool)
        self.judged[owner] = True
        order = np.lexsort((owner, every))
        every, owner = every[order], owner[order]
        new = np.ones(len(every), bool)
        new[1:] = (every[1:] != every[:-1]) | (owner[1:] != owner[:-1])
        every, owner = every[new], owner[new]
        value, first, n_owners = np.unique(every, return_index=True, return_counts=True)
        form = n_owners > max(_FORM_LEAST, _FORM_SHARE * self.n_items)
        self._values, self._first, self._n_owners = value[~form], first[~form], n_owners[~form]
        self._owner = owner
        self.n_form = int(form.sum())
        self._filter = np.zeros(1 << _FILTER_BITS, bool)
        self._filter[self._values >> np.uint64(64 - _FILTER_BITS)] = True

    def add(self, grams: Grams) -> None:
        """The sequences of the next texts."""
        if not len(self._values):
            return
        may = np.flatnonzero(self._filter[grams.hashes >> np.uint64(64 - _FILTER_BITS)])
        place = np.searchsorted(self._values, grams.hashes[may])
        place = np.minimum(place, len(self._values) - 1)
        hit = self._values[place] == grams.hashes[may]
        if hit.any():
            self.texts_with_hits += len(np.unique(grams.text_of[may[hit]]))
            for k in np.unique(place[hit]):
                first = self._first[k]
                self.found[self._owner[first : first + self._n_owners[k]]] = True

    def as_json(self) -> dict[str, Any]:
        """Items found by benchmark."""
        return {
            "sequence_words": LENGTH,
            "items": self.n_items,
            "items_found": int(self.found.sum()),
            "items_too_short": int((~self.judged).sum()),
            "texts_with_hits": self.texts_with_hits,
            "sequences_of_form": self.n_form,
            "benchmarks": [
                {
                    "name": one.name,
                    "items": one.end - one.first,
                    "found": int(self.found[one.first : one.end].sum()),
                    "too_short": int((~self.judged[one.first : one.end]).sum()),
                }
                for one in self.benchmarks
            ],
        }


def _batches(path: Path, text_column: str | None) -> Iterator[list[str]]:
    """The items of a benchmark; a refusal names the benchmark, not the sample."""
    try:
        yield from Sample([path], text_column=text_column, whole_rows=True).batches()
    except InputError as refused:
        raise InputError("against", refused.message.text, **refused.message.params) from None
