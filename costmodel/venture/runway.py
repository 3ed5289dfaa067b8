"""How long the cash lasts, when the next proof is there, and whether the one reaches the other."""

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from costmodel.uncertainty import Draws, Number
from costmodel.venture.cash import CashFlow
from costmodel.venture.demand import Values, column

_ROUNDING: Final = 1e-9

#: Whether something is so, in every world.
Yes: TypeAlias = NDArray[np.bool_]


def runway_months(flow: CashFlow) -> Number:
    """The first month at whose start the cash is below zero; the horizon where none is."""
    below = flow.cash_usd < -_ROUNDING
    first = np.argmax(below, axis=-1).astype(np.float64)
    return _plain(np.where(below.any(axis=-1), first, below.shape[-1] - 1))


def outlasts(flow: CashFlow) -> Yes:
    """Whether the cash is still there at the horizon."""
    return np.asarray((flow.cash_usd >= -_ROUNDING).all(axis=-1))


def crossing_months(flow: CashFlow) -> Number:
    """When the cash runs out to a fraction of a month, spent evenly within it; the horizon
    where it does not. For differences: whole months hide them.
    """
    cash = flow.cash_usd
    below = cash < -_ROUNDING
    first = np.argmax(below, axis=-1)
    before = np.take_along_axis(cash, np.maximum(first - 1, 0)[..., None], -1)[..., 0]
    after = np.take_along_axis(cash, first[..., None], -1)[..., 0]
    fraction = np.where(before > after, before / np.where(before > after, before - after, 1.0), 0.0)
    exact = np.where(first > 0, first - 1 + np.clip(fraction, 0.0, 1.0), 0.0)
    return _plain(np.where(below.any(axis=-1), exact, cash.shape[-1] - 1))


def proof_months(values: Values) -> Number:
    """Months to the next proof.

    ``planned x (1 + past slip) x research scale^-elasticity``, later by failed runs, by the
    months without accelerators and by moving to others.
    """
    planned = values["months_to_proof"] * (1 + values["past_slip"])
    scale = np.maximum(values["research_scale"], 1e-6)
    paced = planned * np.power(scale, -values["proof_elasticity"])
    late = values["failed_runs"] * values["failed_run_months"] + values["extra_proof_months"]
    return paced + late + values["cutoff_months"] + values["migration_months"]


def lasts_to(flow: CashFlow, months: Number) -> Yes:
    """Whether the cash is never below zero up to the end of that month.

    Months beyond the horizon cannot be judged and count as not reached.
    """
    horizon = flow.cash_usd.shape[-1] - 1
    t = np.arange(horizon + 1)
    until = np.ceil(column(months) - _ROUNDING)
    short = (flow.cash_usd < -_ROUNDING) & (t <= until)
    return np.asarray(~short.any(axis=-1) & (until[..., 0] <= horizon))


def _plain(value: Draws) -> Number:
    return float(value) if np.ndim(value) == 0 else value
