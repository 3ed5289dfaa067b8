"""Renting against owning: month by month, and when owning has paid.

What is owned is in ``ownership``; here it is held against the rent of the same use. Rents
move both ways: nothing here assumes that they fall.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from costmodel.money import prices
from costmodel.money.ownership import OwnershipInputs, check_cluster, hardware, owned_hour
from costmodel.uncertainty import Draws, Number
from costmodel.units import HOURS_PER_YEAR, MONTHS_PER_YEAR


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakEven:
    """When owning has cost less than renting would have.

    ``months`` is infinite in every world where it never does within the useful life.
    """

    months: Number

    @property
    def month(self) -> int | None:
        """The month of the middle world; ``None`` where most never break even."""
        middle = float(np.quantile(self.months, 0.5, method="higher"))
        return int(middle) if math.isfinite(middle) else None

    @property
    def share(self) -> float:
        """Share of worlds in which owning pays within the useful life."""
        return float(np.mean(np.isfinite(self.months)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Dollars spent by the end of each month, owning and renting the same use.

    Months run along the first axis from 0, when only the hardware is paid for; draws, where
    there are any, along the second.
    """

    owned: Draws
    rented: Draws


def break_even_month(
    inputs: OwnershipInputs, values: Mapping[str, Number], *, reserved: bool = False
) -> BreakEven:
    """The first month by whose end owning has cost no more than renting the same use.

    Owning: the hardware with its spares, then money, upkeep, hosting, staff and energy by
    the month; what a sale would bring does not count, so this is the cash view. Renting:
    today's rent, after t years times ``multiple^sqrt(t)``, which at each date has the
    spread of a random walk with the yearly moves on record, up or down. ``reserved`` pays
    rent for idle hours too. The number of accelerators cancels out. Raises ``FactError``
    without a rental price.
    """
    paid = _monthly(inputs, values, reserved=reserved)
    life_months = values["useful_life_years"] * MONTHS_PER_YEAR
    owned, renting = paid.hardware, 0.0 * paid.rent
    shape = np.broadcast_shapes(*(np.shape(value) for value in values.values()))
    months: Draws = np.full(shape, math.inf)
    for month in range(1, int(np.max(life_months)) + 1):
        owned = owned + paid.running
        renting = renting + paid.rent * _rent_multiple(values, month)
        pays = (owned <= renting) & (month <= life_months) & ~np.isfinite(months)
        months = np.where(pays, float(month), months)
    return BreakEven(months=months if months.ndim else float(months))


def course(
    inputs: OwnershipInputs,
    values: Mapping[str, Number],
    *,
    n_months: int,
    n_accelerators: int,
    reserved: bool = False,
) -> Course:
    """What ``break_even_month`` compares, month by month, for the whole cluster.

    Owning goes on as if the servers lived on; past the useful life of a world its line no
    longer means anything. Raises as ``break_even_month`` and ``cheque`` do.
    """
    check_cluster(n_accelerators)
    paid = _monthly(inputs, values, reserved=reserved)
    owned = [np.asarray(paid.hardware)]
    rented = [np.zeros_like(owned[0])]
    for month in range(1, n_months + 1):
        owned.append(owned[-1] + paid.running)
        rented.append(rented[-1] + paid.rent * _rent_multiple(values, month))

    def of_cluster(by_month: list[Draws]) -> Draws:
        stacked: Draws = np.stack(np.broadcast_arrays(*by_month))
        return stacked * n_accelerators

    return Course(owned=of_cluster(owned), rented=of_cluster(rented))


def rented_hour(values: Mapping[str, Number], *, reserved: bool = False) -> Number:
    """Today's rent per hour *used*; a reserved contract's idle hours are paid for by those
    in use, as in ``owned_hour``.
    """
    rent = values["usd_per_gpu_hour"]
    return rent / values["utilisation"] if reserved else rent


@dataclass(frozen=True, slots=True)
class _Monthly:
    """Dollars for one accelerator: once, each month of owning, the first month of renting."""

    hardware: Number
    running: Number
    rent: Number


def _monthly(inputs: OwnershipInputs, values: Mapping[str, Number], *, reserved: bool) -> _Monthly:
    if "usd_per_gpu_hour" not in values:
        raise prices.not_on_record(inputs.chip.name)
    used = HOURS_PER_YEAR / MONTHS_PER_YEAR * values["utilisation"]
    bill = owned_hour(inputs, values).lines
    return _Monthly(
        hardware=sum(hardware(values).values()) * (1 + values["spares_share"]),
        running=used * sum(bill[n] for n in ("money", "upkeep", "hosting", "staff", "energy")),
        rent=used * rented_hour(values, reserved=reserved),
    )


def _rent_multiple(values: Mapping[str, Number], month: int) -> Number:
    """Rent of the ``month``-th month (1 is the first) over the rent of today."""
    years = (month - 1) / MONTHS_PER_YEAR
    multiple: Number = values["rent_multiple_after_a_year"] ** math.sqrt(years)
    return multiple
