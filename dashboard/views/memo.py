"""The committee memo of the deal at hand: what it says first, and its files."""

from dashboard.components import charts, frame, notice, report, scenario, scenario_inputs
from dashboard.components.text import plain
from dashboard.language import t

frame.follow_address()
deal, refused = scenario.current_scenario().effective()
frame.title(
    t("Memo on {deal}", deal=plain(deal.name)),
    t("What the committee reads: the decision first, then everything behind it, with sources."),
)
if refused:
    notice.refusals(refused, label=scenario_inputs.label)
else:
    report.show(deal)
charts.draw_now()
