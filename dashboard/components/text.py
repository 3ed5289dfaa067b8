"""Text on its way into Markdown: what a person typed stays text."""

import re

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|~>$:<&@])")

_BARE_DOLLAR = re.compile(r"(?<!\\)\$")
_ARXIV = re.compile(r"arXiv:(\d{4}\.\d{4,5})")


def plain(text: str) -> str:
    """``text`` with every character that Markdown would read as markup escaped."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def money(text: str) -> str:
    """Our own sentence in Markdown: a dollar sign is money, never mathematics.

    One that is escaped already, as ``plain`` leaves it, stays as it is.
    """
    return _BARE_DOLLAR.sub(r"\\$", text)


def cited_source(text: str) -> str:
    """A claim's citation in Markdown, its arXiv number as a link."""
    found = _ARXIV.search(text)
    if found is None:
        return plain(text)
    before, after = text[: found.start()], text[found.end() :]
    return f"{plain(before)} [{found[0]}](https://arxiv.org/abs/{found[1]}){plain(after)}"
