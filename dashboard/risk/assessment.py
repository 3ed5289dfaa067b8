"""A deal through the checklist: answers, numbers, contradictions, scores, verdict.

``assess`` is the one way in. It reads nothing but its arguments, so that the same deal on the
same day with the same numbers gives the same assessment.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from costmodel.messages import Message, shown
from dashboard.deal import Deal
from dashboard.risk import autofill
from dashboard.risk.answers.answer import Answer
from dashboard.risk.answers.files import FileState
from dashboard.risk.answers.profile import Applies, Profile, profile_of
from dashboard.risk.answers.standing import CURABLE, Notice, Standing, standing
from dashboard.risk.autofill import Graded, Numbers
from dashboard.risk.bank.bank import Bank
from dashboard.risk.bank.loading import bank as shipped_bank
from dashboard.risk.bank.parameters import Parameters
from dashboard.risk.bank.schema import Question
from dashboard.risk.contradictions import Contradiction, contradictions, lowered_by_checks
from dashboard.risk.cross_checks.cross_check import CrossCheck
from dashboard.risk.follow_up import FollowUp, follow_ups
from dashboard.risk.metrics.metric import Metric
from dashboard.risk.scores import scoring
from dashboard.risk.scores.band import (
    Band,
    Single,
    WeightStability,
    bands,
    seeded_ranks,
    weight_stability,
)
from dashboard.risk.scores.scoring import Scores
from dashboard.risk.verdict import reversal
from dashboard.risk.verdict.red_flags import flag_levels, open_facts
from dashboard.risk.verdict.reversal import Reversals
from dashboard.risk.verdict.tally import Frame, VerdictName, frame_of
from dashboard.risk.verdict.verdict import Verdict, verdict_of

#: The seed of the bands where the caller has none of its own.
SEED: Final = 20_261_127
#: What is known of a question that nobody has answered.
_NONE: Final = Answer()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """A deal as the checklist sees it on a day.

    ``bank`` asks the questions of the deal's sector too. ``graded`` and ``numbers`` hold every
    question that applies, ``standings`` every answer of those; ``inapplicable`` are those that
    do not by the profile or with a reason, ``waiting`` those without an answer that wait for
    the profile to say whether they do. ``flips`` says to which verdicts one answer alone can
    lead. ``frame`` is what a search for reversals needs.
    """

    deal: str
    as_of: date
    bank: Bank
    parameters: Parameters
    profile: Profile
    standings: Mapping[str, Standing]
    numbers: Mapping[str, Numbers]
    graded: Mapping[str, Graded]
    inapplicable: tuple[str, ...]
    waiting: tuple[str, ...]
    scores: Scores
    bands: Mapping[str, Band]
    band: Band | None
    stability: WeightStability | None
    contradictions: tuple[Contradiction, ...]
    verdict: Verdict
    flips: Mapping[str, tuple[VerdictName, ...]]
    follow_up: tuple[FollowUp, ...]
    notices: tuple[Notice, ...]
    frame: Frame | None

    @property
    def extent(self) -> Message:
        """Over how many questions the scores run, and how many of them the sector adds."""
        sector, asked = self.bank.sector, [item.question for item in self.scores.items]
        if sector is None:
            return Message("The scores run over {n} questions.", {"n": len(asked)})
        return Message(
            "The scores run over {n} questions, {added} of them of the sector {sector}.",
            {
                "n": len(asked),
                "added": sum(i in sector.questions for i in asked),
                "sector": sector.name,
            },
        )

    def quick_scan(self) -> tuple[str, ...]:
        """The questions of the first sitting that apply: those to which the numbers give a
        level, then those on which they speak, then the others.

        The order is that of the numbers alone, so that answering one moves none.
        """
        quick = {p.id for p in self.bank.frame.priorities if p.quick_scan}
        asked = [i for i in self.numbers if self.bank.questions[i].priority in quick]
        return tuple(sorted(asked, key=self._left_to_people))

    def _left_to_people(self, question: str) -> int:
        """How much the numbers leave to a person: a confirmation, a level, or all of it."""
        found = self.numbers[question]
        return 0 if found.fills_in else 1 if found.speak else 2

    def reversals(self) -> Reversals | None:
        """The smallest sets of answers that would change the verdict; ``None`` without items."""
        return None if self.frame is None else reversal.search(self.scores.items, self.frame)


def assess(
    deal: Deal,
    *,
    metrics: Mapping[str, Metric],
    checks: Sequence[CrossCheck],
    as_of: date,
    parameters: Parameters | None = None,
    files: Mapping[str, FileState] | None = None,
    seed: int = SEED,
    bank: Bank | None = None,
) -> Assessment:
    """Everything that the checklist says about a deal on ``as_of``.

    ``metrics`` and ``checks`` are the deal's numbers, ``files`` the states of its evidence
    files by hash, where they are kept here; ``seed`` is that of the bands.
    """
    bank = bank or shipped_bank()
    parameters = parameters or bank.parameters()
    profile = profile_of(deal, bank)
    held = parameters.values_in_force
    bank = bank.of_sector(profile.sector)
    applies = {i: _applies(deal, profile, q, bank) for i, q in bank.questions.items()}
    asked = [i for i, told in applies.items() if told == "yes"]
    standings = {
        i: standing(
            bank.questions[i],
            deal.answers.get(i, _NONE),
            bank=bank,
            as_of=as_of,
            files=files or {},
        )
        for i in asked
    }
    numbers = {
        i: autofill.numbers_say(
            bank.questions[i], bank=bank, metrics=metrics, profile=profile, parameters=parameters
        )
        for i in asked
    }
    graded = lowered_by_checks(
        {i: autofill.grade(standings[i], deal.answers.get(i), numbers[i]) for i in asked},
        checks,
        bank,
    )
    counted = [i for i in asked if graded[i].status != "not_applicable"]
    items = [
        scoring.item_of(
            bank.questions[i],
            graded[i],
            area=bank.areas[i],
            expects=profile.expects,
            numbers=held,
        )
        for i in counted
    ]
    scores = scoring.scores_of(items, bank=bank, numbers=held)
    levels = {i: flag_levels(bank.questions[i], profile.facts) for i in counted}
    frame = _frame(deal, scores, levels, bank, parameters)
    verdict = verdict_of(scores, frame, bank=bank, as_of=as_of)
    by_area, overall = bands(scores, worlds=_worlds(bank, parameters, seed), numbers=held)
    against = contradictions(standings=standings, graded=graded, checks=checks, bank=bank)
    flips = reversal.flips(scores.items, frame) if frame is not None else {}
    return Assessment(
        deal=deal.name,
        as_of=as_of,
        bank=bank,
        parameters=parameters,
        profile=profile,
        standings=standings,
        numbers=numbers,
        graded=graded,
        inapplicable=tuple(
            i for i in bank.questions if applies[i] == "no" or (i in graded and i not in counted)
        ),
        waiting=tuple(i for i, told in applies.items() if told == "waits"),
        scores=scores,
        bands=by_area,
        band=overall,
        stability=weight_stability(scores, held),
        contradictions=against,
        verdict=verdict,
        flips=flips,
        follow_up=follow_ups(
            scores.items, flips, against, numbers, bank=bank, parameters=parameters
        ),
        notices=tuple(_notices(deal, bank, profile, applies, standings, numbers, scores, levels)),
        frame=frame,
    )


def _applies(deal: Deal, profile: Profile, question: Question, bank: Bank) -> Applies:
    """Whether a question applies; one that somebody has answered does not wait."""
    told = profile.applies(question, bank)
    answered = deal.answers.get(question.id, _NONE) != _NONE
    return "yes" if told == "waits" and answered else told


def _frame(
    deal: Deal,
    scores: Scores,
    levels: Mapping[str, tuple[bool | None, ...]],
    bank: Bank,
    parameters: Parameters,
) -> Frame | None:
    if not scores.items:
        return None
    curable = {
        i
        for i, q in bank.questions.items()
        if q.red_flag is not None and q.red_flag.kind == CURABLE
    }
    return frame_of(
        scores.items,
        questions=bank.questions,
        flags={i: tuple(f is True for f in fires) for i, fires in levels.items() if any(fires)},
        cured=frozenset(
            i
            for i, answer in deal.answers.items()
            if i in curable and answer.cured is not None and answer.cured.is_whole
        ),
        numbers=parameters.values_in_force,
    )


def _worlds(bank: Bank, parameters: Parameters, seed: int) -> dict[str, Single]:
    """The ranks of every question of the bank, asked or not, in the worlds of the seed."""
    n_more = 0 if bank.sector is None else len(bank.sector.questions)
    drawn = seeded_ranks(
        seed,
        int(parameters["n_draws"]),
        len(bank.questions) - n_more,
        parameters["optimism_rho"],
        n_more,
    )
    return dict(zip(bank.questions, drawn.T, strict=True))


def _notices(
    deal: Deal,
    bank: Bank,
    profile: Profile,
    applies: Mapping[str, Applies],
    standings: Mapping[str, Standing],
    numbers: Mapping[str, Numbers],
    scores: Scores,
    levels: Mapping[str, tuple[bool | None, ...]],
) -> list[Notice]:
    """What a person should put right: of the deal, then question by question."""
    found = [Notice(question="", text=text) for text in profile.notices]
    unclear = _unclear_facts(bank, profile, applies)
    if unclear:
        found.append(
            Notice(
                question="",
                text=Message(
                    "The profile does not say: {facts}. Questions of the first priority that "
                    "depend on it are asked all the same, {n} others wait; write yes or no.",
                    {
                        "facts": ", ".join(unclear),
                        "n": sum(told == "waits" for told in applies.values()),
                    },
                ),
            )
        )
    found += [
        Notice(
            question="",
            text=Message(
                "No question of the area {area} applies: it is left out, and the other weights "
                "make up the whole.",
                {"area": bank.name("areas", area)},
            ),
        )
        for area in scores.left_out
    ]
    for i, answer in deal.answers.items():
        if i not in bank.questions:
            found.append(_no_such_question(i, bank))
        elif applies[i] == "no" and answer != _NONE:
            found.append(
                Notice(
                    question=i,
                    text=Message(
                        "The answer is kept and does not count: by the profile the question does "
                        "not apply."
                    ),
                )
            )
    for i in standings:
        found += standings[i].notices
        found += [Notice(question=i, text=text) for text in numbers[i].problems]
    found += [
        Notice(
            question=item.question,
            text=Message(
                "Whether a red flag holds cannot be told: the profile does not say {facts}; "
                "write yes or no.",
                {"facts": ", ".join(open_facts(bank.questions[item.question], profile.facts))},
            ),
        )
        for item in scores.items
        if item.level is not None
        and levels[item.question]
        and levels[item.question][item.level] is None
    ]
    return found


def _unclear_facts(bank: Bank, profile: Profile, applies: Mapping[str, Applies]) -> list[str]:
    """The facts that the profile leaves open and a question depends on."""
    unclear: dict[str, None] = {}
    for i, question in bank.questions.items():
        if applies[i] != "no":
            outcome = question.applies_if.evaluate(profile.facts, {})
            unclear |= dict.fromkeys(outcome.missing)
    return list(unclear)


def _no_such_question(question: str, bank: Bank) -> Notice:
    other = next((one for one in bank.sectors.values() if question in one.questions), None)
    if other is not None:
        return Notice(
            question=question,
            text=Message(
                "{question} is asked of companies of the sector {sector}, and by its deal file "
                "this one is not; the answer is kept and does not count. If it is, write the "
                "sector {id}.",
                {"question": question, "sector": other.name, "id": other.id},
            ),
        )
    near = difflib.get_close_matches(question, list(bank.questions), n=1, cutoff=0.7)
    if near:
        return Notice(
            question=question,
            text=Message(
                "{question} is not a question of the checklist; did you mean {near}? The answer "
                "is kept and does not count.",
                {"question": shown(question), "near": near[0]},
            ),
        )
    return Notice(
        question=question,
        text=Message(
            "{question} is not a question of the checklist any more; the answer is kept and does "
            "not count.",
            {"question": shown(question)},
        ),
    )
