"""Text on its way into Markdown: what a person typed stays text."""

import re

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|~>$:<&@])")


def plain(text: str) -> str:
    """``text`` with every character that Markdown would read as markup escaped."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def money(text: str) -> str:
    """Our own sentence in Markdown: a dollar sign is money, never mathematics."""
    return text.replace("$", "\\$")
