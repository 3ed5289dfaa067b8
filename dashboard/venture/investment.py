"""The terms of the round, later rounds and the exit, as a scenario asks for them."""

from typing import Final

from costmodel import facts
from costmodel.facts import Fact
from costmodel.messages import Amount, Message
from costmodel.venture.inputs import FILE, N_LATER, known
from dashboard.deal import Deal
from dashboard.venture.gathering import Gathered, value_of

#: Rounds in their order, as the data have them.
ROUNDS: Final = ("seed", "series A", "series B", "series C", "series D")
#: Words for the stage of a company, and the round that it stands at.
_STAGES: Final = {
    "pre-seed": "seed",
    "preseed": "seed",
    "angel": "seed",
    "seed": "seed",
    "种子轮": "seed",
    "天使轮": "seed",
    "series a": "series A",
    "a": "series A",
    "a 轮": "series A",
    "a轮": "series A",
    "series b": "series B",
    "b": "series B",
    "b 轮": "series B",
    "b轮": "series B",
    "series c": "series C",
    "c": "series C",
    "c 轮": "series C",
    "c轮": "series C",
    "series d": "series D",
    "d": "series D",
    "growth": "series D",
    "late": "series D",
    "成长期": "series D",
}
_UNKNOWN: Final = "series A"


def gather(deal: Deal, found: Gathered) -> bool:
    """Investment, price, preferences, later rounds and target; gives whether preferred shares
    take part beside their preference.
    """
    finance = deal.finance
    at = _round_of(deal, found)
    raised = found.value("raise_usd") if found.has("raise_usd") else None
    investment = value_of(finance.investment_usd)
    if found.has("investment_usd"):
        investment = found.value("investment_usd")
    if investment is not None:
        found.put("investment_usd", investment)
        if raised is None or raised < investment:
            found.put("raise_usd", investment)
    elif raised:
        found.put("investment_usd", raised)
        found.say(
            Message(
                "Our investment is not stated; the returns are those of the whole round. Write "
                "finance.investment_usd."
            )
        )
    else:
        found.put("investment_usd", 0.0, assumed=True)
        found.say(
            Message(
                "Neither a round nor our investment is stated, so no return is computed. Write "
                "finance.raise_usd and finance.post_money_usd."
            )
        )
    _price(deal, found, at)
    _terms(deal, found)
    _later(found, at)
    _target(found, at)
    return finance.participating is not None and finance.participating.value


def _round_of(deal: Deal, found: Gathered) -> str:
    word = deal.company.stage.strip().casefold().replace("_", " ")
    if word in _STAGES:
        return _STAGES[word]
    found.say(
        Message(
            "The stage of the company is not known; {round} is assumed for dilution and target. "
            "Write company.stage.",
            {"round": _UNKNOWN},
        )
    )
    return _UNKNOWN


def _price(deal: Deal, found: Gathered, at: str) -> None:
    if found.put_stated("post_money_usd", deal.finance.post_money_usd) or found.has(
        "post_money_usd"
    ):
        return
    raised = found.spans.get("raise_usd")
    if raised is None or not raised.low > 0:
        found.put("post_money_usd", 0.0, assumed=True)
        return
    sold = _row(at, "dilution")
    found.cite_span("post_money_usd", known(raised.low / sold.value), sold)
    found.say(
        Message(
            "The value after the round is not stated; {usd} is assumed, at which the round sells "
            "{share}, the usual at this stage. Ask for the term sheet (finance.post_money_usd).",
            {
                "usd": Amount(raised.low / sold.value, "usd"),
                "share": Amount(sold.value, "fraction"),
            },
        )
    )


def _terms(deal: Deal, found: Gathered) -> None:
    finance = deal.finance
    found.put_stated("preference_multiple", finance.preference_multiple)
    found.put_stated("earlier_share", finance.earlier_share)
    found.put_stated("pro_rata_share", finance.pro_rata_share)
    if finance.debt_usd is not None:
        found.put("debt_at_exit_usd", finance.debt_usd.value)
    name = "earlier_preferences_usd"
    if not found.put_stated(name, finance.earlier_preferences_usd) and not found.has(name):
        found.say(
            Message(
                "Preferences of earlier rounds are not stated and none are counted. Ask for the "
                "cap table (finance.earlier_preferences_usd)."
            )
        )


def _later(found: Gathered, at: str) -> None:
    """Every round after this one up to series D, each with its pool."""
    names = ROUNDS[ROUNDS.index(at) + 1 :] or (ROUNDS[-1],)
    for i, name in enumerate(names[:N_LATER], start=1):
        found.cite(f"later_dilution_{i}", _row(name, "dilution"))
        found.cite(f"later_pool_{i}", _row("any round", "option_pool"))


def _target(found: Gathered, at: str) -> None:
    early = at in ("seed", "series A")
    found.cite("target_moic", _row(at if early else "later rounds", "target_moic"))


def _row(subject: str, quantity: str) -> Fact:
    return facts.lookup(FILE, subject, quantity)
