"""The reverse question: what must be true for the investment to return its target?"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

import numpy as np

from costmodel.uncertainty import Draws
from costmodel.units import MONTHS_PER_YEAR
from costmodel.venture import demand, scenario
from costmodel.venture.explore.drivers import Row, outcomes_of
from costmodel.venture.inputs import INPUTS, VentureInputs
from costmodel.venture.returns import exits

Unknown: TypeAlias = Literal["growth_per_month", "price_usd_per_million_tokens", "gross_margin"]
UNKNOWNS: Final[tuple[Unknown, ...]] = get_args(Unknown)
_N_GRID: Final = 241
_YEAR: Final = int(MONTHS_PER_YEAR)
_N_ROUNDS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """What one input would have to be, all else in the middle; ``value`` is ``None`` where no
    value that can be is enough. ``today`` is what it is in the middle.
    """

    name: Unknown
    unit: str
    today: float
    value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reverse:
    """What must be true for ``target_moic``: the exit that it takes, and each input alone.

    ``growth_multiple`` is the revenue of the second year over the first's with the growth that
    is needed, to be held against what companies have done; ``None`` where none is enough.
    """

    target_moic: float
    required_exit_usd: float
    revenue_usd: float
    required_revenue_usd: float | None
    needed: tuple[Needed, ...]
    growth_multiple: float | None


def reverse(inputs: VentureInputs, *, target_moic: float) -> Reverse | None:
    """Solve for growth, for price and for margin, one at a time; ``None`` without an exit.

    Growth is that of today, which fades as assumed; the price is that of today, which then
    falls as assumed. The margin is the one at the exit that would earn the multiple which the
    target takes, if acquirers pay for gross profit as they do for the companies that the
    multiple is read from: ``reference margin x required exit / (multiple x revenue)``. It is
    closed, and beyond one there is none.
    """
    if not scenario.has_exit(inputs):
        return None
    middle_in = scenario.middle_inputs(inputs)
    values = middle_in.middle()
    found = exits.returns(values, inputs.switches)
    exit_usd = _exit_for(inputs, target_moic)
    multiple = float(np.asarray(values["exit_multiple"]))
    net = float(np.asarray(values["cash_at_exit_usd"] - values["debt_at_exit_usd"]))
    revenue = float(np.asarray(found.revenue_usd))
    taken = exit_usd - net
    margin = exits.reference_margin() * taken / max(multiple * revenue, 1e-12)
    price = float(np.asarray(values["price_usd_per_million_tokens"]))
    needed = [
        Needed(
            name="growth_per_month",
            unit="fraction",
            today=float(np.asarray(values["growth_per_month"])),
            value=_solved(inputs, "growth_per_month", -0.2, 1.5, target_moic),
        )
    ]
    if price > 0:
        needed.append(
            Needed(
                name="price_usd_per_million_tokens",
                unit=INPUTS["price_usd_per_million_tokens"].unit,
                today=price,
                value=_solved(
                    inputs,
                    "price_usd_per_million_tokens",
                    price * 1e-3,
                    price * 1e5,
                    target_moic,
                    spaced=np.geomspace,
                ),
            )
        )
    needed.append(
        Needed(
            name="gross_margin",
            unit="fraction",
            today=float(np.asarray(found.margin)),
            value=margin if margin <= 1 else None,
        )
    )
    return Reverse(
        target_moic=target_moic,
        required_exit_usd=exit_usd,
        revenue_usd=revenue,
        required_revenue_usd=taken / multiple if multiple > 0 else None,
        needed=tuple(needed),
        growth_multiple=_second_year(values, needed[0].value),
    )


def _second_year(values: Row, growth: float | None) -> float | None:
    """Revenue of the second year over that of the first at this growth."""
    if growth is None:
        return None
    revenue, _ = demand.revenue_usd({**values, "growth_per_month": growth}, 2 * _YEAR)
    first, second = float(revenue[:_YEAR].sum()), float(revenue[_YEAR:].sum())
    return second / first if first > 0 else None


def _exit_for(inputs: VentureInputs, target_moic: float) -> float:
    """The exit at which the proceeds reach the target: by the waterfall, not by the share
    alone, so that preferences which bind are seen.
    """
    middle = scenario.middle_inputs(inputs).middle()
    found = exits.returns(middle, inputs.switches)
    owned = float(np.asarray(found.dilution.owned_at_exit))
    wanted = target_moic * float(np.asarray(found.paid_usd))
    low, high = 0.0, wanted / owned * 4 + 1.0
    for _ in range(_N_ROUNDS):
        grid = np.linspace(low, high, _N_GRID)
        paid = exits.proceeds_usd(middle, found.dilution, inputs.switches, exit_usd=grid)
        reached = np.nonzero(np.asarray(paid) >= wanted * (1 - 1e-12))[0]
        if not len(reached):
            return float(grid[-1])
        i = int(reached[0])
        if i == 0:
            return float(grid[0])
        low, high = float(grid[i - 1]), float(grid[i])
    return high


def _solved(
    inputs: VentureInputs,
    name: Unknown,
    low: float,
    high: float,
    target: float,
    *,
    spaced: Callable[[float, float, int], Draws] = np.linspace,
) -> float | None:
    """The smallest value within the bounds at which the multiple reaches the target."""
    for _ in range(_N_ROUNDS):
        grid = spaced(low, high, _N_GRID)
        rows: list[Row] = [{name: float(value)} for value in grid]
        moic = outcomes_of(inputs, rows)["moic"]
        reached = np.nonzero(moic >= target * (1 - 1e-12))[0]
        if not len(reached):
            return None
        i = int(reached[0])
        if i == 0:
            return float(grid[0])
        low, high = float(grid[i - 1]), float(grid[i])
    return high
