"""Brings the message catalogue up to date with the code: ``python -m tests.messages``.

Read from the syntax tree rather than by Babel's scanner, which joins the two strings of
``t("a" if x else "b")`` into one sentence that nobody says.
"""

import ast
import csv
import re
import string
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from dashboard.language import CATALOGUE
from dashboard.terms import OWN

ROOT: Final = Path(__file__).parent.parent
PACKAGES: Final = ("costmodel", "lab", "dashboard")
#: Files of data whose column holds sentences that a page shows; of sources our own titles.
DATA: Final = {
    "data/step_time.csv": "unfit_reason",
    "data/reference_runs.csv": "unfit_reason",
    "data/sources.csv": "title",
}

#: Who says a sentence: the call's name, and which argument holds the text.
CALLS: Final = {
    "t": 0,
    "N_": 0,
    "Message": 0,
    "sums": 0,
    "InputError": 1,
    "MissingFactError": 0,
}

_HEADER: Final = """\
# Simplified Chinese of what Assay says. The English sentence is the key;
# `make messages` adds the new ones, empty, and drops those that nobody says any more.
msgid ""
msgstr ""
"Language: zh_Hans\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence and the file that says it."""

    text: str
    file: str


def said_in(source: str, file: str) -> Iterator[Said]:
    """The sentences of one module. Raises ``SyntaxError`` for one that cannot be a key."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        name = getattr(call.func, "id", None) or getattr(call.func, "attr", None)
        if name not in CALLS:
            continue
        by_keyword = [k.value for k in call.keywords if k.arg == "text"]
        positional = call.args[CALLS[name] : CALLS[name] + 1]
        for argument in (positional or by_keyword)[:1]:
            for text in _texts(argument, file):
                if re.search("[^\\W\\d_]", re.sub(r"{\w*}", "", text)):  # has words of its own
                    yield Said(text, file)


def said() -> list[Said]:
    """Every sentence of the packages and the data, in the order of files and lines, once."""
    found: dict[str, Said] = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            file = path.relative_to(ROOT).as_posix()
            for sentence in said_in(path.read_text("utf-8"), file):
                found.setdefault(sentence.text, sentence)
    for file, column in DATA.items():
        with (ROOT / file).open(encoding="utf-8", newline="") as handle:
            for row in csv.DictReader(handle):
                if row[column] and row.get("publisher", OWN) == OWN:
                    found.setdefault(row[column], Said(row[column], file))
    return list(found.values())


def read(path: Path = CATALOGUE) -> dict[str, str]:
    """The catalogue: English to Chinese, empty where still to be translated."""
    with path.open("rb") as file:
        return {str(e.id): str(e.string) for e in read_po(file, locale="zh_Hans") if e.id}


def updated(sentences: list[Said], known: dict[str, str]) -> str:
    """The catalogue's text for these sentences, with the translations known so far."""
    catalogue = Catalog(locale="zh_Hans")
    for sentence in sorted(sentences, key=lambda s: s.file):
        catalogue.add(sentence.text, known.get(sentence.text, ""), [(sentence.file, 0)])
    buffer = BytesIO()
    write_po(buffer, catalogue, width=96, omit_header=True, include_lineno=False)
    return _HEADER + buffer.getvalue().decode("utf-8")


def problems(sentences: list[Said], known: dict[str, str]) -> list[str]:
    """What is wrong between code and catalogue, one line each."""
    texts = {s.text: s.file for s in sentences}
    found = [f"missing: {text!r} ({texts[text]})" for text in texts if not known.get(text)]
    found += [f"unused: {text!r}" for text in known if text not in texts]
    for english, chinese in known.items():
        if not chinese:
            continue
        if places(english) != places(chinese):
            found.append(f"places differ: {english!r} and {chinese!r}")
        if not any("\u4e00" <= c <= "\u9fff" for c in chinese) and english not in SAME_IN_BOTH:
            found.append(f"not Chinese: {chinese!r}")
    return found


#: Sentences that a Chinese reader sees without a Chinese character.
SAME_IN_BOTH: Final = frozenset({"Assay", "English", "中文"})


def places(text: str) -> set[str]:
    """The ``{named}`` places of a sentence."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def _texts(argument: ast.expr, file: str) -> list[str]:
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return [argument.value]
    if isinstance(argument, ast.IfExp):
        return [*_texts(argument.body, file), *_texts(argument.orelse, file)]
    if isinstance(argument, ast.JoinedStr | ast.BinOp):
        raise SyntaxError(
            f"{file}:{argument.lineno}: a sentence is put together before it is translated; "
            "write it whole, with {named} places"
        )
    return []


def main() -> int:
    """Rewrite the catalogue; report what is still to be translated."""
    sentences = said()
    text = updated(sentences, read())
    CATALOGUE.write_text(text, "utf-8")
    known = read()
    empty = [s for s in sentences if not known.get(s.text)]
    print(f"{len(sentences)} sentences, {len(empty)} to be translated")
    for sentence in empty:
        print(f"  {sentence.file}: {sentence.text}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
