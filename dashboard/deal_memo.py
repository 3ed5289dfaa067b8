"""What a person writes for the committee: the ``memo`` section of a deal file.

Everything is optional, and nothing of it is computed: the thesis with its tests, what the
product is built of, rivals, people, the bear case and dissent. A report prints it under the
name of whoever wrote it and says where it is missing.
"""

from typing import Annotated, Final, Literal, TypeAlias

from pydantic import BaseModel, Field

from dashboard.strict import STRICT, Localised, ShortText

#: How far a memo is: what the rules would decide on it is the same in all three.
MemoStatus: TypeAlias = Literal["draft", "conditional", "final"]
ClaimStatus: TypeAlias = Literal["open", "met", "failed"]
Make: TypeAlias = Literal["own", "fine_tuned", "third_party"]

_MOST: Final = 40


class _Strict(BaseModel):
    model_config = STRICT


class Thesis(_Strict):
    """A claim that can turn out false: how it is tested, and by when."""

    claim: Localised
    test: Localised = ""
    by: ShortText = ""
    status: ClaimStatus = "open"


class Component(_Strict):
    """A part of the product: who made it, and under which licence it is used."""

    name: ShortText
    make: Make
    licence: ShortText = ""
    use: Localised = ""


class Rival(_Strict):
    """What a customer could take instead, its price and quality on a day."""

    name: ShortText
    usd_per_million_tokens: Annotated[float, Field(ge=0)] | None = None
    same_task_score: Annotated[float, Field(ge=0, le=1)] | None = None
    date: ShortText = ""
    source: ShortText = ""


class Person(_Strict):
    """Somebody on whom the company depends. ``referenced`` says that references were called."""

    name: ShortText
    role: ShortText = ""
    background: Localised = ""
    vested_share: Annotated[float, Field(ge=0, le=1)] | None = None
    referenced: bool = False


class Dissent(_Strict):
    """Somebody of the committee or the deal team who sees it otherwise, by name."""

    by: ShortText
    text: Localised
    date: ShortText = ""


class MemoNotes(_Strict):
    """What the deal team writes for the committee.

    ``confidential`` is the mark on every page, the usual one where it is left out;
    ``same_task`` names the task and the day of the rivals' scores.
    """

    author: ShortText = ""
    status: MemoStatus = "draft"
    confidential: Localised = ""
    round: ShortText = ""
    thesis: Annotated[list[Thesis], Field(max_length=_MOST)] = []
    components: Annotated[list[Component], Field(max_length=_MOST)] = []
    same_task: Localised = ""
    own_score: Annotated[float, Field(ge=0, le=1)] | None = None
    rivals: Annotated[list[Rival], Field(max_length=_MOST)] = []
    people: Annotated[list[Person], Field(max_length=_MOST)] = []
    bear_case: Localised = ""
    covenants: Annotated[list[Localised], Field(max_length=_MOST)] = []
    kill_criteria: Annotated[list[Localised], Field(max_length=_MOST)] = []
    dissent: Annotated[list[Dissent], Field(max_length=_MOST)] = []
