"""Rent or own: what is on offer, what an owned hour costs, and when owning pays."""

from dashboard.components import frame, ownership, workbench
from dashboard.components.text import plain
from dashboard.deal import Deal
from dashboard.language import t


def _heading(deal: Deal) -> None:
    frame.title(
        t("Rent or own: {deal}", deal=plain(deal.name)),
        t("What is on offer, what an hour costs its owner, and from which month owning pays."),
    )


workbench.show(
    heading=_heading,
    answer=ownership.show,
    inputs=ownership.inputs,
    fields=ownership.FIELDS,
)
