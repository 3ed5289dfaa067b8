"""The language a person reads: sentences and numbers in English or Simplified Chinese.

English is the source: the English sentence is the key of the catalogue
``locale/zh_Hans/LC_MESSAGES/assay.po``. ``make messages`` brings the catalogue up to date;
a sentence that it lacks is shown in English, and a test fails.
"""

import math
from collections.abc import Iterable
from contextvars import ContextVar, Token
from datetime import datetime, tzinfo
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from babel.messages.pofile import read_po

from costmodel.messages import Amount, Message, Part, Text
from costmodel.uncertainty import Percentiles
from dashboard import number_formats

LANGUAGES: Final = ("en", "zh")
CATALOGUE: Final = Path(__file__).parent / "locale" / "zh_Hans" / "LC_MESSAGES" / "assay.po"

_current: ContextVar[str] = ContextVar("language", default="en")


class use_language:  # noqa: N801 -- reads as the function it is used as
    """Speak ``lang`` from here on; as a context manager, until the block ends."""

    def __init__(self, lang: str) -> None:
        assert lang in LANGUAGES, lang
        self._token: Token[str] = _current.set(lang)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _current.reset(self._token)


def current() -> str:
    """The language in use, one of ``LANGUAGES``."""
    return _current.get()


def normalise(tag: str | None) -> str:
    """Our language for a tag such as ``zh-CN``, ``zh_Hans`` or ``en_US.UTF-8``; else English."""
    language = (tag or "").replace("_", "-").split("-")[0].split(".")[0].strip().lower()
    return language if language in LANGUAGES else "en"


def t(text: str, /, **params: Part) -> str:
    """``text`` in the current language, its ``{named}`` places filled."""
    template = catalogue().get(text, text) if current() == "zh" else text
    return template.format(**{name: _part(part) for name, part in params.items()})


def say(message: Message) -> str:
    """A message of the cost model in the current language."""
    return t(message.text, **message.params)


def read(text: Text) -> str:
    """A text of the data in the current language."""
    template = text.zh if current() == "zh" else text.en
    return template.format(**{name: _part(part) for name, part in text.params.items()})


def N_(text: str) -> str:  # noqa: N802 -- gettext's own name for it
    """Mark a sentence for the catalogue here that ``t`` will say elsewhere."""
    return text


def number(value: float | None) -> str:
    """Three significant figures in the current language; ``None`` is a dash."""
    return number_formats.number(value, current())


def points(score: float | None) -> str:
    """A score of 100 to a tenth, half a tenth up; what is finer nobody knows of a score."""
    return number(None if score is None else math.floor(10 * score + 0.5 + 1e-9) / 10)


def percent(share: float) -> str:
    """A share in whole percent."""
    return amount(math.floor(100 * share + 0.5 + 1e-9) / 100, "fraction")


def amount(value: float | None, unit: str, *, beside: float = 0.0) -> str:
    """A number with its unit in the current language: ``$5.58M``, ``558 万美元``.

    ``beside`` is a number shown next to it, whose scale it then shares.
    """
    return number_formats.amount(value, unit, current(), beside=beside)


def exact(value: float) -> str:
    """A count without doubt, to five figures: ``405.85B``, ``4058.5 亿``."""
    return number_formats.exact(value, current())


def figure(value: float, unit: str) -> str:
    """The number at its scale without the unit's word, for a heading that names the unit."""
    return number_formats.figure(value, unit, current())


def ranged(spread: Percentiles, unit: str) -> str:
    """The median with its 90% range in brackets, at one scale; one figure without a range."""
    median = number_formats.amount(spread.p50, unit, current(), beside=spread.p95)
    if spread.p05 == spread.p95:
        return median
    return f"{median} ({interval(spread.p05, spread.p95, unit)})"


def interval(p05: float | None, p95: float | None, unit: str) -> str:
    """The two ends of a range with their unit once: ``2.1M – 4.4M GPU-hours``."""
    return number_formats.interval(p05, p95, unit, current())


def listed(parts: Iterable[str]) -> str:
    """Names one after another, as the language writes a list."""
    return ("；" if current() == "zh" else "; ").join(parts)


def enumerated(parts: Iterable[str]) -> str:
    """Short things side by side: ``cash, people`` and ``现金、人员``; empty ones are left out."""
    return ("、" if current() == "zh" else ", ").join(part for part in parts if part)


def aside(text: str) -> str:
    """A remark in brackets behind a word, with the blank before it that the language writes."""
    return f"（{text}）" if current() == "zh" else f" ({text})"


def moment(at: datetime, zone: tzinfo | None = None) -> str:
    """A moment to the minute on the clock of ``zone``, else of this machine; read alike in both
    languages: ``2026-11-28 09:40``.
    """
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M")


@cache
def catalogue() -> dict[str, str]:
    """The Chinese sentences by their English; those still to be translated are left out."""
    with CATALOGUE.open("rb") as file:
        entries = read_po(file, locale="zh_Hans")
    return {
        entry.id: entry.string
        for entry in entries
        if isinstance(entry.id, str) and isinstance(entry.string, str) and entry.id and entry.string
    }


def _part(part: Part) -> str:
    if isinstance(part, Message):
        return say(part)
    if isinstance(part, Text):
        return read(part)
    if isinstance(part, Amount):
        return amount(part.value, part.unit)
    if isinstance(part, str):
        return part
    return number_formats.as_typed(part, current())
