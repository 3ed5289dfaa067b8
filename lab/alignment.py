"""Which source word each target character translates, learnt from sentence pairs alone.

IBM model 1 with a prior for the diagonal: words that stand at the same place in both
sentences are likelier partners. Fitted in both directions and merged.

Sources: Brown et al. 1993, The mathematics of statistical machine translation; Dyer,
Chahuneau, Smith 2013, A simple, fast, and effective reparameterization of IBM model 2;
Koehn, Och, Marcu 2003, Statistical phrase-based translation, section 4.1 (the merging).
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

#: Rounds without the prior for places, and again with it.
N_ITERATIONS: Final = 5
#: How sharply partners keep to the diagonal, and the chance of having none.
_DIAGONAL: Final = 2.0
_NO_PARTNER: Final = 0.08
#: Longer sentences say little about single words and cost the product of their lengths.
MOST_TOKENS: Final = 80

Links = set[tuple[int, int]]


def align(sources: Sequence[Sequence[str]], targets: Sequence[Sequence[str]]) -> list[Links]:
    """For each pair the (source position, target position) that translate each other."""
    forward = _one_way(sources, targets)
    backward = [{(i, j) for j, i in links} for links in _one_way(targets, sources)]
    return [_merged(a, b) for a, b in zip(forward, backward, strict=True)]


def spans(links: Links, n_source: int, *, most_words: int) -> Iterator[tuple[int, int, int, int]]:
    """(first, last, low, high): runs of source words and of the target tokens linked to them
    and to nothing else, the tightest ones, up to ``most_words`` words each.
    """
    for first in range(n_source):
        for last in range(first, min(first + most_words, n_source)):
            inside = [j for i, j in links if first <= i <= last]
            if not inside:
                continue
            low, high = min(inside), max(inside)
            if not any(low <= j <= high and not first <= i <= last for i, j in links):
                yield first, last, low, high


def _one_way(given: Sequence[Sequence[str]], made: Sequence[Sequence[str]]) -> list[Links]:
    """The likeliest partner in ``given`` of each token of ``made``; empty for long pairs."""
    given_ids, made_ids = _numbered(given), _numbered(made)
    n_made_types = 1 + max((int(m.max()) for m in made_ids if len(m)), default=0)
    cell, place, prior = [], [], []
    n_places = 0
    used = [
        k
        for k in range(len(given))
        if 0 < len(given_ids[k]) <= MOST_TOKENS and 0 < len(made_ids[k]) <= MOST_TOKENS
    ]
    for k in used:
        words = np.append(given_ids[k], 0)  # the last one stands for no partner
        n_given, n_made = len(words) - 1, len(made_ids[k])
        cell.append((words[:, None] * n_made_types + made_ids[k]).ravel())
        place.append(np.tile(np.arange(n_made) + n_places, n_given + 1))
        prior.append(_prior(n_given, n_made).ravel())
        n_places += n_made
    if not used:
        return [set() for _ in given]
    at, prior_of = np.concatenate(place), np.concatenate(prior)
    pairs, pair = np.unique(np.concatenate(cell), return_inverse=True)
    word_of_pair = pairs // n_made_types
    chance = np.full(len(pairs), 1 / n_made_types)
    for iteration in range(2 * N_ITERATIONS):
        # Places count only when the words are roughly known: else they decide everything.
        weight = chance[pair] if iteration < N_ITERATIONS else prior_of * chance[pair]
        weight /= np.bincount(at, weight, minlength=n_places)[at]
        expected = np.bincount(pair, weight)
        chance = expected / np.bincount(word_of_pair, expected)[word_of_pair]
    sizes = [each.size for each in cell]
    return _likeliest(prior_of * chance[pair], sizes, used, given_ids, len(given))


def _likeliest(
    weight: NDArray[np.float64],
    sizes: list[int],
    used: list[int],
    given_ids: list[NDArray[np.int64]],
    n: int,
) -> list[Links]:
    found: list[Links] = [set() for _ in range(n)]
    for k, part in zip(used, np.split(weight, np.cumsum(sizes)[:-1]), strict=True):
        n_given = len(given_ids[k])
        best = part.reshape(n_given + 1, -1).argmax(axis=0)
        found[k] = {(int(i), j) for j, i in enumerate(best) if i < n_given}
    return found


def _prior(n_given: int, n_made: int) -> NDArray[np.float64]:
    """Rows for the given positions and one for no partner; each column sums to 1."""
    given = (np.arange(n_given) + 0.5) / n_given
    made = (np.arange(n_made) + 0.5) / n_made
    near = np.exp(-_DIAGONAL * np.abs(given[:, None] - made))
    near *= (1 - _NO_PARTNER) / near.sum(axis=0)
    return np.vstack([near, np.full(n_made, _NO_PARTNER)])


def _merged(forward: Links, backward: Links) -> Links:
    """What both directions say, grown by neighbours that either says ("grow-diag-final")."""
    links = forward & backward
    either = forward | backward
    rows, columns = {i for i, _ in links}, {j for _, j in links}
    grows = True
    while grows:
        grows = False
        for i, j in sorted(either - links):
            is_free = i not in rows or j not in columns
            is_near = any((i + di, j + dj) in links for di in (-1, 0, 1) for dj in (-1, 0, 1))
            if is_free and is_near:
                links.add((i, j))
                rows.add(i)
                columns.add(j)
                grows = True
    for i, j in sorted(either - links):
        if i not in rows and j not in columns:
            links.add((i, j))
            rows.add(i)
            columns.add(j)
    return links


def _numbered(sentences: Sequence[Sequence[str]]) -> list[NDArray[np.int64]]:
    """Token ids from 1."""
    ids: dict[str, int] = {}
    return [
        np.array([ids.setdefault(token, len(ids) + 1) for token in sentence], np.int64)
        for sentence in sentences
    ]
