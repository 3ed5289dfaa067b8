"""What a programme's bill depends on: each with its range and source, each editable."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from costmodel import facts
from costmodel.facts import Fact
from costmodel.messages import Amount, InputError, Message, check_known, check_within
from costmodel.money import energy
from costmodel.money.assumed import Assumption, Inputs
from costmodel.money.programme.plan import Member, ProgrammePlan
from costmodel.uncertainty import Range

#: How pay is stated, by the start of its quantity: cash, with shares, or with all on-costs.
PAY_BASES: Final = ("cash_pay_", "total_pay_", "loaded_pay_")

#: Line of the bill by the quantity of a price in ``data/data_prices.csv``.
LINE_OF_PRICE: Final = {
    "licence_price": "licences",
    "labelling_price": "labelling",
    "labelling_pay": "labelling",
    "synthetic_price": "synthetic_data",
    "cleaning_price": "cleaning",
}

_SHARES: Final = ("post_training_share", "failed_run_share", "evaluation_share")
_PER_BYTE: Final = ("storage_usd_per_gb_month", "egress_usd_per_gb")
#: What may be stated, by the part of a name before the first dot: beyond lies a slip.
_LIMITS: Final = {
    "research_multiple": (1.0, 1e3),
    "post_training_share": (1e-6, 1.0),
    "failed_run_share": (1e-6, 1.0),
    "evaluation_share": (1e-6, 1.0),
    "storage_usd_per_gb_month": (1e-9, 10.0),
    "egress_usd_per_gb": (1e-9, 10.0),
    "client_over_worker_pay": (1.0, 100.0),
    "pay": (1.0, 1e8),
    "on_cost": (1.0, 10.0),
    "price": (1e-15, 1e12),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeInputs(Inputs):
    """Everything that a programme's bill depends on beside its final run."""

    plan: ProgrammePlan


def inputs_for(plan: ProgrammePlan, *, given: Mapping[str, Range] | None = None) -> ProgrammeInputs:
    """The assumptions of a programme: cited, unless ``given`` states them by name.

    Names: ``research_multiple``, the three shares of the compute beside the final run,
    ``pay.<role>.<region>``, ``on_cost.<region>``, ``price.<kind>``,
    ``client_over_worker_pay``, and the prices of storage and transfer. Raises
    ``InputError`` with near misses for an unknown role, region, kind or name.
    """
    stated = dict(given or {})
    cited: dict[str, Fact] = {
        "research_multiple": facts.lookup("programme", plan.posture, "research_multiple")
    }
    for share in _SHARES:
        cited[share] = facts.lookup("programme", "any programme", share)
    for i, member in enumerate(plan.team):
        region = _region(member.region, field=f"team.{i}.region")
        role = _role(member, region, field=f"team.{i}.role")
        cited[f"pay.{role}.{region}"] = pay_of(role, region)
        if not is_loaded(role, region):
            own = facts.find("people", region, "on_cost_ratio")
            on_cost = own or facts.lookup("people", "other", "on_cost_ratio")
            cited[f"on_cost.{region}"] = on_cost
    for i, purchase in enumerate(plan.purchases):
        check_known(f"purchases.{i}.kind", purchase.kind, kinds())
        cited[f"price.{purchase.kind}"] = price_of(purchase.kind)
    cited["client_over_worker_pay"] = facts.lookup(
        "data_prices", "any vendor", "client_over_worker_pay"
    )
    for name in _PER_BYTE:
        cited[name] = facts.lookup("programme", "any cloud", name)
    for name, span in stated.items():
        _check_stated(name, span, tuple(cited))
    assumptions = tuple(
        Assumption(name=name, range=stated[name], unit=fact.unit, origin=None)
        if name in stated
        else Assumption(name=name, range=_widened(fact), unit=fact.unit, origin=fact)
        for name, fact in cited.items()
    )
    return ProgrammeInputs(
        plan=plan, assumptions=assumptions, warnings=_warnings(assumptions, plan)
    )


def regions() -> tuple[str, ...]:
    """The countries whose pay is on record."""
    paid = {s for s, q in facts.facts_of("people") if q.startswith(PAY_BASES)}
    return tuple(sorted(paid))


