"""Words about rights that texts carry: what licences are named, and how many texts reserve theirs.

A marker is no licence of the text: it may be quoted, and most texts have rights and no marker.
"""

import re
from collections import Counter
from functools import cache
from typing import Any, Final

import numpy as np

from lab.audit.words import U64, Words, among, words_of

#: What is looked for, in lower case; a plain phrase leads to the few places that are read.
_MARKERS: Final[dict[str, tuple[str, ...]]] = {
    "all rights reserved": ("all rights reserved", "版权所有", "保留所有权利", "版權所有"),
    "copyright notice": (
        "copyright ©",
        "copyright (c)",
        "© 19",
        "© 20",
        "copyright 20",
        "著作权归",
    ),
    "no reproduction": ("未经许可", "未经授权", "禁止转载", "may not be reproduced", "转载请注明"),
    "CC BY-NC": ("creativecommons.org/licenses/by-nc", "cc by-nc", "cc-by-nc"),
    "CC BY-SA": ("creativecommons.org/licenses/by-sa", "cc by-sa", "cc-by-sa"),
    "CC BY": ("creativecommons.org/licenses/by/", "cc by 4.0", "cc-by-4.0", "cc by 3.0"),
    "CC0": ("creativecommons.org/publicdomain", "cc0 1.0"),
    "MIT": ("mit license", "permission is hereby granted, free of charge"),
    "Apache-2.0": ("apache license", "apache-2.0"),
    "BSD": ("bsd license", "redistribution and use in source and binary forms"),
    "GPL": ("gnu general public license", "gpl-2.0", "gpl-3.0", "gnu lesser general"),
    "AGPL": ("gnu affero general public",),
    "Project Gutenberg": ("project gutenberg",),
}
_CHINESE: Final = re.compile(
    "版权所有|保留所有权利|版權所有|著作权归|未经许可|未经授权|禁止转载|转载请注明"
)
_SPDX: Final = re.compile(r"spdx-license-identifier: *([a-z0-9.+-]{2,40})")


#: A text with none of these words, and no Chinese, has no marker: most are not read again.
_ANCHORS: Final = (
    *("rights", "copyright", "reproduced", "creativecommons", "cc", "cc0", "license", "licenses"),
    *("hereby", "apache", "bsd", "redistribution", "gnu", "gpl", "spdx", "gutenberg"),
)


class Licences:
    """Counts texts by marker, batch by batch."""

    def __init__(self) -> None:
        self.texts: Counter[str] = Counter()
        self.n_marked = 0

    def add(self, texts: list[str], words: Words) -> None:
        """The next texts and their words."""
        at = np.flatnonzero(among(words.hashes, _anchors()))
        may = set(np.searchsorted(words.first, at, side="right") - 1)
        may |= {k for k, text in enumerate(texts) if not text.isascii() and _CHINESE.search(text)}
        for k in may:
            names = markers_in(texts[k])
            self.texts.update(names)
            self.n_marked += bool(names)

    def as_json(self) -> dict[str, Any]:
        """How many texts carry each marker, the most frequent first."""
        return {
            "texts_marked": self.n_marked,
            "markers": {name: n for name, n in self.texts.most_common(20) if n},
        }


def markers_in(text: str) -> list[str]:
    """The markers of one text."""
    lowered = text.lower()
    found = [name for name, phrases in _MARKERS.items() if any(p in lowered for p in phrases)]
    return found + sorted({f"SPDX {one[1]}" for one in _SPDX.finditer(lowered)})


@cache
def _anchors() -> U64:
    return words_of(list(_ANCHORS)).hashes
