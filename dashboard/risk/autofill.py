"""Numbers answer questions: what the metrics say about a level, and what then holds.

Thresholds and rules set a level, cap it, put a floor under it, or raise a flag. A metric that
cannot be computed does nothing and says what it lacks. Where the numbers and the answer
disagree the numbers hold, unless a person overrides them with a reason; both stay visible.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from costmodel.messages import Message, Text
from dashboard.risk.answers.answer import Answer
from dashboard.risk.answers.evidence import BY_STRENGTH, EvidenceStatus, weakest
from dashboard.risk.answers.profile import Profile
from dashboard.risk.answers.standing import Standing
from dashboard.risk.bank.bank import Bank, level_thresholds
from dashboard.risk.bank.parameters import Parameters
from dashboard.risk.bank.schema import Autofill, Question, Rule
from dashboard.risk.metrics.metric import Metric

#: Who decided the level that counts.
Decider: TypeAlias = Literal["nobody", "answer", "numbers", "override"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A level that numbers give, and how well those numbers are known."""

    level: int
    status: EvidenceStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """A notice that numbers raise; ``remark`` is one without weight."""

    question: str
    code: str
    text: Text
    remark: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What the numbers say about one question.

    ``says`` is the level itself, ``cap`` the highest and ``floor`` the lowest that they allow;
    ``metrics`` lists those that took part, ``missing`` and ``problems`` what kept others out.
    """

    says: Bound | None = None
    cap: Bound | None = None
    floor: Bound | None = None
    flags: tuple[Flag, ...] = ()
    metrics: tuple[str, ...] = ()
    missing: tuple[Message, ...] = ()
    problems: tuple[Message, ...] = ()

    @property
    def speak(self) -> bool:
        """Whether they give a level, a bound or a flag."""
        return any((self.says, self.cap, self.floor)) or any(not f.remark for f in self.flags)

    @property
    def fills_in(self) -> bool:
        """Whether they give a level where nobody has answered."""
        return self.says is not None or (self.floor is not None and self.floor.level > 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """The level and status that count for a question, and whose they are.

    ``disagreement`` says where the answer and the numbers differ; ``stands`` tells whether the
    answer holds against them.
    """

    level: int | None
    status: EvidenceStatus
    decided_by: Decider
    disagreement: Message | None = None
    stands: bool = False


@dataclass(slots=True)
class _Draft:
    """What the numbers say, in the making."""

    bounds: dict[str, list[Bound]] = field(default_factory=dict)
    flags: list[Flag] = field(default_factory=list)
    metrics: list[str] = field(default_factory=list)
    missing: list[Message] = field(default_factory=list)
    problems: list[Message] = field(default_factory=list)


def numbers_say(
    question: Question,
    *,
    bank: Bank,
    metrics: Mapping[str, Metric],
    profile: Profile,
    parameters: Parameters,
) -> Numbers:
    """What the metrics of a deal say about the question."""
    fill, draft = question.autofill, _Draft()
    if fill is None:
        return Numbers()
    if fill.mode is not None:
        _weigh_thresholds(draft, question, fill, bank, metrics, parameters)
    for rule in fill.rules:
        used = {name: metrics[name] for name in sorted(rule.when.names) if name in metrics}
        values = {**profile.facts, **{name: metric.value for name, metric in used.items()}}
        outcome = rule.when.evaluate(values, parameters)
        if outcome.problem is not None:
            draft.problems.append(
                Message(
                    "Rule {code} {problem}; correct {metrics}.",
                    {
                        "code": rule.code,
                        "problem": outcome.problem,
                        "metrics": ", ".join(sorted(rule.when.names)),
                    },
                )
            )
        for name in outcome.missing:
            draft.missing += _lacks(name, bank, metrics)
        if not outcome.fires:
            continue
        _fire(draft, question, rule, parameters, list(used.values()))
        if fill.match == "first":
            break
    return Numbers(
        says=_strictest(draft.bounds.get("set", []), highest=False),
        cap=_strictest(draft.bounds.get("cap", []), highest=False),
        floor=_strictest(draft.bounds.get("floor", []), highest=True),
        flags=tuple(draft.flags),
        metrics=tuple(dict.fromkeys(draft.metrics)),
        missing=_once(draft.missing),
        problems=_once(draft.problems),
    )


def grade(standing: Standing, answer: Answer | None, numbers: Numbers) -> Graded:
    """The level that counts, of the answer as it stands and of what the numbers say.

    Numbers set, cap or lift the level, and bring their own status with them. They do not lift
    an answer that rests on better evidence than they do, nor touch one that is contradicted,
    does not apply, or is overridden by somebody with a reason.
    """
    said = Graded(
        level=standing.level,
        status=standing.status,
        decided_by="nobody" if standing.status == "unknown" else "answer",
    )
    if standing.status in ("contradicted", "not_applicable"):
        return said
    counts = _after(said, numbers)
    if counts.level == said.level or said.level is None:
        return counts
    override = answer.override if answer is not None else None
    stands = override is not None and override.is_whole
    text = Message(
        "You say {said}, the numbers say {level}: overridden by {by}, because {reason}."
        if stands
        else "You say {said}, the numbers say {level}.",
        {
            "said": said.level,
            "level": counts.level if counts.level is not None else "",
            "by": override.by if override is not None else "",
            "reason": override.reason if override is not None else "",
        },
    )
    if stands:
        return Graded(
            level=said.level,
            status=said.status,
            decided_by="override",
            disagreement=text,
            stands=True,
        )
    if _would_lift(said, counts):
        return Graded(
            level=said.level,
            status=said.status,
            decided_by="answer",
            disagreement=text,
            stands=True,
        )
    return Graded(level=counts.level, status=counts.status, decided_by="numbers", disagreement=text)


def _after(said: Graded, numbers: Numbers) -> Graded:
    """The level once numbers have set it, then lifted it to the floor, then capped it."""
    level, status, by = said.level, said.status, said.decided_by
    if numbers.says is not None:
        if level == numbers.says.level:
            status = max(status, numbers.says.status, key=BY_STRENGTH.index)
        else:
            level, status, by = numbers.says.level, numbers.says.status, "numbers"
    floor, cap = numbers.floor, numbers.cap
    if floor is not None and floor.level > (level or 0):
        level, status, by = floor.level, floor.status, "numbers"
    if cap is not None and level is not None and cap.level < level:
        level, status, by = cap.level, cap.status, "numbers"
    return Graded(level=level, status=status, decided_by=by)


def _would_lift(said: Graded, counts: Graded) -> bool:
    """Whether weaker numbers would lift an answer that rests on better evidence."""
    assert said.level is not None
    higher = counts.level is not None and counts.level > said.level
    return higher and BY_STRENGTH.index(counts.status) < BY_STRENGTH.index(said.status)


def _weigh_thresholds(
    draft: _Draft,
    question: Question,
    fill: Autofill,
    bank: Bank,
    metrics: Mapping[str, Metric],
    parameters: Parameters,
) -> None:
    metric = metrics.get(fill.metric)
    if metric is None or metric.value is None:
        draft.missing += _lacks(fill.metric, bank, metrics)
        return
    value = metric.value
    if isinstance(value, bool | str) or value != value:
        draft.problems.append(
            Message(
                "{metric} is not a number; correct what it is computed from.",
                {"metric": bank.metrics[fill.metric].name},
            )
        )
        return
    assert fill.mode is not None  # thresholds and mode go together
    steps = level_thresholds(fill, parameters, question.id)
    meets = [value >= s if fill.better == "higher" else value <= s for s in steps]
    level = max((k for k, met in enumerate(meets, start=1) if met), default=0)
    _bind(draft, question, fill.mode, level, [metric])


def _fire(
    draft: _Draft, question: Question, rule: Rule, parameters: Parameters, used: list[Metric]
) -> None:
    remark = rule.mode == "note"
    draft.flags.append(
        Flag(question=question.id, code=rule.code, text=parameters.fill(rule.text), remark=remark)
    )
    if rule.level is not None:
        _bind(draft, question, rule.mode, rule.level, used)
    draft.metrics += [metric.id for metric in used]


def _bind(draft: _Draft, question: Question, mode: str, level: int, used: Iterable[Metric]) -> None:
    """Note a bound, unless one of its numbers rests on something unknown or contradicted."""
    known = list(used)
    status = weakest([m.status if m.inputs else "assumed" for m in known] or ["assumed"])
    draft.metrics += [metric.id for metric in known]
    if status == "unknown":
        draft.problems.append(
            Message(
                "{metric} rests on something unknown or contradicted and decides nothing; say "
                "how its inputs are known.",
                {"metric": ", ".join(metric.id for metric in known)},
            )
        )
        return
    draft.bounds.setdefault(mode, []).append(Bound(level=level, status=status))


def _lacks(name: str, bank: Bank, metrics: Mapping[str, Metric]) -> list[Message]:
    """What to give so that a name of a rule has a value."""
    metric = metrics.get(name)
    if metric is not None and metric.missing:
        return list(metric.missing)
    if name in bank.metrics:
        return [
            Message(
                "{metric} is not known; give what it is computed from.",
                {"metric": bank.metrics[name].name},
            )
        ]
    return [
        Message(
            "The profile does not say whether this holds: {fact}; write yes or no.",
            {"fact": bank.name("profile", name)},
        )
    ]


def _strictest(bounds: list[Bound], *, highest: bool) -> Bound | None:
    """The bound that binds; of two at one level the better known."""
    if not bounds:
        return None
    sign = 1 if highest else -1
    return max(bounds, key=lambda b: (sign * b.level, BY_STRENGTH.index(b.status)))


def _once(messages: list[Message]) -> tuple[Message, ...]:
    return tuple({str(message): message for message in messages}.values())
