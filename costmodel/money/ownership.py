"""What an accelerator-hour costs to own, and the cheque it needs up front.

``inputs_for`` gathers what the answer depends on, each with its range and source; the
others turn values of them, plain floats or arrays of draws alike, into dollars. Prices
move both ways: nothing here assumes that rents fall. Not counted: taxes and duties,
insurance, the time until servers are delivered, a site of one's own.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from costmodel import facts
from costmodel.facts import Fact, FactError
from costmodel.hardware.accelerators import MAX_ACCELERATORS, Accelerator
from costmodel.messages import InputError, Message, check_within, figure
from costmodel.money import energy, prices
from costmodel.money.assumed import Assumption, Inputs
from costmodel.uncertainty import Number, Range
from costmodel.units import HOURS_PER_YEAR, MONTHS_PER_YEAR, W_PER_KW

#: What somebody may state instead of the cited range, with the least and most it may be.
OVERRIDABLE: Final = {
    "purchase_usd": (1.0, 1e8),
    "server_price_ratio": (1.0, 10.0),
    "network_share": (1e-6, 0.9),
    "spares_share": (1e-6, 1.0),
    "value_decades_per_year": (1e-6, 3.0),
    "useful_life_years": (0.25, 20.0),
    "resale_share": (1e-6, 1.0),
    "money_share_per_year": (1e-6, 1.0),
    "upkeep_share_per_year": (1e-6, 1.0),
    "staff_usd_per_accelerator_year": (1e-3, 1e6),
    "hosting_usd_per_kw_month": (1e-3, 1e5),
    "deposit_months": (1e-3, 120.0),
    "utilisation": (1e-3, 1.0),
    "server_power_ratio": (1.0, 10.0),
    "mean_draw_share": (1e-3, 1.0),
    "idle_draw_share": (1e-6, 1.0),
    "pue": (1.0, 10.0),
    "usd_per_kwh": (1e-4, 10.0),
    "usd_per_gpu_hour": (1e-4, 1e6),
    "rent_multiple_after_a_year": (0.01, 100.0),
}

_OF_ANY_OWNER: Final = {
    "network_share": "any cluster",
    "spares_share": "any cluster",
    "value_decades_per_year": "any accelerator",
    "useful_life_years": "any accelerator",
    "resale_share": "any accelerator",
    "money_share_per_year": "any owner",
    "upkeep_share_per_year": "any owner",
    "staff_usd_per_accelerator_year": "any owner",
    "hosting_usd_per_kw_month": "any site",
    "deposit_months": "any site",
    "utilisation": "any owner",
    "idle_draw_share": "any owner",
}
#: Units of what may be stated where nothing is on record.
_UNITS: Final = {"purchase_usd": "usd", "usd_per_gpu_hour": "usd_per_gpu_hour"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnershipInputs(Inputs):
    """Everything that owning ``chip`` depends on."""

    chip: Accelerator
    board_power: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """Dollars by line; ``lines`` sum to ``usd``."""

    lines: Mapping[str, Number]

    @property
    def usd(self) -> Number:
        """The sum of the lines."""
        return sum(self.lines.values())


def inputs_for(
    chip: Accelerator,
    *,
    region: str | None = None,
    given: Mapping[str, Range] | None = None,
    as_of: date | None = None,
    price_types: Collection[str] = prices.RUN_PRICE_TYPES,
) -> OwnershipInputs:
    """The assumptions of owning ``chip``: cited, unless ``given`` states them.

    With ``as_of``, prices that are old on that day are warned of; ``price_types`` narrows
    the contracts that are rented under. Raises ``InputError`` for
    a chip that is rented only or an override that cannot be, ``FactError`` where no purchase
    price or power is on record: no other chip's stands in. Without a rental price there is
    no break-even, with a warning.
    """
    stated = dict(given or {})
    for name, span in stated.items():
        _check_stated(name, span)
    _check_sold(chip)
    warnings: list[Message] = []
    found: dict[str, Assumption] = {}

    def take(name: str, cited: Fact | None) -> None:
        """The stated range of ``name``, else the cited one; neither leaves it out."""
        if name in stated:
            unit = cited.unit if cited else _UNITS[name]
            found[name] = Assumption(name=name, range=stated[name], unit=unit, origin=None)
        elif cited is not None:
            found[name] = Assumption(name=name, range=cited.range, unit=cited.unit, origin=cited)

    take("purchase_usd", _purchase(chip, stated, as_of, warnings))
    take("server_price_ratio", _server_price_ratio(chip))
    for name, subject in _OF_ANY_OWNER.items():
        take(name, facts.lookup("ownership", subject, name))
    take("server_power_ratio", energy.server_power_ratio(chip))
    take("mean_draw_share", facts.lookup("assumptions", "any run", "mean_draw_share"))
    take("pue", facts.lookup("assumptions", "any site", "pue"))
    take("usd_per_kwh", _electricity(region, stated, warnings))
    take("rent_multiple_after_a_year", prices.price_move())
    take("usd_per_gpu_hour", None)
    if "usd_per_gpu_hour" not in stated:
        found.update(_rent(chip, as_of, price_types, warnings))
    return OwnershipInputs(
        chip=chip,
        board_power=chip.board_power(),
        assumptions=tuple(found.values()),
        warnings=tuple(warnings),
    )


def value_lost_per_hour(
    purchase_usd: Number, *, age_years: Number, value_decades_per_year: Number
) -> Number:
    """Dollars of value that an accelerator loses in an hour at this age, used or not.

    ``P 10^(-d a) d ln(10) / 8766`` with d the powers of ten a year: 0.14 makes it 0.322 a
    year of the value left. Published costs of training runs are amortised so, at the age of
    the run; divided by one less the network's share they hold the network too.

    Source: Cottier et al. 2024, arXiv:2405.21015, amortised hardware cost.
    """
    value_now = purchase_usd * 10 ** (-value_decades_per_year * age_years)
    rate: Number = value_decades_per_year * math.log(10)
    return value_now * rate / HOURS_PER_YEAR


def owned_hour(inputs: OwnershipInputs, values: Mapping[str, Number]) -> Bill:
    """Dollars per hour *used* of an accelerator bought new and sold after its useful life.

    Chips, servers and network lose their price less what their sale brings, ``resale x
    10^(-d L)`` of it, over ``8766 L u`` hours of use; hours that nobody uses, and the
    spares, are paid for by those in use. Beside them: the money tied up (on the mean of
    price and sale), upkeep, hosting of the rated power, staff, and the energy of used and
    idle hours at the site's meter.
    """
    life, used_hours = values["useful_life_years"], HOURS_PER_YEAR * values["utilisation"]
    held = 1 + values["spares_share"]
    left = _left_after(values, life)
    parts = hardware(values)
    price = sum(parts.values()) * held
    rated_kw = inputs.board_power.value * values["server_power_ratio"] / W_PER_KW
    hosting_year = values["hosting_usd_per_kw_month"] * MONTHS_PER_YEAR * rated_kw
    lines = {name: part * held * (1 - left) / (life * used_hours) for name, part in parts.items()}
    lines["money"] = price * (1 + left) / 2 * values["money_share_per_year"] / used_hours
    lines["upkeep"] = price * values["upkeep_share_per_year"] / used_hours
    lines["hosting"] = hosting_year * held / used_hours
    lines["staff"] = values["staff_usd_per_accelerator_year"] * held / used_hours
    lines["energy"] = _kwh_per_used_hour(inputs, values) * values["usd_per_kwh"]
    return Bill(lines=lines)


def cheque(inputs: OwnershipInputs, values: Mapping[str, Number], *, n_accelerators: int) -> Bill:
    """Dollars to be paid before the first hour of ``n_accelerators``: chips, servers,
    network, the spares, and the deposit of the site. Delivery and taxes are not counted.
    """
    check_cluster(n_accelerators)
    lines = {name: part * n_accelerators for name, part in hardware(values).items()}
    spares = values["spares_share"]
    lines["spares"] = sum(lines.values()) * spares
    rated_kw = inputs.board_power.value * values["server_power_ratio"] / W_PER_KW
    month = values["hosting_usd_per_kw_month"] * rated_kw * n_accelerators * (1 + spares)
    lines["deposit"] = month * values["deposit_months"]
    return Bill(lines=lines)


def hardware(values: Mapping[str, Number]) -> dict[str, Number]:
    """Dollars of one accelerator, its share of the server, and its share of the network."""
    chips = values["purchase_usd"]
    servers = chips * (np.maximum(values["server_price_ratio"], 1.0) - 1)
    share = values["network_share"]
    return {"chips": chips, "servers": servers, "network": (chips + servers) * share / (1 - share)}


def _left_after(values: Mapping[str, Number], years: Number) -> Number:
    """Share of the price that a sale brings after these years."""
    return values["resale_share"] * 10 ** (-values["value_decades_per_year"] * years)


def _kwh_per_used_hour(inputs: OwnershipInputs, values: Mapping[str, Number]) -> Number:
    """kWh at the site's meter for one hour in use and the idle time that goes with it."""
    used = values["utilisation"]
    draw = values["mean_draw_share"] + values["idle_draw_share"] * (1 - used) / used
    return energy.kw_per_accelerator(
        board_power_w=inputs.board_power.value,
        server_power_ratio=values["server_power_ratio"],
        mean_draw_share=draw,
        pue=values["pue"],
    )


