"""Nine stresses, one click each: what they change, so that any of them go together.

Each card changes inputs of its own kind, by a factor or by a sum, and never the same input in
two different ways: so their order does not matter.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from costmodel.messages import check_known
from costmodel.uncertainty import Range
from costmodel.venture.inputs import VentureInputs, cited, known, with_ranges

CardName: TypeAlias = Literal[
    "compute_rise",
    "rival_release",
    "failed_run",
    "late_raise",
    "top_customer",
    "chip_cutoff",
    "data_claim",
    "key_people",
    "eu_threshold",
]
CARDS: Final[tuple[CardName, ...]] = get_args(CardName)
How: TypeAlias = Literal["times", "plus", "share"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One input that a card changes: times a factor, plus an amount, or a share that leaves
    (``1 - (1 - a)(1 - b)``).
    """

    name: str
    how: How
    span: Range


def changes_of(card: CardName, inputs: VentureInputs) -> tuple[Change, ...]:
    """What the card does to these inputs. The sizes are rows of the data, most of them
    judgements; the largest customer is the deal's own.
    """

    def row(quantity: str) -> Range:
        fact = cited(quantity, card)
        return fact.range if fact.low is not None else known(fact.value)

    spans = inputs.spans()
    if card == "compute_rise":
        return (Change(name="compute_price_shock", how="times", span=row("compute_price_shock")),)
    if card == "rival_release":
        return (Change(name="token_price_shock", how="times", span=row("token_price_shock")),)
    if card == "failed_run":
        return (
            Change(name="failed_runs", how="plus", span=row("failed_runs")),
            Change(name="failed_run_months", how="plus", span=row("failed_run_months")),
        )
    if card == "late_raise":
        return (Change(name="raise_delay_months", how="plus", span=row("raise_delay_months")),)
    if card == "top_customer":
        share = spans["top_customer_share"]
        return (Change(name="lost_revenue_share", how="share", span=share),)
    if card == "chip_cutoff":
        return (
            Change(name="cutoff_months", how="plus", span=row("cutoff_months")),
            Change(name="migration_months", how="plus", span=row("migration_months")),
        )
    if card == "data_claim":
        works, usd = row("works_at_risk"), row("usd_per_work").low
        paid = Range(works.low * usd, works.high * usd)
        return (Change(name="claim_usd", how="plus", span=paid),)
    if card == "key_people":
        return (
            Change(name="extra_proof_months", how="plus", span=row("key_people_delay_months")),
            Change(name="extra_people_share", how="plus", span=row("extra_people_share")),
        )
    return (
        Change(name="compliance_usd_per_month", how="plus", span=row("compliance_usd_per_month")),
        Change(name="extra_proof_months", how="plus", span=row("compliance_delay_months")),
    )


def stressed(inputs: VentureInputs, cards: Collection[str]) -> VentureInputs:
    """The inputs under all of these cards at once; a card counts once, however often named.

    Raises ``InputError`` with the nearest names for a card that there is not.
    """
    for card in cards:
        check_known("stress", card, CARDS)
    chosen = [card for card in CARDS if card in cards]
    by_name: dict[str, list[Change]] = {}
    for card in chosen:
        for change in changes_of(card, inputs):
            by_name.setdefault(change.name, []).append(change)
    spans = inputs.spans()
    changed = {name: _combined(spans[name], found) for name, found in by_name.items()}
    return with_ranges(inputs, changed)


def is_certain(span: Range) -> bool:
    """Whether the range has no width."""
    return span.low == span.high


def _combined(base: Range, changes: list[Change]) -> Range:
    """The input under its changes: end by end, so that ranges of several cards add up.

    Ends that are added are those of risks that come together, which the shared factor of the
    stresses means; a sum of independent ones would be narrower.
    """
    low, high = base.low, base.high
    for change in changes:
        if change.how == "times":
            low, high = low * change.span.low, high * change.span.high
        elif change.how == "plus":
            low, high = low + change.span.low, high + change.span.high
        else:
            low = 1 - (1 - low) * (1 - change.span.low)
            high = 1 - (1 - high) * (1 - change.span.high)
    if low == high:
        return known(low)
    return Range(low, high, "fraction" if changes[0].how == "share" else "positive")


def as_values(inputs: VentureInputs, cards: Collection[str]) -> Mapping[str, Range]:
    """What the cards change, by input."""
    before, after = inputs.spans(), stressed(inputs, cards).spans()
    return {name: span for name, span in after.items() if span != before[name]}
