"""The cases most like a deal: how far each is, why it is comparable, and what differs.

The distance is the weighted mean, over what the deal states, of how far the two lie apart in
each feature, from 0 (alike) to 1; what is not known of the case counts as half apart, so that
ignorance makes no case near. Weights and limits are judgements of ``data/comparables.csv``.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

from costmodel import facts
from costmodel.messages import Amount, InputError, Message, Part, Text
from costmodel.money import energy
from costmodel.workload.flops import total_params
from dashboard.cases.library import Case, Kind
from dashboard.deal import Deal, model_of
from dashboard.language import N_
from dashboard.risk.answers.profile import profile_of
from dashboard.risk.bank.loading import bank
from dashboard.risk.bank.sectors import GENERAL

#: What is compared, in the order in which it is told.
FEATURES: Final = ("trains_from_scratch", "sector", "stage", "size", "money", "country")
#: Sizes and sums within this share of the farthest ratio's logarithm are told as alike.
_ALIKE: Final = 0.25
_HALF: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What is compared of a deal or a case; ``None`` where it is not known."""

    trains_from_scratch: bool | None
    sector: str | None
    stage: str | None
    params: float | None
    usd: float | None
    country: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparable:
    """A case beside a deal.

    ``distance`` lies in 0 to 1, ``known_share`` is the share of the weight that is known of
    both; ``alike`` and ``differs`` say why.
    """

    case: Case
    distance: float
    known_share: float
    alike: tuple[Message, ...]
    differs: tuple[Message, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparables:
    """The near cases of each kind, nearest first, and the nearest of those that are not near.

    ``itself`` are cases about the deal's own company or run, which are not compared.
    ``not_stated`` names the features that the deal does not tell. ``said`` sums it up, and
    says so when no case is near.
    """

    deal: str
    companies: tuple[Comparable, ...]
    runs: tuple[Comparable, ...]
    beyond: Comparable | None
    itself: tuple[Case, ...]
    not_stated: tuple[str, ...]
    said: Message


def comparables(deal: Deal, cases: Iterable[Case], *, most: int = 5) -> Comparables:
    """Up to ``most`` near cases of each kind for a deal."""
    own = traits_of(deal)
    itself, compared = [], []
    for case in cases:
        if _is_about(case, deal):
            itself.append(case)
            continue
        found = _compare(own, case)
        if found is not None:
            compared.append(found)
    compared.sort(key=lambda found: (found.distance, -found.known_share, found.case.id))
    limit = _fact("near_distance")
    near = [found for found in compared if found.distance <= limit]
    beyond = next((found for found in compared if found.distance > limit), None)
    not_stated = tuple(f for f, value in zip(FEATURES, _values(own), strict=True) if value is None)
    return Comparables(
        deal=deal.name,
        companies=_of_kind(near, "company", most),
        runs=_of_kind(near, "run", most),
        beyond=beyond,
        itself=tuple(itself),
        not_stated=not_stated,
        said=_said(own, near, compared),
    )


def traits_of(deal: Deal) -> Traits:
    """What a deal states of the compared features."""
    profile = profile_of(deal, bank())
    try:
        params: float | None = float(total_params(model_of(deal)))
    except InputError:
        params = None
    raised = deal.finance.raise_usd
    return Traits(
        trains_from_scratch=profile.facts.get("trains_from_scratch"),
        sector=profile.sector if deal.company.sector.strip() else None,
        stage=profile.stage,
        params=params,
        usd=raised.value if raised is not None and raised.value > 0 else None,
        country=_country(deal.company.country),
    )


def _of_case(case: Case) -> Traits:
    params = None if case.run is None else case.run.params
    return Traits(
        trains_from_scratch=case.trains_from_scratch,
        sector=case.sector,
        stage=case.stage,
        params=params or None,
        usd=case.raised_usd or None,
        country=case.country,
    )


def _values(traits: Traits) -> tuple[object, ...]:
    return (
        traits.trains_from_scratch,
        traits.sector,
        traits.stage,
        traits.params,
        traits.usd,
        traits.country,
    )


def _is_about(case: Case, deal: Deal) -> bool:
    """Whether the case is the deal's own run or company."""
    if case.run is not None and case.run.run_id == deal.published_run:
        return True
    company = deal.company.name.casefold()
    names = (case.name, *case.also_called)
    return case.kind == "company" and any(name.casefold() in company for name in names)


def _compare(deal: Traits, case: Case) -> Comparable | None:
    """The case beside the deal; ``None`` where too little is known of both."""
    other = _of_case(case)
    weights = {feature: _fact(f"weight_{feature}") for feature in FEATURES}
    apart = {feature: _apart(feature, deal, other) for feature in FEATURES}
    known = {feature: distance for feature, distance in apart.items() if distance is not None}
    known_share = sum(weights[feature] for feature in known) / sum(weights.values())
    if known_share < _fact("known_share"):
        return None
    stated = [f for f, value in zip(FEATURES, _values(deal), strict=True) if value is not None]
    way = sum(weights[feature] * known.get(feature, _HALF) for feature in stated)
    told = {feature: _told(feature, deal, other, distance) for feature, distance in known.items()}
    near = {feature for feature, distance in known.items() if distance <= _ALIKE}
    return Comparable(
        case=case,
        distance=way / sum(weights[feature] for feature in stated),
        known_share=known_share,
        alike=tuple(message for feature, message in told.items() if feature in near),
        differs=tuple(message for feature, message in told.items() if feature not in near),
    )


def _apart(feature: str, deal: Traits, case: Traits) -> float | None:
    """How far the two lie apart in a feature, 0 to 1; ``None`` where one is not known."""
    if feature == "size":
        return _ratio_apart(deal.params, case.params)
    if feature == "money":
        return _ratio_apart(deal.usd, case.usd)
    mine, theirs = getattr(deal, feature), getattr(case, feature)
    if mine is None or theirs is None:
        return None
    if feature == "stage":
        order = [stage.id for stage in bank().frame.stages]
        return abs(order.index(mine) - order.index(theirs)) / (len(order) - 1)
    if mine == theirs:
        return 0.0
    return _HALF if feature == "sector" and GENERAL in (mine, theirs) else 1.0


def _ratio_apart(one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return None
    return min(1.0, abs(math.log(one / other)) / math.log(_fact("farthest_ratio")))


_SAME: Final = {
    "sector": N_("Same sector: {case}."),
    "stage": N_("Same stage: {case}."),
    "size": N_("A like size: {case} parameters, the deal {deal}."),
    "money": N_("Like money: {case} raised in all, the deal raises {deal}."),
    "country": N_("Same country: {case}."),
}
_OTHER: Final = {
    "sector": N_("Another sector: {case}, the deal {deal}."),
    "stage": N_("Another stage: {case}, the deal {deal}."),
    "size": N_("Another size: {case} parameters, the deal {deal}."),
    "money": N_("Other money: {case} raised in all, the deal raises {deal}."),
    "country": N_("Another country: {case}, the deal {deal}."),
}


def _told(feature: str, deal: Traits, case: Traits, distance: float) -> Message:
    if feature == "trains_from_scratch":
        return _told_training(deal, case)
    texts = _SAME if distance <= _ALIKE else _OTHER
    return Message(texts[feature], {"case": _shown(feature, case), "deal": _shown(feature, deal)})


def _told_training(deal: Traits, case: Traits) -> Message:
    if deal.trains_from_scratch == case.trains_from_scratch:
        if case.trains_from_scratch:
            return Message("Both train their models from scratch.")
        return Message("Neither trains its models from scratch.")
    if case.trains_from_scratch:
        return Message("It trained from scratch, the deal does not.")
    return Message("It did not train from scratch, the deal does.")


def _shown(feature: str, traits: Traits) -> Part:
    match feature:
        case "size":
            assert traits.params is not None
            return Amount(traits.params, "count")
        case "money":
            assert traits.usd is not None
            return Amount(traits.usd, "usd")
        case "sector":
            assert traits.sector is not None
            return bank().sectors[traits.sector].name
        case "stage":
            return next(s.name for s in bank().frame.stages if s.id == traits.stage)
        case _:
            return country_name(traits.country or "")


def country_name(code: str) -> Part:
    """A country by its two letters, in both languages; one without a row as it is written."""
    try:
        region = energy.find_region(code)
    except InputError:
        return code
    return Text(region.name, region.name_zh)


def _country(written: str) -> str | None:
    """The two letters of the country that a deal names; ``None`` for none."""
    word = written.strip()
    if not word:
        return None
    try:
        return energy.find_region("GB" if word.upper() == "UK" else word).iso2
    except InputError:
        return word.upper()


def _of_kind(near: list[Comparable], kind: Kind, most: int) -> tuple[Comparable, ...]:
    return tuple([found for found in near if found.case.kind == kind][:most])


@cache
def _fact(quantity: str) -> float:
    return facts.lookup("comparables", "comparable case", quantity).value


def _said(own: Traits, near: list[Comparable], compared: list[Comparable]) -> Message:
    if not compared:
        return Message(
            "Too little is known of the deal to compare it with any case: state whether it trains "
            "from scratch, its sector, stage, size, country and the money that it raises."
        )
    n_companies = sum(found.case.kind == "company" for found in near)
    if not near:
        return Message(
            "No near case: of {n} that can be compared none is like this deal. What became of "
            "the others says little about it.",
            {"n": len(compared)},
        )
    if not n_companies:
        return Message(
            "No near company: {n} near cases are training runs, which tell of cost and nothing "
            "of returns.",
            {"n": len(near)},
        )
    return Message(
        "{n} near cases of {all} that can be compared, {companies} of them companies.",
        {"n": len(near), "all": len(compared), "companies": n_companies},
    )