def roles(region: str) -> tuple[str, ...]:
    """The roles whose pay is on record in this country."""
    found = {
        q.removeprefix(base)
        for s, q in facts.facts_of("people")
        for base in PAY_BASES
        if s == region and q.startswith(base)
    }
    return tuple(sorted(found))


def kinds() -> tuple[str, ...]:
    """The kinds of data that have a price on record."""
    return tuple(s for s, q in facts.facts_of("data_prices") if q in LINE_OF_PRICE)


def pay_of(role: str, region: str) -> Fact:
    """Yearly pay of a role in a country. Raises ``FactError`` where none is on record."""
    for base in PAY_BASES:
        found = facts.find("people", region, base + role)
        if found is not None:
            return found
    return facts.lookup("people", region, PAY_BASES[0] + role)


def is_loaded(role: str, region: str) -> bool:
    """Whether the pay on record holds the on-costs already."""
    return pay_of(role, region).quantity.startswith(PAY_BASES[-1])


def price_of(kind: str) -> Fact:
    """Price of one unit of a kind of data, or what its worker is paid (``labelling_pay``)."""
    for quantity in LINE_OF_PRICE:
        found = facts.find("data_prices", kind, quantity)
        if found is not None:
            return found
    return facts.lookup("data_prices", kind, "licence_price")


def names_of(member: Member) -> tuple[str, str]:
    """The names of a member's pay and on-costs among the assumptions."""
    region = _region(member.region, field="region")
    return f"pay.{_role(member, region, field='role')}.{region}", f"on_cost.{region}"


def _region(name: str, *, field: str) -> str:
    """The country by its English or Chinese name or ISO code, when its pay is on record."""
    try:
        found = energy.find_region(name).name
    except InputError:
        found = name
    check_known(field, found, regions())
    return found


def _role(member: Member, region: str, *, field: str) -> str:
    role = "_".join(member.role.casefold().replace("-", " ").replace("_", " ").split())
    check_known(field, role, roles(region))
    return role


def _widened(fact: Fact) -> Range:
    """The cited range; a price or pay on record as one number gets a judged one."""
    if fact.low is not None:
        return fact.range
    low, high = (
        facts.lookup("programme", "any single figure", f"{end}_over_figure").value
        for end in ("low", "high")
    )
    return Range(fact.value * low, fact.value * high)


def _check_stated(name: str, span: Range, known: tuple[str, ...]) -> None:
    check_known("given", name, known)
    least, most = _LIMITS[name.split(".", maxsplit=1)[0]]
    for end in (span.low, span.high):
        check_within(name, end, least, most)


def _warnings(assumptions: tuple[Assumption, ...], plan: ProgrammePlan) -> tuple[Message, ...]:
    found = []
    cited = {a.name: a.origin for a in assumptions if isinstance(a.origin, Fact)}
    if "research_multiple" in cited:
        spread = facts.lookup("assumptions", "published programmes", "programme_over_final_run")
        found.append(
            Message(
                "How many times the compute of the final run the whole programme takes is a "
                "judgement by posture; published programmes span {low} to {high}.",
                {
                    "low": Amount(spread.range.low, "ratio"),
                    "high": Amount(spread.range.high, "ratio"),
                },
            )
        )
    idle = {name for name, n in zip(_PER_BYTE, _bytes_of(plan), strict=True) if not n}
    recalled = [n for n, fact in cited.items() if fact.evidence == "recall" and n not in idle]
    if recalled:
        found.append(
            Message(
                "From memory and not confirmed at a source: {names}.",
                {"names": "; ".join(recalled)},
            )
        )
    with_shares = [n for n, f in cited.items() if f.quantity.startswith(PAY_BASES[1:])]
    if with_shares:
        found.append(
            Message(
                "Shares and options are in this pay, so it is more than the cash paid out: "
                "{names}.",
                {"names": "; ".join(with_shares)},
            )
        )
    return tuple(found)


def _bytes_of(plan: ProgrammePlan) -> tuple[float, float]:
    return plan.storage_bytes, plan.egress_bytes