def _server_price_ratio(chip: Accelerator) -> Fact:
    """The chip's own row where its price on record holds (part of) the server already, else
    that of its generation, else the general one.
    """
    for subject in (chip.name, chip.generation):
        found = facts.find("ownership", subject, "server_price_ratio")
        if found is not None:
            return found
    return facts.lookup("ownership", "other", "server_price_ratio")


def check_cluster(n_accelerators: int) -> None:
    """Raise ``InputError`` for a number of accelerators that is no cluster."""
    if not 1 <= n_accelerators <= MAX_ACCELERATORS:
        raise InputError(
            "n_accelerators",
            "{value} accelerators are not a cluster; write a whole number from 1 to {most}",
            value=figure(n_accelerators),
            most=MAX_ACCELERATORS,
        )


def _check_sold(chip: Accelerator) -> None:
    if facts.find("ownership", chip.generation, "rented_only") is not None:
        raise InputError(
            "chip", "{chip} is rented, not sold; choose an accelerator that is", chip=chip.name
        )


def _check_stated(name: str, span: Range) -> None:
    assert name in OVERRIDABLE, name
    least, most = OVERRIDABLE[name]
    for end in (span.low, span.high):
        check_within(name, end, least, most)


def _purchase(
    chip: Accelerator, stated: Mapping[str, Range], as_of: date | None, warnings: list[Message]
) -> Fact | None:
    """The purchase price on record, with a word where it is from memory or old."""
    if "purchase_usd" in stated:
        return facts.find("accelerators", chip.name, "purchase_usd")
    price = facts.lookup("accelerators", chip.name, "purchase_usd")
    if price.evidence == "recall":
        warnings.append(
            Message(
                "The purchase price of {chip} is from memory and not confirmed at a source.",
                {"chip": chip.name},
            )
        )
    days = prices.old_after_days().value
    if as_of is not None and (as_of - prices.first_day(price.as_of)).days > days:
        warnings.append(
            Message(
                "The purchase price of {chip} is of {date}; ask for a quote of today.",
                {"chip": chip.name, "date": price.as_of},
            )
        )
    return price


