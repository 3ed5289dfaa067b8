"""What a translator is trained on: whole pairs, phrases cut out of them, two put together,
rare words hidden.

A few thousand pairs are soon known by heart, and a translator that has learnt whole
sentences makes up the rest of a new one. So a part of the examples are phrases that are
translations of each other by alignment, alone or after another pair, and words that stand
in few sentences are now and then replaced by a numbered mark, and what translates them by
the same mark. A word never seen then gets such a mark, which a name or number replaces.

Sources: Luong et al. 2015, Addressing the rare word problem in neural machine translation,
arXiv:1410.8206 (the marks); Kiperwasser and Goldberg 2016, arXiv:1603.04351 (how often a
word is hidden); Andreas 2020, Good-enough compositional data augmentation, arXiv:1904.09545.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lab.alignment import Links, align, spans
from lab.tokens import Characters, Words, target_tokens, words

#: A word of ``n`` groups of sentences is hidden with the chance ``HIDDEN / (HIDDEN + n)``.
HIDDEN: Final = 0.7
#: A group of ``n`` pairs is drawn ``n ** (1 - LESS_OFTEN)`` times as often as one of one.
LESS_OFTEN: Final = 0.3
#: Chances that a pair is cut down to one of its phrases, and that a phrase is put after it.
CUT: Final = 0.3
JOINED: Final = 0.2
_MOST_WORDS: Final = 4


@dataclass(frozen=True, slots=True)
class Example:
    """Ids of a source and its target, and the source positions behind each target position."""

    source: NDArray[np.int64]
    target: NDArray[np.int64]
    links: tuple[tuple[int, ...], ...]


class Examples:
    """Examples drawn from training pairs; ``groups`` numbers the pairs that belong together."""

    def __init__(
        self,
        pairs: Sequence[tuple[str, str]],
        groups: Sequence[int],
        *,
        source: Words,
        target: Characters,
        most: int,
    ) -> None:
        self._source, self._target, self._most = source, target, most
        lowered = [[word.lower() for word in words(text)][:most] for text, _ in pairs]
        self._words = [source.encode(text)[:most] for text, _ in pairs]
        self._tokens = [target_tokens(text) for _, text in pairs]
        self._links: list[Links] = align(lowered, self._tokens)
        self._spans = [
            tuple(spans(links, len(row), most_words=_MOST_WORDS))
            for links, row in zip(self._links, lowered, strict=True)
        ]
        seen: defaultdict[int, set[int]] = defaultdict(set)
        for row, group in zip(self._words, groups, strict=True):
            for word in row.tolist():
                seen[word].add(group)
        self._hidden = np.zeros(source.vocab_size)
        for word, where in seen.items():
            self._hidden[word] = HIDDEN / (HIDDEN + len(where))
        sizes = np.bincount(groups)[list(groups)]
        weights = sizes**-LESS_OFTEN
        self.shares = weights / weights.sum()
        self._hidden[: source.n_unknown] = 1.0  # too rare for the vocabulary: always a mark

    def mean_lengths(self) -> NDArray[np.float32]:
        """Characters that translate each source word, on average over its places; zero for
        the numbers of unknown words. Shape ``(source.vocab_size,)``.
        """
        made, places = np.zeros(self._source.vocab_size), np.zeros(self._source.vocab_size)
        for row, tokens, links in zip(self._words, self._tokens, self._links, strict=True):
            np.add.at(places, row, 1)
            for j, behind in _behind(links, len(row)).items():
                share = len(self._target.encode(tokens[j])) / len(behind)
                np.add.at(made, row[behind], share)
        made[: self._source.n_unknown] = 0.0
        return (made / np.maximum(places, 1)).astype(np.float32)

    def __len__(self) -> int:
        return len(self._words)

    def draw(self, row: int, rng: np.random.Generator, *, changed: bool) -> Example:
        """Pair number ``row``, ``changed`` as above or as it stands."""
        source, target, links = self._part(row, rng, cut=changed and rng.random() < CUT)
        if changed and rng.random() < JOINED:
            more, tokens, joined = self._part(int(rng.integers(len(self))), rng, cut=True)
            links = links | {(i + len(source), j + len(target)) for i, j in joined}
            source, target = np.concatenate((source, more)), target + tokens
        hidden = rng.random(len(source)) < self._hidden[source]
        hidden &= changed | (source < self._source.n_unknown)
        return self._marked(source[: self._most], target, links, hidden)

    def _part(
        self, row: int, rng: np.random.Generator, *, cut: bool
    ) -> tuple[NDArray[np.int64], list[str], Links]:
        source, target, links = self._words[row], self._tokens[row], self._links[row]
        if not cut or not self._spans[row]:
            return source, target, links
        first, last, low, high = self._spans[row][int(rng.integers(len(self._spans[row])))]
        inside = {(i - first, j - low) for i, j in links if first <= i <= last and low <= j <= high}
        return source[first : last + 1], target[low : high + 1], inside

    def _marked(
        self,
        source: NDArray[np.int64],
        target: Sequence[str],
        links: Links,
        hidden: NDArray[np.bool_],
    ) -> Example:
        """With a mark for each hidden word and for each run that translates hidden words alone."""
        ids = self._source.numbered(
            None if gone else word for word, gone in zip(source.tolist(), hidden, strict=False)
        )
        behind = _behind(links, len(ids))
        made: list[int] = []
        linked: list[tuple[int, ...]] = []
        for j, token in enumerate(target):
            of = tuple(behind.get(j, ()))
            if of and all(hidden[i] for i in of):
                mark = int(ids[of[0]])
                if not made or made[-1] != mark:
                    made.append(mark)
                    linked.append(of)
            else:
                characters = self._target.encode(token) + self._source.n_unknown
                made += characters.tolist()
                linked += [of] * len(token)
        return Example(ids, np.array(made[: self._most], np.int64), tuple(linked[: self._most]))


def _behind(links: Links, n_source: int) -> dict[int, list[int]]:
    """The source positions before ``n_source`` that each linked target position translates."""
    behind: defaultdict[int, list[int]] = defaultdict(list)
    for i, j in sorted(links):
        if i < n_source:
            behind[j].append(i)
    return behind
