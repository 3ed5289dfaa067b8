"""Sentence pairs, English to Chinese, with what must stay on one side of a split.

A random split of the emoji names tests "woman running, dark skin tone" after training on
"woman running, light skin tone": what a model knows by heart then looks like translation.
So names are grouped by what is shown, without skin, sex, hair and direction.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from costmodel.messages import InputError, Message, shown
from lab.corpora import messages_file, shipped
from lab.corpora.decoding import decode
from lab.corpora.provenance import Provenance, folder_sha256, read_bytes, sha256
from lab.corpora.reviews import essence
from lab.corpora.split import TEST_SHARE, Split, grouped, joined

MOST_BYTES: Final = 200_000_000
#: Lines of a person's file that need not be pairs, at the most.
MOST_ODD_SHARE: Final = 0.1
#: Words of a source that are translated here: a single one is a dictionary's matter.
LEAST_WORDS: Final = 2
MOST_WORDS: Final = 30

_SKIN: Final = re.compile(r"\b(?:medium-light|medium-dark|light|medium|dark) skin tone\b")
_DETAIL: Final = re.compile(r"\b(?:facing right|(?:red|curly|white|blond) hair|bald|beard)\b")
_PERSON: Final = re.compile(
    r"\b(?:wo)?m[ae]n(?:[’']s)?\b|\b(?:person|people|boys?|girls?|adult|child|baby|older|old)\b"
    r"|(?<=\bmer)(?:man|maid|person)\b"
)
_HAN: Final = re.compile(r"[\u4e00-\u9fff]")
_MARKUP: Final = re.compile(r"[<>{}]")
_MNEMONIC: Final = re.compile(r"[_~](?=\w)")
_CHINESE_MNEMONIC: Final = re.compile(r"\s*[(（][_~&]?[A-Za-z0-9][)）]|[_~](?=\w)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Sources and their translations; ``groups`` numbers those that must stay together.

    A source may stand more than once, with another translation each time.
    """

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    groups: tuple[int, ...]
    provenance: Provenance

    def split(self, *, test_share: float = TEST_SHARE, seed: int = 0) -> Split:
        """Hold out whole groups."""
        return grouped(self.groups, test_share=test_share, seed=seed)


def load(path: Path | None = None, *, name: str = "emoji") -> Pairs:
    """The person's pairs, or else the shipped ones called ``emoji`` or ``libreoffice``.

    Each of these two stands in for the other. Raises ``InputError`` where neither is here.
    """
    if path is not None:
        return from_file(path)
    if name not in ("emoji", "libreoffice"):
        raise InputError(
            "data",
            "{name} is no set of pairs; write emoji, libreoffice or the path of a TSV file",
            name=shown(name),
        )
    wants_emoji = name == "emoji"
    if shipped.find("emoji" if wants_emoji else "libreoffice"):
        return emoji_names() if wants_emoji else libreoffice_messages()
    if shipped.find("libreoffice" if wants_emoji else "emoji"):
        return (
            libreoffice_messages(is_fallback=True) if wants_emoji else emoji_names(is_fallback=True)
        )
    shipped.require("emoji" if wants_emoji else "libreoffice")
    raise AssertionError(name)


def emoji_names(*, is_fallback: bool = False) -> Pairs:
    """The names of the emoji in both languages. Raises ``InputError`` where they are not here."""
    files = shipped.require("emoji")
    english, chinese = (json.loads(file.read_text("utf-8")) for file in files)
    found = {
        (_name(entry["en"]), _name(chinese[sign]))
        for sign, entry in english.items()
        if sign in chinese
    }
    return _pairs(
        sorted(found),
        bases=[base_name(source) for source, _ in sorted(found)],
        corpus="emoji",
        digest=folder_sha256(files),
        fallback_for="libreoffice" if is_fallback else None,
    )


def base_name(name: str) -> str:
    """What an emoji shows, without skin tone, sex, age, hair and direction.

    Names of persons alone ("man, red hair") share one base.
    """
    bare = _DETAIL.sub(" ", _SKIN.sub(" ", name))
    without_person = _PERSON.sub(" ", bare)
    words = without_person.split()
    if words[:1] == ["and"]:  # "woman and man holding hands"
        del words[0]
    return " ".join(words) or "person"


