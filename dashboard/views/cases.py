"""The case library: what became of startups like this one, and of the runs they are held to."""

from dashboard.components import cases, frame, notice, scenario, scenario_inputs
from dashboard.language import t

frame.follow_address(also=cases.FIELDS.in_address())
deal, refused = scenario.current_scenario().effective()
frame.title(
    t("Case library"),
    t("Real startups and published runs, what became of them, and which this deal is like."),
)
if refused:
    notice.refusals(refused, label=scenario_inputs.label)
cases.like(deal)
cases.rates()
cases.every()
