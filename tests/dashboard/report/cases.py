"""The cases that the tests of the reports render: the invented deal, a hostile one, a bare one."""

from datetime import date
from functools import cache
from typing import Final

from dashboard import deal as deals
from dashboard.deal import Deal
from dashboard.language import use_language
from dashboard.report.case import Case, case_of
from dashboard.report.document import Memo
from dashboard.report.edition import of_file
from dashboard.report.memo import memo_of

DAY: Final = date(2026, 11, 28)
#: What a person may type anywhere, in hope that some format takes it for its own.
HOSTILE: Final = (
    "=cmd()|' /C calc'!A0",
    "{{7*7}} ${x} #let a = 1 $\\frac{1}{2}$ \\input{/etc/passwd} *b* _i_ `c` @ref <lab>",
    "<script>alert(1)</script><img src=x onerror=alert(2)>&amp;]]>",
    "\u202eright to left\u202c \u200f mark \x07 bell",
    "emoji 🚀👩‍🔬 rare 𠮷 㐂 Ελλ Кир ا ก",
    "x" * 5_000,
)


def bare() -> Deal:
    """A deal that states next to nothing."""
    return deals.from_mapping({"assay": 1, "name": "Bare"})


def hostile() -> Deal:
    """The invented deal with hostile texts wherever a person writes one."""
    given = deals.sample("example-startup").model_dump(mode="json", exclude_defaults=True)
    text = " ".join(HOSTILE[:5])
    given["name"] = HOSTILE[1][:150]
    given["about"] = text + " " + HOSTILE[5]
    given["company"]["name"] = text[:400]
    given["plan"]["source"] = HOSTILE[2]
    for claim in given["claims"]:
        claim["text"], claim["source"] = HOSTILE[2], HOSTILE[0]
    given["answers"]["DAT-02"]["note"] = text
    memo = given["memo"]
    memo["author"], memo["confidential"], memo["bear_case"] = HOSTILE[0], HOSTILE[3], text
    memo["thesis"][0] |= {"claim": text, "test": "y" * 900, "by": HOSTILE[0]}
    memo["components"][0] |= {"name": HOSTILE[2], "licence": "w" * 300}
    memo["rivals"][0] |= {"name": HOSTILE[1][:120], "source": HOSTILE[3]}
    memo["people"][0] |= {"name": HOSTILE[4], "background": text}
    memo["dissent"][0] |= {"by": HOSTILE[0], "text": text}
    given["scenarios"][0]["name"] = HOSTILE[2]
    finding = {"claim": "params", "verdict": "implausible", "unit": "parameter", "measured": 7e9}
    finding |= {"about": HOSTILE[1], "why": text, "ask": HOSTILE[0]}
    given["lab_jobs"] = [{"job_id": HOSTILE[0], "kind": "verify", "subject": HOSTILE[2]}]
    given["lab_jobs"][0]["findings"] = [finding]
    return deals.from_mapping(given | {"assay": 1})


@cache
def case(name: str, language: str = "en") -> Case:
    """A case by the id of its sample, or ``bare`` or ``hostile``; computed once."""
    made = {"bare": bare, "hostile": hostile}.get(name)
    deal = made() if made else deals.sample(name)
    with use_language(language):
        return case_of(deal, of_file(deal, as_of=DAY))


@cache
def memo(name: str, language: str = "en") -> Memo:
    """The memo of a case."""
    with use_language(language):
        return memo_of(case(name, language))
