"""Words about rights that texts carry: what licences are named, and how many texts reserve theirs.

A marker is no licence of the text: it may be quoted, and most texts have rights and no marker.
"""

import re
from collections import Counter
from typing import Any, Final

from lab.audit.words import BETWEEN

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
    "SPDX": ("spdx-license-identifier",),
    "Project Gutenberg": ("project gutenberg",),
}
_SPDX: Final = re.compile(r"spdx-license-identifier: *([a-z0-9.+-]{2,40})")


class Licences:
    """Counts texts by marker, batch by batch."""

    def __init__(self) -> None:
        self.texts: Counter[str] = Counter()
        self.n_marked = 0

    def add(self, texts: list[str]) -> None:
        """The next texts."""
        joined = BETWEEN.join(texts).lower()
        marked: set[int] = set()
        for name, phrases in _MARKERS.items():
            mine: set[int] = set()
            for phrase in phrases:
                at = joined.find(phrase)
                number = 0
                last = 0
                while at >= 0:
                    number += joined.count(BETWEEN, last, at)
                    last = at
                    mine.add(number)
                    if name == "SPDX" and (found := _SPDX.match(joined, at)):
                        self.texts[f"SPDX {found[1]}"] += 1
                    # One marker settles a text: go on with the next text.
                    following = joined.find(BETWEEN, at)
                    at = joined.find(phrase, following) if following >= 0 else -1
            if name != "SPDX":
                self.texts[name] += len(mine)
            marked |= mine
        self.n_marked += len(marked)

    def as_json(self) -> dict[str, Any]:
        """How many texts carry each marker, the most frequent first."""
        return {
            "texts_marked": self.n_marked,
            "markers": {name: n for name, n in self.texts.most_common(20) if n},
        }
