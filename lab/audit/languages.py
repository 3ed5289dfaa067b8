"""Which languages a sample is written in, as shares of its bytes.

The script of every text is counted. A script of one language settles it; within the others
(Latin, Cyrillic, Arabic, Devanagari) a random sample of texts is judged by ``py3langid``, and
its shares stand for the rest of that script.

Source: Lui and Baldwin 2012, langid.py: an off-the-shelf language identification tool.
"""

import random
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lab.audit.words import Ints, Words

#: Scripts by their characters; of overlapping ones the first.
_SCRIPTS: Final = (
    ("latin", ((0x41, 0x5A), (0x61, 0x7A), (0xC0, 0x24F), (0x1E00, 0x1EFF))),
    ("han", ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF))),
    ("kana", ((0x3041, 0x30FF),)),
    ("hangul", ((0x1100, 0x11FF), (0xAC00, 0xD7AF))),
    ("cyrillic", ((0x400, 0x52F),)),
    ("arabic", ((0x600, 0x6FF), (0x750, 0x77F))),
    ("devanagari", ((0x900, 0x97F),)),
    ("greek", ((0x370, 0x3FF),)),
    ("hebrew", ((0x590, 0x5FF),)),
    ("thai", ((0xE00, 0xE7F),)),
)
_NAMES: Final = ("none", *(name for name, _ in _SCRIPTS))
_LANGUAGE_OF: Final = {"han": "zh", "kana": "ja", "hangul": "ko", "greek": "el", "hebrew": "he"} | {
    "thai": "th"
}
#: A Japanese text has kana between its Han characters; a Chinese one may quote a little.
_KANA_SHARE: Final = 0.05
#: Texts that are judged in all, and characters of each that are read.
_MOST_JUDGED: Final = 2_000
_ALL_OF_THE_FIRST: Final = 500
_READ: Final = 300
#: What has no letters has no language.
UNKNOWN: Final = "und"


class Languages:
    """Counts bytes by language, batch by batch."""

    def __init__(self, *, seed: int = 0) -> None:
        self._rng = random.Random(seed)
        self._bytes_of_script: dict[str, int] = {}
        self._judged: dict[str, dict[str, int]] = {}
        self.n_judged = 0
        self._n_seen = 0

    def add(self, texts: list[str], n_bytes: Ints, words: Words) -> None:
        """The next texts, the bytes of each, and their words."""
        scripts = main_scripts(words)
        for place, name in enumerate(_NAMES):
            mine = scripts == place
            if mine.any():
                total = int(n_bytes[mine].sum())
                self._bytes_of_script[name] = self._bytes_of_script.get(name, 0) + total
        unsettled = [k for k in np.flatnonzero(scripts) if _NAMES[scripts[k]] not in _LANGUAGE_OF]
        for k in unsettled:
            self._n_seen += 1
            # Rarer as more are judged, so that a long sample is judged to its end.
            often = min(1.0, _ALL_OF_THE_FIRST / self._n_seen)
            if self.n_judged >= _MOST_JUDGED or self._rng.random() >= often:
                continue
            self.n_judged += 1
            counts = self._judged.setdefault(_NAMES[scripts[k]], {})
            language = language_of(texts[k])
            # Weighed by what it stands for, as the later ones stand for more.
            counts[language] = counts.get(language, 0) + int(n_bytes[k] / often)

    def shares(self) -> dict[str, float]:
        """The share of each language in the bytes, the largest first."""
        total = sum(self._bytes_of_script.values())
        found: dict[str, float] = {}
        for script, n_bytes in self._bytes_of_script.items():
            share = n_bytes / total
            if script == "none":
                parts = {UNKNOWN: 1.0}
            elif script in _LANGUAGE_OF:
                parts = {_LANGUAGE_OF[script]: 1.0}
            else:
                counts = self._judged.get(script, {UNKNOWN: 1})
                parts = {name: n / sum(counts.values()) for name, n in counts.items()}
            for name, part in parts.items():
                found[name] = found.get(name, 0.0) + share * part
        return dict(sorted(found.items(), key=lambda item: -item[1]))

    def as_json(self) -> dict[str, Any]:
        """How it was counted."""
        return {"unit": "bytes", "judged": self.n_judged, "scripts": self._bytes_of_script}


def main_scripts(words: Words) -> NDArray[np.int64]:
    """The script of each text, as a place in the table: the one with most letters."""
    of_character = _table()[np.minimum(words.codes, len(_table()) - 1)]
    counts = np.zeros((len(_NAMES), words.n_texts), np.int64)
    for place in range(1, len(_NAMES)):
        mine = of_character == place
        if place == 1 or mine.any():
            counts[place] = np.add.reduceat(mine, words.begins, dtype=np.int64)
    han, kana = _NAMES.index("han"), _NAMES.index("kana")
    # One Chinese character says about as much as four Latin letters.
    counts[[han, kana, _NAMES.index("hangul")]] *= 3
    found = counts.argmax(0)
    both = counts[han] + counts[kana]
    japanese = np.isin(found, (han, kana)) & (counts[kana] > _KANA_SHARE * both)
    found[japanese] = kana
    found[np.isin(found, (han, kana)) & ~japanese] = han
    return found


def language_of(text: str) -> str:
    """The likeliest language of a text."""
    import py3langid

    return str(py3langid.classify(text[:_READ])[0])


@cache
def _table() -> NDArray[np.uint8]:
    table = np.zeros(0x323B1, np.uint8)
    for place, (_, ranges) in enumerate(_SCRIPTS, start=1):
        for low, high in ranges:
            table[low : high + 1] = place
    return table
