"""The case library as JSON that other programs read, and as text for a terminal.

Rates go out with their warning in one object and one block; neither is given alone.
"""

from collections.abc import Sequence
from typing import Any

from costmodel.messages import Text
from dashboard.case_terms import (
    country_words,
    features_words,
    grade_words,
    kind_label,
    name_words,
    outcome_label,
    outcome_meaning,
)
from dashboard.cases.base_rates import BaseRates, Rate
from dashboard.cases.comparables import Comparable, Comparables
from dashboard.cases.library import CLOSED, Case
from dashboard.language import amount, interval, listed, percent, read, say, t
from dashboard.output import aligned_table
from dashboard.terms import source_title


def cases_json(cases: Sequence[Case], rates: BaseRates, like: Comparables | None) -> dict[str, Any]:
    """The object that ``assay cases --json`` prints; shares and distances from 0 to 1."""
    found: dict[str, Any] = {
        "cases": [_case_json(case) for case in cases],
        "base_rates": _rates_json(rates),
    }
    if like is not None:
        found["comparables"] = {
            "deal": like.deal,
            "said": say(like.said),
            "not_stated": list(like.not_stated),
            "itself": [case.id for case in like.itself],
            "companies": [_comparable_json(each) for each in like.companies],
            "runs": [_comparable_json(each) for each in like.runs],
            "beyond": None if like.beyond is None else _comparable_json(like.beyond),
        }
    return found


def cases_text(cases: Sequence[Case], rates: BaseRates, like: Comparables | None) -> str:
    """The cases, or those like a deal, and the base rates with their warning, for a terminal."""
    lines = _table(cases) if like is None else _like_lines(like)
    return "\n".join([*lines, "", *_rates_lines(rates)])


def rate_words(rate: Rate) -> str:
    """A rate with its interval; what was counted where there is no share."""
    if rate.share is None or rate.low is None or rate.high is None:
        return t("{n} of {all}", n=rate.n, all=rate.n_of)
    return t(
        "{n} of {all}: {share} ({low} – {high})",
        n=rate.n,
        all=rate.n_of,
        share=percent(rate.share),
        low=percent(rate.low),
        high=percent(rate.high),
    )


def _case_json(case: Case) -> dict[str, Any]:
    run = case.run
    return {
        "id": case.id,
        "kind": case.kind,
        "name": case.name,
        "country": case.country,
        "founded": case.founded,
        "stage": case.stage,
        "sector": case.sector,
        "trains_from_scratch": case.trains_from_scratch,
        "claimed": _text_json(case.claimed),
        "raised_usd": case.raised_usd,
        "valuation_usd": case.valuation_usd,
        "run": None
        if run is None
        else {
            "id": run.run_id,
            "params": run.params,
            "active_params": run.active_params,
            "tokens": run.tokens,
            "gpu_hours": run.gpu_hours,
            "chip": run.chip,
            "recall_columns": sorted(run.recalled),
        },
        "outcome": case.outcome,
        "basis": case.basis,
        "outcome_date": case.outcome_date,
        "happened": _text_json(case.happened),
        "lesson": _text_json(case.lesson),
        "evidence": case.evidence,
        "recall_columns": sorted(case.recalled),
        "sources": [
            {"id": source.id, "title": source_title(source), "url": source.url}
            for source in case.sources
        ],
        "locator": case.locator,
        "note": case.note,
    }


def _text_json(text: Text) -> dict[str, str]:
    return {"en": text.en, "zh": text.zh}


def _rates_json(rates: BaseRates) -> dict[str, Any]:
    return {
        "warning": say(rates.warning),
        "n_closed": rates.n_closed,
        "n_open": rates.n_open,
        "rates": [_rate_json(rate) for rate in rates.rates],
        "bands": [
            {
                **_rate_json(band.rate),
                "historical": {
                    "low": band.low,
                    "high": band.high,
                    "source": band.historical.source.id,
                    "updated": None if band.updated is None else band.updated.source.id,
                },
            }
            for band in rates.bands
        ],
    }


def _rate_json(rate: Rate) -> dict[str, Any]:
    return {
        "outcomes": list(rate.outcomes),
        "n": rate.n,
        "of": rate.n_of,
        "share": rate.share,
        "low": rate.low,
        "high": rate.high,
    }


def _comparable_json(found: Comparable) -> dict[str, Any]:
    return {
        "id": found.case.id,
        "distance": found.distance,
        "known_share": found.known_share,
        "alike": [say(message) for message in found.alike],
        "differs": [say(message) for message in found.differs],
    }


def _table(cases: Sequence[Case]) -> list[str]:
    if not cases:
        return [t("No case is so.")]
    head = (t("Case"), t("Kind"), t("Country"), t("Outcome"), t("Raised in all"), t("Grade"))
    return aligned_table(
        [
            head,
            *(
                (
                    name_words(case),
                    kind_label(case.kind),
                    country_words(case.country),
                    outcome_label(case.outcome),
                    amount(case.raised_usd, "usd"),
                    grade_words(case),
                )
                for case in cases
            ),
        ]
    )


def _like_lines(like: Comparables) -> list[str]:
    lines = [say(like.said)]
    if like.not_stated:
        lines.append(t("The deal does not state {features}.", features=_missing(like)))
    for found in (*like.companies, *like.runs):
        case = found.case
        outcome = kind_label("run") if case.outcome is None else outcome_label(case.outcome)
        lines += ["", f"{name_words(case)} ({outcome})"]
        lines += [f"  = {say(message)}" for message in found.alike]
        lines += [f"  ≠ {say(message)}" for message in found.differs]
        lines += [f"  {read(case.happened)}", f"  {t('Lesson')}: {read(case.lesson)}"]
    return lines


def _missing(like: Comparables) -> str:
    return features_words(like.not_stated)


def _rates_lines(rates: BaseRates) -> list[str]:
    rows = [
        (outcome_label(outcome), rate_words(rate))
        for outcome, rate in zip(CLOSED, rates.rates, strict=True)
    ]
    history = [
        t(
            "{outcomes}: {rate}; of all venture financings {historical} ({source})",
            outcomes=listed(outcome_label(outcome) for outcome in band.rate.outcomes),
            rate=rate_words(band.rate),
            historical=interval(band.low, band.high, "fraction"),
            source=source_title(band.historical.source),
        )
        for band in rates.bands
    ]
    meant = [f"  {outcome_label(outcome)}: {outcome_meaning(outcome)}" for outcome in CLOSED]
    return [
        t("How the closed cases ended"),
        say(rates.warning),
        *aligned_table(rows),
        *history,
        *meant,
    ]
