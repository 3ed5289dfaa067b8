"""The follow-up list as a table that a spreadsheet opens."""

import csv
import io
from collections.abc import Sequence
from typing import Final

from dashboard.language import read, say, t, use_language
from dashboard.risk.bank.bank import Bank
from dashboard.risk.follow_up import FollowUp

#: What makes a spreadsheet take a cell for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def as_csv(asked: Sequence[FollowUp], *, bank: Bank, language: str) -> str:
    """One row for each question to ask, in ``language``, the most valuable first."""
    out = io.StringIO()
    writer = csv.writer(out)
    with use_language(language):
        writer.writerow(
            [
                t("Question"),
                t("Topic"),
                t("Whom to ask"),
                t("What to ask"),
                t("Evidence to ask for"),
                t("Contradictions to explain"),
                t("Numbers to give"),
                t("Known as"),
                t("Value of an answer"),
                t("Hours of work"),
            ]
        )
        for one in asked:
            writer.writerow(
                [
                    one.question,
                    inert(read(one.topic)),
                    inert(read(bank.name("respondents", one.respondent))),
                    inert(read(one.text)),
                    inert(read(one.evidence)),
                    inert("; ".join(say(text) for text in one.ask)),
                    inert("; ".join(say(text) for text in one.missing)),
                    inert(read(bank.name("statuses", one.status))),
                    f"{one.value:.3g}",
                    f"{one.effort_hours:g}",
                ]
            )
    return "\ufeff" + out.getvalue()


def inert(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
