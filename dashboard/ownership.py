"""A deal's accelerators rented or owned: what was typed beside the deal, as an answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np

from costmodel.facts import FactError
from costmodel.messages import InputError, check_known, check_within
from costmodel.money import ownership, prices, renting
from costmodel.money.assumed import Assumption
from costmodel.money.ownership import OVERRIDABLE, Bill, OwnershipInputs
from costmodel.money.prices import RUN_PRICE_TYPES, Offer
from costmodel.money.renting import BreakEven
from costmodel.uncertainty import Kind, Number, Percentiles, Range
from costmodel.units import MONTHS_PER_YEAR
from dashboard.findings import N_DRAWS, Evaluation, given_of, region_of
from dashboard.quantities import parse_range

#: Asked among the deal's own inputs, on every page of it.
OF_THE_DEAL: Final = ("usd_per_gpu_hour", "pue")
#: What can be typed on this page.
FIELDS: Final = ("contract", *(name for name in OVERRIDABLE if name not in OF_THE_DEAL))
_FRACTIONS: Final = frozenset({n for n in OVERRIDABLE if "_share" in n} | {"utilisation"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Renting beside owning, for the whole cluster by month, and where they meet."""

    rented_hour: Number
    break_even: BreakEven
    owned: Sequence[Percentiles]
    rented: Sequence[Percentiles]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnershipAnswer:
    """What Assay makes of renting and owning; parts are missing where nothing is known.

    ``compared`` is missing without a rent, all that is owned while a field is refused.
    """

    evaluation: Evaluation
    contract: str
    offers: Sequence[Offer]
    refused: Mapping[str, InputError]
    inputs: OwnershipInputs | None = None
    hour: Bill | None = None
    cheque: Bill | None = None
    compared: Compared | None = None

    @property
    def reserved(self) -> bool:
        """Whether idle hours are paid for too."""
        return self.contract != RUN_PRICE_TYPES[0]


def from_query(query: Mapping[str, str]) -> dict[str, str]:
    """What a link says about renting and owning."""
    return {name: query[name][:120] for name in FIELDS if name in query}


def answer(
    evaluation: Evaluation, typed: Mapping[str, str], *, today: date, seed: int = 0
) -> OwnershipAnswer:
    """Renting against owning the deal's accelerators. Refusals are kept by field."""
    cluster = evaluation.inputs.cluster
    refused: dict[str, InputError] = {}
    contract = _contract(typed, refused)
    given = given_of(evaluation.deal)
    given = {n: span for n, span in given.items() if n in OVERRIDABLE} | _given(typed, refused)
    unanswered = OwnershipAnswer(
        evaluation=evaluation,
        contract=contract,
        offers=prices.rental_offers(cluster.accelerator.name, as_of=today),
        refused=refused,
    )
    try:
        inputs = ownership.inputs_for(
            cluster.accelerator,
            region=region_of(evaluation.deal, []),
            given=given,
            as_of=today,
            price_types=(contract,),
        )
    except InputError as error:
        refused.setdefault(error.field, error)
        return unanswered
    except FactError:
        refused["purchase_usd"] = InputError(
            "purchase_usd",
            "no purchase price of {chip} is on record; write the dollars that one costs",
            chip=cluster.accelerator.name,
        )
        return unanswered
    if refused:
        return unanswered
    values = inputs.draw(np.random.default_rng(seed), N_DRAWS)
    n = cluster.n_accelerators
    return replace(
        unanswered,
        inputs=inputs,
        hour=ownership.owned_hour(inputs, values),
        cheque=ownership.cheque(inputs, values, n_accelerators=n),
        compared=_compared(inputs, values, n, reserved=unanswered.reserved),
    )


def cited(answered: OwnershipAnswer) -> dict[str, Assumption]:
    """The assumptions by name with nothing typed over them; empty where nothing is known."""
    evaluation = answered.evaluation
    try:
        inputs = ownership.inputs_for(
            evaluation.inputs.cluster.accelerator, region=region_of(evaluation.deal, [])
        )
    except (InputError, FactError):
        return {}
    return {assumption.name: assumption for assumption in inputs.assumptions}


def _contract(typed: Mapping[str, str], refused: dict[str, InputError]) -> str:
    contract = typed.get("contract", "") or RUN_PRICE_TYPES[0]
    try:
        check_known("contract", contract, RUN_PRICE_TYPES)
    except InputError as error:
        refused["contract"] = error
        return RUN_PRICE_TYPES[0]
    return contract


def _given(typed: Mapping[str, str], refused: dict[str, InputError]) -> dict[str, Range]:
    """The ranges typed over assumptions, within what they may be."""
    given: dict[str, Range] = {}
    for name in FIELDS:
        text = typed.get(name, "").strip()
        if name not in OVERRIDABLE or not text:
            continue
        kind: Kind = "fraction" if name in _FRACTIONS else "positive"
        try:
            span = parse_range(text, name, kind)
            for end in (span.low, span.high):
                check_within(name, end, *OVERRIDABLE[name])
        except InputError as error:
            refused[name] = error
        else:
            given[name] = span
    return given


def _compared(
    inputs: OwnershipInputs, values: Mapping[str, Number], n: int, *, reserved: bool
) -> Compared | None:
    """Renting beside owning to the end of the middle useful life; ``None`` without a rent."""
    if "usd_per_gpu_hour" not in values:
        return None
    life = Percentiles.of(values["useful_life_years"]).p50
    course = renting.course(
        inputs,
        values,
        n_months=max(int(life * MONTHS_PER_YEAR), 1),
        n_accelerators=n,
        reserved=reserved,
    )
    return Compared(
        rented_hour=renting.rented_hour(values, reserved=reserved),
        break_even=renting.break_even_month(inputs, values, reserved=reserved),
        owned=[Percentiles.of(month) for month in course.owned],
        rented=[Percentiles.of(month) for month in course.rented],
    )
