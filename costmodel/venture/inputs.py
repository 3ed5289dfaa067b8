"""What a scenario of a company depends on: each with its range, unit and source.

Every input is a number, a switch apart: so one array of values takes the place of a number
everywhere, and a stress, a table or a comparison is nothing but other values. Index ``i`` is
the same world in every array, in every scenario: each input draws from a stream of its own
name, so that one more or one other input moves no world of the rest.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final, Literal, TypeAlias

import numpy as np

from costmodel import facts
from costmodel.facts import Fact
from costmodel.messages import InputError, Message, check_known, check_within
from costmodel.money.assumed import Assumption, Inputs
from costmodel.uncertainty import Draws, Kind, Number, Range

FILE: Final = "venture"
ANY: Final = "any startup"
_MOST_USD: Final = 1e13
_LARGEST: Final = 1e30

Group: TypeAlias = Literal["money", "costs", "research", "market", "proof", "deal", "exit", "shock"]

#: Where the compute of research comes from: a bill a month that was stated, the programme's
#: bill by month, or final run x multiple over the months between models.
ResearchBasis: TypeAlias = Literal["stated", "programme", "formula"]
Seniority: TypeAlias = Literal["standard", "equal"]
CaseLevel: TypeAlias = Literal["plan", "history"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSpec:
    """One input: its unit, what it can be, its part of the form, and what it is where nobody
    says: ``neutral``, or else a row of the data (``cited``), or else nothing, and it is asked.
    """

    unit: str
    kind: Kind = "positive"
    least: float = 0.0
    most: float = _LARGEST
    group: Group
    neutral: float | None = None
    cited: bool = False


def _usd(group: Group, neutral: float | None = 0.0) -> InputSpec:
    return InputSpec(unit="usd", most=_MOST_USD, group=group, neutral=neutral)


def _share(group: Group, neutral: float | None = None, *, cited: bool = False) -> InputSpec:
    return InputSpec(
        unit="fraction", kind="fraction", most=1.0, group=group, neutral=neutral, cited=cited
    )


def _ratio(
    group: Group,
    neutral: float | None = None,
    *,
    least: float = 1e-3,
    most: float = 1e3,
    cited: bool = False,
) -> InputSpec:
    return InputSpec(
        unit="ratio", least=least, most=most, group=group, neutral=neutral, cited=cited
    )


def _months(group: Group, neutral: float | None = 0.0, *, cited: bool = False) -> InputSpec:
    return InputSpec(unit="month", most=240.0, group=group, neutral=neutral, cited=cited)


#: Later rounds that a path of dilution can hold.
N_LATER: Final = 4

#: Every input by name, in the order of the form.
INPUTS: Final[Mapping[str, InputSpec]] = {
    "cash_usd": _usd("money", None),
    "raise_usd": _usd("money"),
    "raise_delay_months": _months("money"),
    "raise_probability": _share("money", 1.0),
    "signed_funding_usd": _usd("money"),
    "signed_delay_months": _months("money", None, cited=True),
    "next_raise_usd": _usd("money"),
    "next_raise_month": _months("money", 12.0),
    "next_raise_probability": _share("money", cited=True),
    "cloud_credits_usd": _usd("money"),
    "cloud_credits_months": _months("money", 24.0),
    "people_usd_per_month": _usd("costs", None),
    "people_multiple_per_year": _ratio("costs", cited=True, least=0.1, most=10),
    "other_usd_per_month": _usd("costs"),
    "data_usd_per_month": _usd("costs"),
    "licences_usd_per_month": _usd("costs"),
    "support_usd_per_month": _usd("costs"),
    "commitment_usd_per_month": _usd("costs"),
    "commitment_months": _months("costs", 24.0),
    "cny_cost_share": _share("costs", 0.0),
    "cny_revenue_share": _share("costs", 0.0),
    "fx_multiple_per_year": _ratio("costs", cited=True, least=0.2, most=5),
    "research_usd_per_month": _usd("research", 0.0),
    "final_run_usd": _usd("research", 0.0),
    "research_multiple": _ratio("research", cited=True, least=1.0),
    "months_between_models": InputSpec(
        unit="month", least=0.5, most=240.0, group="research", cited=True
    ),
    "compute_price_multiple_per_year": _ratio("research", cited=True, least=0.05, most=20),
    "market_usd_per_month": _usd("research", 0.0),
    "research_scale": _ratio("research", 1.0, least=0.0, most=100),
    "market_scale": _ratio("research", 1.0, least=0.0, most=100),
    "proof_elasticity": _ratio("research", cited=True, least=0.0, most=2),
    "market_elasticity": _ratio("research", cited=True, least=0.0, most=2),
    "quality_elasticity": _ratio("research", cited=True, least=0.0, most=2),
    "paid_tokens_per_month": InputSpec(unit="token", group="market", neutral=0.0),
    "price_usd_per_million_tokens": InputSpec(
        unit="usd_per_million_tokens", most=1e9, group="market", neutral=0.0
    ),
    "unit_cost_usd_per_million_tokens": InputSpec(
        unit="usd_per_million_tokens", most=1e9, group="market", neutral=0.0
    ),
    "free_share": _ratio("market", cited=True, least=0.0),
    "growth_per_month": InputSpec(
        unit="fraction", kind="real", least=-0.9, most=10.0, group="market", cited=True
    ),
    "long_run_growth_per_month": InputSpec(
        unit="fraction", kind="real", least=-0.9, most=1.0, group="market"
    ),
    "demand_elasticity": _ratio("market", cited=True, least=0.0, most=5),
    "growth_fade_per_month": _ratio("market", cited=True, least=0.0, most=5),
    "price_fall_per_year": InputSpec(
        unit="fraction", kind="fraction", least=-5.0, most=0.999, group="market", cited=True
    ),
    "cost_fall_per_year": InputSpec(
        unit="fraction", kind="fraction", least=-5.0, most=0.999, group="market", cited=True
    ),
    "seats": InputSpec(unit="count", most=1e10, group="market", neutral=0.0),
    "seat_usd_per_month": _usd("market"),
    "seat_cost_usd_per_month": _usd("market"),
    "seat_growth_per_month": InputSpec(
        unit="fraction", kind="real", least=-0.9, most=10.0, group="market", neutral=0.0
    ),
    "projects_usd_per_month": _usd("market"),
    "projects_multiple_per_year": _ratio("market", 1.0),
    "market_ceiling_usd_per_year": _usd("market", 0.0),
    "top_customer_share": _share("market", cited=True),
    "months_to_proof": _months("proof", None, cited=True),
    "past_slip": InputSpec(unit="fraction", kind="fraction", most=20.0, group="proof", cited=True),
    "months_to_close": _months("proof", None, cited=True),
    "investment_usd": _usd("deal", None),
    "post_money_usd": _usd("deal", None),
    **{f"later_dilution_{i}": _share("deal", 0.0) for i in range(1, N_LATER + 1)},
    **{f"later_pool_{i}": _share("deal", 0.0) for i in range(1, N_LATER + 1)},
    "pro_rata_share": _share("deal", 0.0),
    "step_up": _ratio("deal", least=0.05, most=100),
    "preference_multiple": _ratio("deal", 1.0, least=0.0, most=10),
    "earlier_preferences_usd": _usd("deal"),
    "earlier_share": _share("deal", cited=True),
    "exit_multiple": _ratio("exit", cited=True, least=0.0),
    "holding_years": InputSpec(unit="year", least=0.25, most=20.0, group="exit", cited=True),
    "cash_at_exit_usd": _usd("exit"),
    "debt_at_exit_usd": _usd("exit"),
    "target_moic": _ratio("exit", 3.0, least=0.1),
    "compute_price_shock": _ratio("shock", 1.0, least=0.0, most=100),
    "token_price_shock": _ratio("shock", 1.0, least=0.0, most=100),
    "failed_runs": InputSpec(unit="count", most=100, group="shock", neutral=0.0),
    "failed_run_months": _months("shock", 0.0),
    "extra_proof_months": _months("shock"),
    "lost_revenue_share": _share("shock", 0.0),
    "cutoff_months": _months("shock"),
    "migration_months": _months("shock"),
    "claim_usd": _usd("shock"),
    "claim_month": _months("shock", 12.0),
    "extra_people_share": _ratio("shock", 0.0, least=0.0, most=100),
    "compliance_usd_per_month": _usd("shock"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """What is no number. ``checklist`` lets the risk score move the odds of the loss cases,
    ``shared_factor`` couples the risks; ``margin_in_multiple`` scales the multiple of revenue
    by the margin at the exit over that of the companies it is read from.
    """

    research: ResearchBasis = "formula"
    participating: bool = False
    seniority: Seniority = "standard"
    checklist: bool = True
    shared_factor: bool = True
    case_level: CaseLevel = "plan"
    margin_in_multiple: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VentureInputs(Inputs):
    """Everything that a scenario depends on.

    ``programme_usd`` is the compute of the R&D programme by month, ``(n_months,)`` or
    ``(n, n_months)``; only with ``switches.research == "programme"`` it is used. Months after
    its last repeat it from its start, a model as dear as the one before.
    """

    switches: Switches = field(default_factory=Switches)
    programme_usd: Draws | None = None

    def spans(self) -> dict[str, Range]:
        """The range of every input, by name."""
        found = {}
        for a in self.assumptions:
            assert isinstance(a.range, Range), a.name
            found[a.name] = a.range
        return found

    def worlds(self, *, seed: int, n: int) -> dict[str, Number]:
        """``n`` worlds: each input from its own stream, coupled by the shared factors.

        ``z = a hard + b technology + sqrt(1 - a^2 - b^2) own``, with the loadings of the data:
        hard times raise rents, slip and the time to close a round and lower growth, exit
        multiples and the odds of a round; technology moves the price and the cost of a token
        together. A known value stays a plain number.
        """
        values: dict[str, Number] = {}
        hard, technology = (stream(seed, name).standard_normal(n) for name in _FACTORS)
        for name, span in self.spans().items():
            if span.low == span.high:
                values[name] = span.low
                continue
            own = stream(seed, name).standard_normal(n)
            a, b = loadings().get(name, (0.0, 0.0)) if self.switches.shared_factor else (0.0, 0.0)
            z = a * hard + b * technology + np.sqrt(1 - a * a - b * b) * own if a or b else own
            values[name] = span.at(z)
        for name in LUCK:
            values[name] = stream(seed, name).random(n)
        return values

    def middle(self) -> dict[str, Number]:
        """Every input at its median, for a scalar answer; luck is even."""
        return {**self.medians(), **dict.fromkeys(LUCK, 0.5)}


_FACTORS: Final = ("hard times", "technology")
#: Uniform draws that decide whether a round closes.
LUCK: Final = ("luck.raise", "luck.next_raise")


def stream(seed: int, name: str) -> np.random.Generator:
    """The random stream of one input: the same in every scenario of the same seed."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


