"""An investor's own held-out questions: JSONL of one kind, read strictly and in bounded memory.

{"text": ..., "label": ...}                        classification
{"prompt": ..., "choices": [...], "answer": ...}   multiple choice: an index, a letter or a choice
{"prompt": ..., "answer": ...}                     exact match
{"text": ...}                                      language-model loss
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from costmodel.messages import InputError, shown
from lab.corpora.decoding import decode

Kind: TypeAlias = Literal["classification", "multiple choice", "exact match", "loss"]

_MOST_BYTES: Final = 200_000_000
_MOST_ITEMS: Final = 100_000
_MOST_CHOICES: Final = 64
_FEWEST: Final = 5
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One question: its text, the choices where there are any, and what is right: the place
    of the right choice, or the right words.
    """

    text: str
    choices: tuple[str, ...] = ()
    right: int = 0
    answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """The questions of a file, all of one kind."""

    kind: Kind
    items: tuple[Item, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """What each says, with its right answer, as a training text would hold it."""
        found = []
        for item in self.items:
            right = item.choices[item.right] if item.choices else item.answer
            is_label = self.kind in ("classification", "loss")
            found.append(item.text if is_label else f"{item.text} {right}")
        return tuple(found)


def read(path: Path, *, field: str = "evaluate") -> Items:
    """The questions of a JSONL file.

    Raises ``InputError`` that names the line: no JSON, kinds mixed, an answer outside its
    choices, too few to judge by.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(
                field,
                "{path} has {size} bytes and may have {most}; draw a sample of it",
                path=path.name,
                size=path.stat().st_size,
                most=_MOST_BYTES,
            )
        content = path.read_bytes()
    except OSError as error:
        raise InputError(
            field,
            "{path} cannot be read ({reason}); name a JSONL file",
            path=str(path),
            reason=(error.strerror or "unknown").lower(),
        ) from None
    text = decode(content, field=field, name=path.name).text
    found: list[Item] = []
    kind: Kind | None = None
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        this, item = _item(line, number, field)
        if kind is None:
            kind = this
        if this != kind:
            raise InputError(
                field,
                "line {line} is of another kind ({this}) than those before it ({kind}); give each "
                "kind a file of its own",
                line=number,
                this=this,
                kind=kind,
            )
        found.append(item)
        if len(found) > _MOST_ITEMS:
            raise InputError(
                field, "there are more than {most} questions; draw a sample", most=_MOST_ITEMS
            )
    if kind is None or len(found) < _FEWEST:
        raise InputError(
            field,
            "{n} questions are too few to judge by; {least} are the least",
            n=len(found),
            least=_FEWEST,
        )
    if kind == "classification":
        found = _with_labels(found)
    return Items(kind=kind, items=tuple(found))


def _item(line: str, number: int, field: str) -> tuple[Kind, Item]:
    try:
        row = json.loads(line)
        if not isinstance(row, dict):
            raise TypeError
    except (ValueError, TypeError, RecursionError):
        raise InputError(
            field, "line {line} is not a JSON object; write one question a line", line=number
        ) from None
    text = row.get("text", row.get("prompt", row.get("question")))
    if not isinstance(text, str) or not text.strip():
        raise InputError(
            field,
            "line {line} has no text; write it under text, prompt or question",
            line=number,
        )
    if "choices" in row:
        return "multiple choice", _with_choices(row, text, number, field)
    if "label" in row:
        return "classification", Item(text=text, answer=_word(row["label"], number, field))
    if "answer" in row:
        return "exact match", Item(text=text, answer=_word(row["answer"], number, field))
    return "loss", Item(text=text)


def _with_choices(row: Mapping[str, Any], text: str, number: int, field: str) -> Item:
    choices = row["choices"]
    if not isinstance(choices, list) or not 2 <= len(choices) <= _MOST_CHOICES:
        raise InputError(
            field,
            "line {line} needs 2 to {most} choices as a list",
            line=number,
            most=_MOST_CHOICES,
        )
    words = tuple(_word(choice, number, field) for choice in choices)
    answer = row.get("answer", row.get("label"))
    right = None
    if type(answer) is int and 0 <= answer < len(words):
        right = answer
    elif isinstance(answer, str):
        if answer in words:
            right = words.index(answer)
        elif len(answer) == 1 and answer.upper() in _LETTERS[: len(words)]:
            right = _LETTERS.index(answer.upper())
    if right is None:
        raise InputError(
            field,
            "the answer of line {line} is {answer}, which is none of its {n} choices; write its "
            "number from 0, its letter, or the choice itself",
            line=number,
            answer=shown(answer),
            n=len(words),
        )
    return Item(text=text, choices=words, right=right)


def _with_labels(found: list[Item]) -> list[Item]:
    labels = tuple(sorted({item.answer for item in found}))
    return [
        Item(text=item.text, choices=labels, right=labels.index(item.answer), answer=item.answer)
        for item in found
    ]


def _word(value: Any, number: int, field: str) -> str:
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return str(value)
    raise InputError(
        field,
        "line {line} has {value} where a word or a number belongs",
        line=number,
        value=shown(value),
    )
