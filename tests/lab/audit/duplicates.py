"""Documents with copies planted among them, and the truth about them by brute force."""

import random
import re
from collections import Counter
from typing import Final

_WORD: Final = re.compile(r"[\u3041-\u30ff\u4e00-\u9fff]|[^\W_\u3041-\u30ff\u4e00-\u9fff]+")
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
#: Ordinary Chinese characters; which ones makes no difference to a count of repeats.
_HAN: Final = "".join(chr(code) for code in range(0x4E00, 0x4E00 + 1500))


def words(text: str) -> list[str]:
    """The words of a text as the definition has them, by a regular expression."""
    return _WORD.findall(text.lower())


def shingles(text: str, n: int = 5) -> frozenset[tuple[str, ...]]:
    """Its sequences of ``n`` words; of a shorter text the whole."""
    found = words(text)
    return frozenset(tuple(found[k : k + n]) for k in range(max(1, len(found) - n + 1)))


def jaccard(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> float:
    """Shared sequences over all of both."""
    both = len(one & other)
    return both / (len(one) + len(other) - both)


def planted(n: int, *, chinese: bool = False, seed: int = 0) -> list[str]:
    """``n`` documents, of which two in five are changed copies, many near a Jaccard of 0.8."""
    rng = random.Random(seed)
    vocabulary = (
        list(_HAN)
        if chinese
        else ["".join(rng.choices(_LETTERS, k=rng.randint(2, 9))) for _ in range(4000)]
    )
    gap = "" if chinese else " "
    documents = [rng.choices(vocabulary, k=rng.randint(40, 200)) for _ in range(n * 3 // 5)]
    for _ in range(n - len(documents)):
        copy = list(rng.choice(documents))
        for _ in range(rng.randint(0, max(1, len(copy) // 35))):
            place = rng.randrange(len(copy))
            change = rng.random()
            if change < 0.6:
                copy[place] = rng.choice(vocabulary)
            elif change < 0.8:
                del copy[place]
            else:
                copy.insert(place, rng.choice(vocabulary))
        documents.append(copy)
    rng.shuffle(documents)
    return [gap.join(document) for document in documents]


def truth(texts: list[str], *, threshold: float = 0.8) -> list[bool]:
    """Whether each text is at the threshold or above to an earlier one: every pair that shares
    a sequence is compared.
    """
    sets = [shingles(text) for text in texts]
    holders: dict[tuple[str, ...], list[int]] = {}
    near = []
    for number, mine in enumerate(sets):
        shared: Counter[int] = Counter()
        for one in mine:
            shared.update(holders.setdefault(one, []))
            holders[one].append(number)
        near.append(
            any(
                both / (len(mine) + len(sets[other]) - both) >= threshold
                for other, both in shared.items()
            )
        )
    return near
