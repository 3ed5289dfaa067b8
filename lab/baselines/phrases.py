"""Translation by a table of phrases: what a trained translator must beat.

Phrases of up to four words with their translations are read off aligned training pairs;
a new sentence is covered by known phrases, in an order and with translations that the
phrase counts and a character n-gram model of the target find likeliest. Of the words that
were never seen, names and numbers are copied and others left out.

Source: Koehn, Och, Marcu 2003, Statistical phrase-based translation.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from costmodel.messages import Message
from lab.alignment import Links, align, spans
from lab.tokens import is_name, target_tokens, words

MOST_WORDS: Final = 4
MOST_CHARACTERS: Final = 16
#: Translations of a phrase that are tried, hypotheses kept, words that may be jumped over.
_N_OPTIONS: Final = 6
_BEAM: Final = 8
_MOST_JUMP: Final = 3
#: Weights of the logarithms of phrase counts (there, back) and of the language model; what a
#: phrase, a jumped word and an unknown word cost; what a target token earns.
_THERE: Final = 1.0
_BACK: Final = 0.5
_FLUENCY: Final = 0.6
_PER_PHRASE: Final = -0.5
_PER_JUMP: Final = -0.6
_UNKNOWN: Final = -8.0
_PER_TOKEN: Final = 0.8
#: Count below which a shorter context is asked, and what that costs ("stupid back-off").
_BACK_OFF: Final = math.log(0.4)

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Translated:
    """A translation of each test source, and the method's name."""

    name: Message
    outputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Option:
    """One translation of a phrase with the score that does not depend on its place."""

    target: Words
    score: float


@dataclass(frozen=True, slots=True)
class _Partial:
    """A translation under way: which words are covered, where the last phrase ended."""

    score: float
    covered: int
    end: int
    output: Words


def phrase_table(sources: Sequence[str], targets: Sequence[str], test: Sequence[str]) -> Translated:
    """Translate ``test`` with what the training pairs alone teach."""
    source_words = [_lowered(source) for source in sources]
    characters = [tuple(target_tokens(target)) for target in targets]
    table = _table(source_words, characters, align(source_words, characters))
    fluency = _Fluency(characters)
    memory: dict[str, str] = {}
    for source in test:
        if source not in memory:
            memory[source] = "".join(_decoded(source, table, fluency))
    return Translated(
        name=Message("a phrase table learnt from the training pairs"),
        outputs=tuple(memory[source] for source in test),
    )


def _lowered(source: str) -> Words:
    return tuple(word.lower() for word in words(source))


def _table(
    sources: Sequence[Words], targets: Sequence[Words], links: Sequence[Links]
) -> dict[Words, list[_Option]]:
    together: defaultdict[Words, Counter[Words]] = defaultdict(Counter)
    alone: Counter[Words] = Counter()
    for source, target, aligned in zip(sources, targets, links, strict=True):
        for phrase, translation in _phrases(source, target, aligned):
            together[phrase][translation] += 1
            alone[translation] += 1
    table = {}
    for phrase, counts in together.items():
        n = counts.total()
        options = [
            _Option(
                translation,
                _THERE * math.log(count / (n + 0.5))
                + _BACK * math.log(count / (alone[translation] + 0.5))
                + _PER_PHRASE
                + _PER_TOKEN * len(translation),
            )
            for translation, count in counts.most_common(3 * _N_OPTIONS)
        ]
        table[phrase] = sorted(options, key=lambda option: -option.score)[:_N_OPTIONS]
    return table


def _phrases(source: Words, target: Words, links: Links) -> Iterator[tuple[Words, Words]]:
    """Every pair of runs whose words are linked to each other and to nothing else."""
    linked = {j for _, j in links}
    for first, last, low, high in spans(links, len(source), most_words=MOST_WORDS):
        start = low
        while start >= 0 and (start == low or start not in linked):
            end = high
            while end < len(target) and (end == high or end not in linked):
                if end - start < MOST_CHARACTERS:
                    yield source[first : last + 1], target[start : end + 1]
                end += 1
            start -= 1


