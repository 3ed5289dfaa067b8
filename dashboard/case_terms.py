"""The names that a reader of the case library sees, and what each outcome means."""

from collections.abc import Iterable
from typing import Final

from costmodel.messages import Message, Part, Text
from dashboard.cases.comparables import country_name
from dashboard.cases.library import Case, Kind, Outcome
from dashboard.language import N_, amount, current, read, say, t
from dashboard.risk.bank.loading import bank
from dashboard.terms import evidence_label

_OUTCOMES: Final[dict[Outcome, str]] = {
    "fail": N_("Failed"),
    "acquihire": N_("Acqui-hire"),
    "base": N_("Base"),
    "good": N_("Good"),
    "outlier": N_("Outlier"),
    "open": N_("Open"),
}
_MEANT: Final[dict[Outcome, str]] = {
    "fail": N_("Ended, or sold or recapitalised below the money that was put in."),
    "acquihire": N_(
        "The people were hired and the work licensed or taken over; investors got about their "
        "money back, or what they got is not known."
    ),
    "base": N_("Sold or listed at one to five times the last valuation before."),
    "good": N_("Sold or listed at five to ten times the last valuation before."),
    "outlier": N_("Sold or listed at more than ten times the last valuation before."),
    "open": N_("Not ended: a valuation on paper is no return."),
}
_KINDS: Final[dict[Kind, str]] = {"company": N_("Company"), "run": N_("Training run")}
_BASES: Final = {
    "return": N_("classed by what investors got, or by the price over the last valuation"),
    "event": N_("classed by the form of the event; what investors got is not known"),
}
_FEATURES: Final = {
    "trains_from_scratch": N_("whether it trains from scratch"),
    "sector": N_("the sector"),
    "stage": N_("the stage"),
    "size": N_("the size of the model"),
    "money": N_("the money that it raises"),
    "country": N_("the country"),
}


def outcome_label(outcome: Outcome | None) -> str:
    """What an outcome is called; a dash for a run, which has none."""
    return "–" if outcome is None else t(_OUTCOMES[outcome])


def outcome_meaning(outcome: Outcome) -> str:
    """What an outcome means."""
    return t(_MEANT[outcome])


def kind_label(kind: Kind) -> str:
    """What a kind of case is called."""
    return t(_KINDS[kind])


def name_words(case: Case) -> str:
    """The case's name, in Chinese with its Chinese one before it."""
    own = next((name for name in case.also_called if "一" <= name[0] <= "鿿"), "")
    return f"{own} {case.name}" if own and current() == "zh" else case.name


def basis_words(case: Case) -> str:
    """What the case's class rests on; empty for one that has no class."""
    return "" if case.basis is None else t(_BASES[case.basis])


def features_words(features: Iterable[str]) -> str:
    """What a deal does not state, as a list."""
    return ("、" if current() == "zh" else ", ").join(t(_FEATURES[name]) for name in features)


def country_words(code: str) -> str:
    """A country's name."""
    return part_words(country_name(code))


def sector_words(sector: str) -> str:
    """A sector's name."""
    return read(bank().sectors[sector].name)


def stage_words(stage: str | None) -> str:
    """A stage's name; a dash where it is not known."""
    return (
        "–"
        if stage is None
        else next(read(each.name) for each in bank().frame.stages if each.id == stage)
    )


def part_words(part: Part) -> str:
    """A part of a sentence in the current language."""
    match part:
        case Text():
            return read(part)
        case Message():
            return say(part)
        case _:
            return str(part)


def figures(case: Case) -> list[tuple[str, str]]:
    """What is known of a case, as label and value; a value from memory says so."""
    found = [
        (t("Country"), country_words(case.country)),
        (t("Sector"), sector_words(case.sector)),
    ]
    if case.founded is not None:
        found.append((t("Founded"), _marked(str(case.founded), case.from_memory("founded"))))
    if case.stage is not None:
        found.append((t("Stage"), _marked(stage_words(case.stage), case.from_memory("stage"))))
    for label, value, column in (
        (t("Raised in all"), case.raised_usd, "raised_usd"),
        (t("Last valuation before"), case.valuation_usd, "valuation_usd"),
    ):
        if value is not None:
            found.append((label, _marked(amount(value, "usd"), case.from_memory(column))))
    run = case.run
    if run is None:
        return found
    found.append((t("Run"), run.run_id))
    for label, value, unit, column in (
        (t("Parameters"), run.params, "parameter", "total_params"),
        (t("Training tokens"), run.tokens, "token", "training_tokens"),
        (t("GPU-hours"), run.gpu_hours, "gpu_hour", "gpu_hours_reported"),
    ):
        if value is not None:
            found.append((label, _marked(amount(value, unit), column in run.recalled)))
    if run.chip:
        found.append((t("Accelerator"), _marked(run.chip, "chip" in run.recalled)))
    return found


def grade_words(case: Case) -> str:
    """The case's grade, and whether some of it is from memory."""
    grade = evidence_label(case.evidence)
    if case.recalled and case.evidence != "recall":
        return t("{grade}, some of it from memory", grade=grade)
    return grade


def _marked(value: str, from_memory: bool) -> str:
    return t("{value} (from memory)", value=value) if from_memory else value
