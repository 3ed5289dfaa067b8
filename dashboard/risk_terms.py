"""What the parts of the risk checklist are called on a page, in the reader's language."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from costmodel.units import UNITS
from dashboard.deal_sections import SECTIONS, label_and_unit
from dashboard.language import N_, amount, current, listed, number, read, t
from dashboard.risk.assessment import Assessment
from dashboard.risk.autofill import Numbers
from dashboard.risk.bank.bank import Bank
from dashboard.risk.bank.schema import Question
from dashboard.risk.metrics.metric import MetricInput, MetricValue
from dashboard.terms import fact_label, quantity_label

#: Inputs of metrics that have no name elsewhere.
_INPUTS: Final = {
    "plan.tokens": N_("Training tokens"),
    "plan.unique_tokens": N_("Unique training tokens"),
    "plan.cluster.chip": N_("Accelerator"),
    "plan.cluster.n_accelerators": N_("Number of accelerators"),
    "plan.cluster.usd_per_gpu_hour": N_("Price, $ per GPU-hour"),
    "plan.company.country": N_("Country of the company"),
    "plan.region": N_("Region"),
    "tpp": N_("Total processing performance"),
    "chips_in": N_("Countries where the accelerators stand"),
}
_SOURCES: Final = {"plan": N_("plan of the deal"), "cost model": N_("cost model")}
#: Who decided the level that counts.
_DECIDED: Final = {
    "answer": N_("the answer"),
    "numbers": N_("the numbers"),
    "override": N_("the answer, over the numbers"),
}
_BANDS: Final = {
    "low": N_("low risk"),
    "moderate": N_("moderate risk"),
    "high": N_("high risk"),
    "critical": N_("critical risk"),
    None: N_("not known"),
}
#: The same where there is room for a word alone.
_SHORT_BANDS: Final = {
    "low": N_("low"),
    "moderate": N_("moderate"),
    "high": N_("high"),
    "critical": N_("critical"),
}
_REASONS: Final = {
    "below the stage": N_("below what the stage expects"),
    "not known": N_("not known"),
    "critical risk": N_("critical risk"),
    "red flag": N_("red flag"),
}
_CONFIDENCE: Final = {"high": N_("high"), "medium": N_("medium"), "low": N_("low")}
#: Units of metrics and parameters that are words of this checklist alone.
_OWN_UNITS: Final = {
    "mwh": N_("{n} MWh"),
    "passes": N_("{n} passes"),
    "per_1000_documents": N_("{n} per 1,000 documents"),
    "sigma": N_("{n} sigma"),
}


def said_of(label: str, text: str) -> str:
    """A label with what is said of it, as the language joins them."""
    return f"{label}：{text}" if current() == "zh" else f"{label}: {text}"


def named(bank: Bank, kind: str, row: str) -> str:
    """The name of an area, a status, a respondent ...; its id where it has none."""
    with suppress(StopIteration):
        return read(bank.name(kind, row))
    return row


def asked(question: Question) -> str:
    """A question by its id and topic."""
    return f"{question.id} {read(question.topic)}"


def topics(assessment: Assessment, questions: tuple[str, ...]) -> str:
    """Questions by id and topic, one after another."""
    return listed(asked(assessment.bank.questions[i]) for i in questions)


def verdict_label(assessment: Assessment, verdict: str) -> str:
    """A verdict as a sentence begins with it."""
    name = named(assessment.bank, "verdicts", verdict)
    return name[:1].upper() + name[1:]


def level_words(level: int | None) -> str:
    """A level as a figure; unknown is a word of its own."""
    return t("not known") if level is None else t("level {n}", n=level)


def band_label(band: str | None) -> str:
    """A band of risk."""
    return t(_BANDS[band])


def band_word(band: str) -> str:
    """A band of risk in one word."""
    return t(_SHORT_BANDS[band])


def decided_label(by: str) -> str:
    """Who decided the level that counts."""
    return t(_DECIDED[by])


def numbers_words(assessment: Assessment, numbers: Numbers) -> list[str]:
    """What the numbers say about a question: a level, its bounds, and their notices."""
    bounds = (
        (N_("Level {n}; known as: {status}."), numbers.says),
        (N_("Not above level {n}; known as: {status}."), numbers.cap),
        (N_("At least level {n}; known as: {status}."), numbers.floor),
    )
    words = [
        t(text, n=bound.level, status=named(assessment.bank, "statuses", bound.status))
        for text, bound in bounds
        if bound is not None
    ]
    return words + [read(flag.text) for flag in numbers.flags]


def reason_label(reason: str) -> str:
    """Why something has to be done."""
    return t(_REASONS[reason])


def confidence_label(confidence: str) -> str:
    """How sure the source of a parameter is."""
    return t(_CONFIDENCE[confidence])


def value_words(value: MetricValue | None, unit: str) -> str:
    """A metric's value with its unit; yes and no are words."""
    if value is None:
        return number(None)
    if isinstance(value, bool):
        return t("yes") if value else t("no")
    if isinstance(value, str):
        return value
    if unit in _OWN_UNITS:
        return t(_OWN_UNITS[unit], n=number(value))
    return amount(value, unit) if unit in UNITS else number(value)


def input_label(name: str, bank: Bank) -> str:
    """What an input of a metric is called."""
    if name in _INPUTS:
        return t(_INPUTS[name])
    if name in bank.metrics:
        return read(bank.metrics[name].name)
    if name in bank.defaults:
        return read(bank.defaults[name].name)
    section, _, field = name.partition(".")
    if section == "claims":
        return t("Claim {name}", name=field)
    entry, _, of_what = field.partition(".")
    if section in SECTIONS and entry in SECTIONS[section].model_fields:
        label = t(label_and_unit(f"{section}.{entry}")[0])
        return f"{label}, {of_what}" if of_what else label
    for label_of in (quantity_label, fact_label):
        with suppress(KeyError):
            return label_of(name)
    return name


def source_words(given: MetricInput) -> str:
    """Where an input stands."""
    return t(_SOURCES[given.source]) if given.source in _SOURCES else given.source


def facts_words(facts: Mapping[str, bool | None], bank: Bank) -> list[tuple[str, str]]:
    """The facts of a profile by name: yes, no or not known."""
    words = {True: t("yes"), False: t("no"), None: t("not known")}
    return [(named(bank, "profile", name), words[held]) for name, held in facts.items()]
