"""The encoding of a person's text file: decided by evidence, or refused.

A byte-order mark settles it; so does valid UTF-8, which other encodings almost never
form by chance. GB18030 and Big5 accept many byte strings that they did not write, so
their reading must also look like Chinese; Latin-1 accepts every one, so it comes last
and must look like Western text.
"""

import codecs
import re
from dataclasses import dataclass
from typing import Final

from costmodel.messages import InputError, shown

#: A mark at the start of the file, longest first: UTF-32's begins with UTF-16's.
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: What is tried without a mark, in this order.
TRIED: Final = ("utf-8", "utf-16-le", "utf-16-be", "gb18030", "big5", "latin-1", "cp1252")

#: Characters so common that a third and more of any Chinese prose consists of them, in both
#: spellings. Bytes of another encoding read as Chinese give rare characters.
_COMMON: Final = frozenset(
    "的一是不了在人有我他这個个们們中来來上大为為和国國地到以说說时時要就出会會可也你对對生能而"
    "子那得于於着著下自之年过過发發后後作里裡用道行所然家种種事成方多经經么麼去法学學如都同现現"
    "当當没沒动動面起看定天分还還进進好小部其些主样樣理心她本前开開但因只从從想实實日很书書买買"
)
#: Share of the Chinese characters that are common ones, at the least, in a text long
#: enough for shares. Reviews have 0.5, user-interface strings 0.3, names of things 0.2;
#: Korean bytes read as GB18030 have none.
_COMMON_SHARE: Final = 0.05
_LONG_ENOUGH: Final = 100
#: Share of what is not ASCII that must be Chinese characters or punctuation.
_CHINESE_SHARE: Final = 0.9
#: Characters judged, from the start of the text.
_SAMPLE: Final = 200_000

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
_HAN: Final = re.compile(r"[\u4e00-\u9fff]")
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff\u3000-\u303f\uff00-\uffef—…·“”‘’×]")
_WESTERN: Final = re.compile(r"[\u00a0-\u00ff\u0152\u0153\u0160\u0161\u017d\u017e\u0178‘’“”–—…€•™]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A text whose lines end in a line feed, and the encoding it was found to be in."""

    text: str
    encoding: str


def decode(content: bytes, *, field: str = "data", name: str = "") -> Decoded:
    """The text of a file. Raises ``InputError`` for a binary file or an unknown encoding."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            text = _strict(content, encoding)
            if text is None or _is_binary(text):
                raise InputError(
                    field,
                    "{name} begins with the mark of {encoding} and is not valid in it; "
                    "save it as UTF-8",
                    name=shown(name),
                    encoding=encoding.removesuffix("-sig"),
                )
            return _decoded(text, encoding.removesuffix("-sig"))
    text = _strict(content, "utf-8")
    if text is not None and not _is_binary(text):
        return _decoded(text, "utf-8")
    if b"\x00" in content:
        return _without_mark(content, field=field, name=name)
    chinese = {
        encoding: share
        for encoding in ("gb18030", "big5")
        if (text := _strict(content, encoding)) is not None
        and not _is_binary(text)
        and (share := _common_share(text)) is not None
    }
    if chinese:
        likeliest = max(chinese, key=lambda encoding: chinese[encoding])
        return _decoded(content.decode(likeliest), likeliest)
    for encoding in ("latin-1", "cp1252"):
        text = _strict(content, encoding)
        if text is not None and not _CONTROL.search(text[:_SAMPLE]) and _is_western(text):
            return _decoded(text, encoding)
    raise InputError(
        field,
        "{name} is a text in none of the encodings that were tried: {tried}. Save it as UTF-8",
        name=shown(name),
        tried=", ".join(TRIED),
    )


def _without_mark(content: bytes, *, field: str, name: str) -> Decoded:
    """UTF-16 that lost its mark: the only text with zero bytes in it."""
    for encoding in ("utf-16-le", "utf-16-be"):
        text = _strict(content, encoding)
        if text is None or _is_binary(text):
            continue
        ascii_share = sum(c < "\x7f" for c in text[:_SAMPLE]) / len(text[:_SAMPLE])
        if ascii_share > 0.5 or _common_share(text) is not None:
            return _decoded(text, encoding)
    raise InputError(field, "{name} is not a text file: it holds binary data", name=shown(name))


def _strict(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _decoded(text: str, encoding: str) -> Decoded:
    return Decoded(text=text.replace("\r\n", "\n").replace("\r", "\n"), encoding=encoding)


def _is_binary(text: str) -> bool:
    sample = text[:_SAMPLE]
    return "\x00" in sample or len(_CONTROL.findall(sample)) > 0.01 * len(sample)


def _common_share(text: str) -> float | None:
    """The share of common characters in a text that looks like Chinese; else ``None``."""
    sample = text[:_SAMPLE]
    beyond_ascii = sum(c > "\x7f" for c in sample)
    if not beyond_ascii or len(_CHINESE.findall(sample)) < _CHINESE_SHARE * beyond_ascii:
        return None
    han = _HAN.findall(sample)
    share = sum(c in _COMMON for c in han) / max(len(han), 1)
    if len(han) >= _LONG_ENOUGH:
        return share if share >= _COMMON_SHARE else None
    # Too short for shares: ordinary characters alone, those of GB 2312 or Big5's first plane.
    ordinary = sum(_is_ordinary(c) for c in han)
    return share if han and ordinary == len(han) else None


def _is_ordinary(character: str) -> bool:
    """Whether one of the two standards lists it among its frequent characters."""
    for encoding, first, last in (("gb2312", 0xB0, 0xD7), ("big5", 0xA4, 0xC6)):
        try:
            if first <= character.encode(encoding)[0] <= last:
                return True
        except UnicodeEncodeError:
            continue
    return False


def _is_western(text: str) -> bool:
    sample = text[:_SAMPLE]
    beyond_ascii = sum(c > "\x7f" for c in sample)
    letters = sum(c.isalpha() for c in sample)
    return beyond_ascii == len(_WESTERN.findall(sample)) and beyond_ascii < 0.5 * max(letters, 1)