def libreoffice_messages(*, is_fallback: bool = False) -> Pairs:
    """Messages of 2 to 30 words without markup or keyboard mnemonics.

    Those that differ in case and punctuation alone, or have one translation, are a group.
    Raises ``InputError`` where they are not here.
    """
    files = shipped.require("libreoffice")
    found: set[tuple[str, str]] = set()
    n_messages = 0
    for file in files:
        try:
            for source, target in messages_file.messages(file.read_bytes()):
                n_messages += bool(source)
                pair = _without_mnemonics(source, target)
                if _is_sentence(*pair):
                    found.add(pair)
        except messages_file.BrokenCatalogueError as broken:
            raise InputError("data", "{path} is no message catalogue", path=file.name) from broken
    return _pairs(
        sorted(found),
        bases=[essence(source) for source, _ in sorted(found)],
        corpus="libreoffice",
        digest=folder_sha256(files),
        notes=(
            Message(
                "{n} of {n_messages} messages have {least} to {most} words and no markup",
                {
                    "n": len(found),
                    "n_messages": n_messages,
                    "least": LEAST_WORDS,
                    "most": MOST_WORDS,
                },
            ),
        ),
        fallback_for="emoji" if is_fallback else None,
    )


def from_file(path: Path, *, field: str = "data") -> Pairs:
    """A person's file of a source, a tab and its translation on each line.

    Raises ``InputError`` for a file that cannot be read or where more than a tenth of the
    lines are no pairs; fewer are left out and counted.
    """
    content = read_bytes(path, field=field, most_bytes=MOST_BYTES)
    decoded = decode(content, field=field, name=path.name)
    lines = [(i, line) for i, line in enumerate(decoded.text.split("\n"), 1) if line.strip()]
    cells = [(i, [cell.strip() for cell in line.split("\t")]) for i, line in lines]
    odd = [i for i, row in cells if len(row) != 2 or not all(row)]
    if not lines:
        raise InputError(field, "{path} is empty", path=shown(path.name))
    if len(odd) > MOST_ODD_SHARE * len(lines):
        raise InputError(
            field,
            "{n} of {n_lines} lines are not a source, one tab and its translation; the "
            "first is line {line}",
            n=len(odd),
            n_lines=len(lines),
            line=odd[0],
        )
    skipped = set(odd)
    found = list(dict.fromkeys((row[0], row[1]) for i, row in cells if i not in skipped))
    notes = [
        Message("{path} was read as {encoding}", {"path": path.name, "encoding": decoded.encoding})
    ]
    if len(found) < len(lines):
        notes.append(
            Message(
                "{n_lines} lines, of which {n_odd} are no pairs and {n_copies} repeat another",
                {
                    "n_lines": len(lines),
                    "n_odd": len(odd),
                    "n_copies": len(lines) - len(odd) - len(found),
                },
            )
        )
    return Pairs(
        sources=tuple(source for source, _ in found),
        targets=tuple(target for _, target in found),
        groups=_groups(found, [essence(source) for source, _ in found]),
        provenance=Provenance(
            name=Message("{path}", {"path": path.name}),
            licence=None,
            sha256=sha256(content),
            n=len(found),
            notes=tuple(notes),
        ),
    )


def _pairs(
    found: list[tuple[str, str]],
    *,
    bases: list[str],
    corpus: shipped.CorpusName,
    digest: str,
    fallback_for: shipped.CorpusName | None,
    notes: Iterable[Message] = (),
) -> Pairs:
    title = shipped.TITLES[corpus]
    groups = _groups(found, bases)
    said = [*notes]
    if fallback_for is not None:
        said.insert(0, shipped.missing_note(fallback_for, title))
    said.append(
        Message(
            "{n} pairs in {n_groups} groups that are held out as a whole",
            {"n": len(found), "n_groups": len(set(groups))},
        )
    )
    return Pairs(
        sources=tuple(source for source, _ in found),
        targets=tuple(target for _, target in found),
        groups=groups,
        provenance=Provenance(
            name=title,
            licence=shipped.corpora()[corpus].licence,
            sha256=digest,
            n=len(found),
            notes=tuple(said),
            is_fallback=fallback_for is not None,
        ),
    )


def _groups(found: list[tuple[str, str]], bases: list[str]) -> tuple[int, ...]:
    return tuple(joined(bases, [essence(target) for _, target in found]))


def _name(text: Any) -> str:
    return str(text).strip(":").replace("_", " ")


def _without_mnemonics(source: str, target: str) -> tuple[str, str]:
    return _MNEMONIC.sub("", source).strip(), _CHINESE_MNEMONIC.sub("", target).strip()


def _is_sentence(source: str, target: str) -> bool:
    return (
        LEAST_WORDS <= len(source.split()) <= MOST_WORDS
        and _HAN.search(target) is not None
        and _MARKUP.search(source + target) is None
    )
