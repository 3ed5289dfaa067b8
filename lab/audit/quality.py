"""Texts that a filter of training data would take out, and why.

The rules are those that DeepMind trained Gopher with, in the form that can be counted for a
whole batch at once; rules on words apply to texts of a script with spaces. The lists of harsh
words are short and mild: they tell a sample that is full of insults from one that is not, and
no more.

Source: Rae et al. 2021, Scaling Language Models, appendix A.1, arXiv:2112.11446.
"""

import re
from collections import Counter
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from costmodel.messages import Message
from lab.audit.words import U64, Grams, Ints, Words, among, words_of

#: The rules: how a text fails, in words.
RULES: Final[dict[str, Message]] = {
    "short": Message("Fewer than 50 words (100 characters in Chinese)"),
    "long": Message("More than 100,000 words"),
    "word_length": Message("Words of fewer than 3 or more than 10 letters on average"),
    "symbols": Message("More than one # or … to ten words"),
    "no_letters": Message("Fewer than four words in five hold a letter"),
    "few_stop_words": Message("Not two of the commonest English words"),
    "repeated": Message("More than 30% of its five-word sequences repeat"),
    "harsh": Message("Two or more insults or curses"),
}
_FEWEST_WORDS: Final = 50
_FEWEST_CHARACTERS: Final = 100
_MOST_WORDS: Final = 100_000
_STOP_WORDS: Final = ("the", "be", "to", "of", "and", "that", "have", "with")
#: Insults and curses of the milder kind; whole words.
_HARSH_EN: Final = (
    *("idiot", "idiots", "moron", "morons", "bastard", "bastards", "bitch", "shit", "fuck"),
    *("fucking", "asshole", "scum", "retard", "whore", "slut", "damn", "crap", "bullshit"),
    *("dickhead", "wanker", "motherfucker", "imbecile", "dumbass"),
)
_HARSH_ZH: Final = re.compile(
    "傻[逼B]|白痴|混蛋|王八蛋|他妈的|去死吧|贱人|废物|滚蛋|脑残|操你|狗屎|蠢货|婊子"
)
_REPEATED: Final = 0.3
#: Texts of fewer n-grams repeat by chance.
_FEWEST_GRAMS: Final = 20


class Quality:
    """Counts what fails, batch by batch."""

    def __init__(self) -> None:
        self.failed: Counter[str] = Counter()
        self.n_texts = 0
        self.n_failing = 0

    def add(self, texts: list[str], words: Words, grams: Grams) -> NDArray[np.bool_]:
        """The next texts; which of them fail a rule."""
        fails = failures(texts, words, grams)
        any_ = np.zeros(len(texts), bool)
        for rule, mine in fails.items():
            self.failed[rule] += int(mine.sum())
            any_ |= mine
        self.n_texts += len(texts)
        self.n_failing += int(any_.sum())
        return any_

    def as_json(self) -> dict[str, Any]:
        """Shares of the texts that fail each rule, and any."""
        n = max(self.n_texts, 1)
        rules = {rule: self.failed[rule] / n for rule in RULES}
        return {"failing_share": self.n_failing / n, "rules": rules}


def failures(texts: list[str], words: Words, grams: Grams) -> dict[str, NDArray[np.bool_]]:
    """For each rule which texts fail it."""
    counts = words.counts
    characters = words.ends - words.begins
    letters = _sums(words.lengths, words.first)
    codes = words.codes
    han = (codes >= 0x3041) & (codes <= 0x9FFF)
    # Words of one character each: Chinese and Japanese.
    spaceless = _in_texts(han, words) > 0.5 * counts
    spaced = ~spaceless & (counts > 0)
    mean = letters / np.maximum(counts, 1)
    symbols = _in_texts((codes == ord("#")) | (codes == ord("…")), words)
    with_letter = counts - _words_of_digits(words)
    stops = _sums(among(words.hashes, _hashes(_STOP_WORDS)).astype(np.int64), words.first)
    harsh = _sums(among(words.hashes, _hashes(_HARSH_EN)).astype(np.int64), words.first)
    harsh += _harsh_chinese(texts, spaceless)
    english = spaced & (characters > 0)
    return {
        "short": np.where(spaceless, characters < _FEWEST_CHARACTERS, counts < _FEWEST_WORDS),
        "long": counts > _MOST_WORDS,
        "word_length": spaced & ((mean < 3) | (mean > 10)),
        "symbols": symbols > 0.1 * np.maximum(counts, 1),
        "no_letters": spaced & (with_letter < 0.8 * counts),
        "few_stop_words": english & (stops < 2),
        "repeated": repeated_share(grams) > _REPEATED,
        "harsh": harsh >= 2,
    }


def repeated_share(grams: Grams) -> NDArray[np.float64]:
    """The share of a text's n-grams that stand in it before; zero for a short text."""
    counts = grams.counts
    owner = grams.text_of.astype(np.uint64)
    # The text's number above 40 bits of the hash: sorting brings a text's repeats together.
    keys = np.sort(owner << np.uint64(40) | grams.hashes >> np.uint64(24))
    again = keys[1:][keys[1:] == keys[:-1]] >> np.uint64(40)
    repeats = np.bincount(again.astype(np.int64), minlength=len(counts))
    share: NDArray[np.float64] = repeats / np.maximum(counts, 1)
    share[counts < _FEWEST_GRAMS] = 0
    return share


def _sums(values: Ints, first: Ints) -> Ints:
    """The sum of a text's values, for each text."""
    running = np.concatenate(([0], np.cumsum(values)))
    return running[first[1:]] - running[first[:-1]]


def _in_texts(mask: NDArray[np.bool_], words: Words) -> Ints:
    if not mask.any():
        return np.zeros(words.n_texts, np.int64)
    at = np.flatnonzero(mask)
    return np.bincount(np.searchsorted(words.ends, at), minlength=words.n_texts)[: words.n_texts]


def _words_of_digits(words: Words) -> Ints:
    """How many words of each text begin with a digit."""
    codes = words.codes
    digit = (codes >= ord("0")) & (codes <= ord("9"))
    if not digit.any():
        return np.zeros(words.n_texts, np.int64)
    starts = digit.copy()
    before = codes[:-1]
    letter = ((before >= ord("a")) & (before <= ord("z"))) | digit[:-1]
    starts[1:] &= ~letter
    return _in_texts(starts, words)


def _harsh_chinese(texts: list[str], spaceless: NDArray[np.bool_]) -> Ints:
    found = np.zeros(len(texts), np.int64)
    for k in np.flatnonzero(spaceless):
        found[k] = len(_HARSH_ZH.findall(texts[k]))
    return found


@cache
def _hashes(of: tuple[str, ...]) -> U64:
    return words_of(list(of)).hashes