class _Fluency:
    """How likely a token is after the two before it, by counts of the training targets."""

    def __init__(self, sentences: Sequence[Words]) -> None:
        self.counts: Counter[Words] = Counter()
        for sentence in sentences:
            padded = ("<", "<", *sentence, ">")
            for n in (1, 2, 3):
                self.counts.update(padded[i : i + n] for i in range(len(padded) - n + 1))
        self.n = sum(len(sentence) + 1 for sentence in sentences)

    def score(self, before: Words, added: Words) -> float:
        """The logarithm of the chance of ``added`` after ``before``."""
        run = ("<", "<", *before)[-2:] + added
        return sum(self._token(run[i - 2 : i + 1]) for i in range(2, len(run)))

    def within(self, tokens: Words) -> float:
        """The logarithm of the chance of these tokens, whatever stands before them."""
        return sum(self._token(tokens[max(i - 2, 0) : i + 1]) for i in range(len(tokens)))

    def _token(self, run: Words) -> float:
        """The last token of a run given the others."""
        paid = 0.0
        for start in range(len(run) - 1):
            count = self.counts[run[start:]]
            if count:
                return paid + math.log(count / self.counts[run[start:-1]])
            paid += _BACK_OFF
        return paid + math.log((self.counts[run[-1:]] + 0.5) / self.n)


def _decoded(source: str, table: Mapping[Words, list[_Option]], fluency: _Fluency) -> Words:
    """The best covering by beam search over the number of words covered."""
    options = _options(source, table)
    n = max((last for _, last in options), default=0)
    ahead = _ahead(n, options, fluency)
    stacks: list[dict[tuple[int, int, Words], _Partial]] = [{} for _ in range(n + 1)]
    stacks[0][0, 0, ()] = _Partial(0.0, 0, 0, ())
    for stack in stacks[:-1]:
        ranked = sorted(stack.values(), key=lambda p: -(p.score + ahead(p.covered)))
        for partial in ranked[:_BEAM]:
            for longer in _extended(partial, options, fluency):
                key = (longer.covered, longer.end, longer.output[-2:])
                after = stacks[longer.covered.bit_count()]
                if key not in after or after[key].score < longer.score:
                    after[key] = longer
    ended = stacks[-1].values()
    return max(ended, key=lambda p: p.score + _FLUENCY * fluency.score(p.output, (">",))).output


def _extended(
    partial: _Partial, options: Mapping[tuple[int, int], list[_Option]], fluency: _Fluency
) -> Iterator[_Partial]:
    """The translation under way with one phrase more, at most a few words ahead."""
    gap = (~partial.covered & (partial.covered + 1)).bit_length() - 1  # the first open word
    for (first, last), choices in options.items():
        span = ((1 << (last - first)) - 1) << first
        if partial.covered & span or first > gap + _MOST_JUMP:
            continue
        base = partial.score + _PER_JUMP * abs(first - partial.end)
        for option in choices:
            yield _Partial(
                base + option.score + _FLUENCY * fluency.score(partial.output, option.target),
                partial.covered | span,
                last,
                partial.output + option.target,
            )


def _options(
    source: str, table: Mapping[Words, list[_Option]]
) -> dict[tuple[int, int], list[_Option]]:
    """The translations of each run of words, and something for a word that has none."""
    written = words(source)
    lowered = _lowered(source)
    found: dict[tuple[int, int], list[_Option]] = {}
    for first in range(len(lowered)):
        for last in range(first + 1, min(first + MOST_WORDS, len(lowered)) + 1):
            choices = table.get(lowered[first:last])
            if choices:
                found[first, last] = choices
            elif last == first + 1:
                copy = (written[first],) if is_name(written[first]) else ()
                found[first, last] = [_Option(copy, _UNKNOWN)]
    return found


def _ahead(
    n: int, options: Mapping[tuple[int, int], list[_Option]], fluency: _Fluency
) -> Callable[[int], float]:
    """What the words that are not covered yet will bring at best, by the bits covered."""
    best = [[0.0] * (n + 1) for _ in range(n + 1)]
    for width in range(1, n + 1):
        for first in range(n - width + 1):
            last = first + width
            parts = [best[first][cut] + best[cut][last] for cut in range(first + 1, last)]
            parts += [
                option.score + _FLUENCY * fluency.within(option.target)
                for option in options.get((first, last), ())
            ]
            best[first][last] = max(parts)

    @cache
    def ahead(covered: int) -> float:
        total, first = 0.0, 0
        for i in range(n + 1):
            if i == n or covered >> i & 1:
                total += best[first][i] if first < i else 0.0
                first = i + 1
        return total

    return ahead
