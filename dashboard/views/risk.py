"""The risk checklist: the verdict of the rules, what it rests on, and the answers behind it."""

from dashboard.components import (
    charts,
    frame,
    notice,
    risk_answers,
    risk_assessment,
    risk_bank,
    risk_next,
    risk_scores,
    risk_sector,
    risk_verdict,
    scenario,
    scenario_inputs,
)
from dashboard.components.text import plain
from dashboard.language import t

frame.follow_address(also=risk_answers.FIELDS.in_address())
deal, refused = scenario.current_scenario().effective()
frame.title(
    t("Risk of {deal}", deal=plain(deal.name)),
    t("What is known, how well, and what the rules make of it: evidence, not boxes to tick."),
)
if refused:
    notice.refusals(refused, label=scenario_inputs.label)
found = risk_assessment.assessed(deal)
reversals = risk_verdict.show(deal, found.assessment)
part = risk_answers.part()
if part == "scores":
    risk_scores.show(found.assessment)
elif part == "answers":
    risk_answers.show(deal, found)
elif part == "next":
    risk_next.show(deal, found.assessment)
else:
    risk_sector.show(deal, found.assessment)
    risk_bank.show(found.assessment)
with reversals:
    risk_verdict.reverses(deal, found.assessment)
charts.draw_now()