@cache
def loadings() -> Mapping[str, tuple[float, float]]:
    """How far each input moves with hard times (against them: below zero) and technology."""
    found: dict[str, tuple[float, float]] = {}
    for (subject, quantity), fact in facts.facts_of(FILE).items():
        if not quantity.startswith("loading_"):
            continue
        hard, technology = found.get(subject, (0.0, 0.0))
        if quantity == "loading_with_technology":
            technology = fact.value
        else:
            hard = fact.value if quantity == "loading_with_hard_times" else -fact.value
        found[subject] = hard, technology
    return found


def cited(name: str, subject: str = ANY) -> Fact:
    """The row of the data behind an input. Raises ``MissingFactError``."""
    return facts.lookup(FILE, subject, name)


def known(value: float) -> Range:
    """A value without doubt, which may be zero or below."""
    return Range(value, value, "real")


def inputs_for(
    given: Mapping[str, Range],
    *,
    origins: Mapping[str, Fact] | None = None,
    switches: Switches | None = None,
    programme_usd: Draws | None = None,
    warnings: Sequence[Message] = (),
) -> VentureInputs:
    """The inputs of a scenario: as ``given``, else cited, else neutral.

    ``origins`` are the rows behind given ranges that are cited themselves. Raises
    ``InputError`` with near misses for an unknown name, for a value that cannot be, and for
    one that is missing and has neither a row nor a neutral value.
    """
    for name, span in given.items():
        check_input(name, span)
    found = []
    for name, spec in INPUTS.items():
        if name in given:
            origin = (origins or {}).get(name)
            span = given[name]
        elif spec.cited:
            origin = cited(name, _SUBJECTS.get(name, ANY))
            span = origin.range
        elif spec.neutral is not None:
            origin, span = None, known(spec.neutral)
        elif name in _OPTIONAL:
            continue
        else:
            raise InputError(name, "the field is missing; add it")
        found.append(Assumption(name=name, range=span, unit=spec.unit, origin=origin))
    return VentureInputs(
        assumptions=tuple(found),
        warnings=tuple(warnings),
        switches=switches or Switches(),
        programme_usd=programme_usd,
    )


def with_ranges(inputs: VentureInputs, changed: Mapping[str, Range]) -> VentureInputs:
    """The inputs with some of them stated otherwise. Raises ``InputError`` as above."""
    for name, span in changed.items():
        check_input(name, span)
    own = {
        name: Assumption(name=name, range=span, unit=INPUTS[name].unit, origin=None)
        for name, span in changed.items()
    }
    kept = [own.pop(a.name, a) for a in inputs.assumptions]
    return replace(inputs, assumptions=(*kept, *own.values()))


def check_input(name: str, span: Range) -> None:
    """Raise ``InputError`` for an input that there is not, or a value that it cannot have."""
    check_known(name, name, INPUTS)
    spec = INPUTS[name]
    for end in (span.low, span.high):
        check_within(name, end, spec.least, spec.most)


#: Rows whose subject is not any startup.
_SUBJECTS: Final = {"earlier_share": "any round"}
#: Inputs that are absent unless stated.
_OPTIONAL: Final = frozenset({"long_run_growth_per_month", "step_up"})