def _electricity(region: str | None, stated: Mapping[str, Range], warnings: list[Message]) -> Fact:
    """The region's industrial price, else the wide range of all, with a word about it."""
    if region is not None:
        name = energy.find_region(region).name
        own = facts.find("grid", name, "industrial_electricity_usd_per_kwh")
        if own is not None:
            return own
    if "usd_per_kwh" not in stated:
        warnings.append(
            Message(
                "No industrial electricity price of the region is on record, so its range "
                "spans cheap to dear grids."
            )
        )
    return facts.lookup("ownership", "any region", "usd_per_kwh")


def _rent(
    chip: Accelerator,
    as_of: date | None,
    price_types: Collection[str],
    warnings: list[Message],
) -> dict[str, Assumption]:
    name = "usd_per_gpu_hour"
    try:
        quoted = prices.rental_price(chip.name, price_types=price_types)
    except FactError:
        warnings.append(
            Message(
                "No rental price of {chip} is on record, so owning is not compared with renting; "
                "write the dollars per accelerator-hour that you would pay.",
                {"chip": chip.name},
            )
        )
        return {}
    if quoted.is_thin:
        warnings.append(
            Message(
                "Only {n} rental price of {chip} is on record; its range is widened by judgement.",
                {"n": len(quoted.quotes), "chip": chip.name},
            )
        )
    old = prices.old_prices(quoted, as_of=as_of) if as_of is not None else None
    if old is not None:
        warnings.append(old)
    return {name: Assumption(name=name, range=quoted.range, unit=name, origin=quoted)}
