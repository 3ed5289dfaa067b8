"""What the whole programme around the final run costs: by line, by month, with the team."""

from dashboard.components import frame, programme, workbench
from dashboard.components.text import plain
from dashboard.deal import Deal
from dashboard.language import t


def _heading(deal: Deal) -> None:
    frame.title(
        t("R&D programme of {deal}", deal=plain(deal.name)),
        t("Everything spent around the final run: experiments, failed runs, people, data."),
    )


workbench.show(
    heading=_heading,
    answer=programme.show,
    inputs=programme.inputs,
    fields=programme.FIELDS,
)
