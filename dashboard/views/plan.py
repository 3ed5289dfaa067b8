"""From a budget and a deadline to the best model that it can buy."""

from dashboard.components import frame, planning, workbench
from dashboard.language import t


def _heading() -> None:
    frame.title(
        t("What a budget can buy"),
        t("The best model for the money and the time, and what would make it cheaper."),
    )


frame.follow_address(also=planning.FIELDS.in_address())
workbench.show_found(
    planning.FIELDS,
    planning.computed(),
    heading=_heading,
    answer=planning.answer,
    inputs=planning.inputs,
)
