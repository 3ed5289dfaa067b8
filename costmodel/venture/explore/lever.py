"""Technology against market: the split of the spend, and what it does to cash, proof and value."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from costmodel.uncertainty import Number
from costmodel.venture import cash, runway, scenario
from costmodel.venture.explore.drivers import FAR, Row, stacked
from costmodel.venture.inputs import VentureInputs
from costmodel.venture.returns import exits


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """One split of what research and market get together: shares, runway, proof, value.

    ``moic`` and ``exit_usd`` are ``None`` where there is no exit to value.
    """

    research_share: float
    runway_months: float
    proof_months: float
    spare_months: float
    moic: float | None
    exit_usd: float | None


def planned_share(inputs: VentureInputs, *, months: int = scenario.MONTHS) -> float | None:
    """The share of research in the planned spend of research and market together; ``None``
    where one of them gets nothing.
    """
    middle_in = scenario.middle_inputs(inputs)
    values = {**middle_in.middle(), "research_scale": 1.0, "failed_runs": 0.0}
    research = cash.research_usd(
        values, inputs.switches, months=months, programme_usd=middle_in.programme_usd
    )
    monthly = float(np.mean(research))
    market = float(np.asarray(values["market_usd_per_month"]))
    return monthly / (monthly + market) if monthly > 0 and market > 0 else None


def scales(share: float, planned: float) -> Row:
    """What a split changes: both spends over their planned ones; their sum stays."""
    return {"research_scale": share / planned, "market_scale": (1 - share) / (1 - planned)}


def splits(
    inputs: VentureInputs, shares: Sequence[float], *, months: int = FAR
) -> tuple[Split, ...] | None:
    """The company at each split, in the middle of all inputs; ``None`` without both spends.

    More research brings the proof forward and holds the price; more market makes the tokens
    sold grow faster. Both by elasticities that are judgements: see their rows in the data.
    """
    planned = planned_share(inputs)
    if planned is None:
        return None
    middle_in = scenario.middle_inputs(inputs)
    rows = [scales(share, planned) for share in shares]
    values = stacked(middle_in.middle(), rows)
    flow = cash.cash_flow(
        values, inputs.switches, months=months, programme_usd=middle_in.programme_usd
    )
    lasts = np.broadcast_to(np.asarray(runway.crossing_months(flow)), (len(rows),))
    proof = np.broadcast_to(np.asarray(runway.proof_months(values)), (len(rows),))
    found = exits.returns(values, inputs.switches) if scenario.has_exit(inputs) else None
    close = float(np.asarray(values["months_to_close"]))

    def at(value: Number | None, i: int) -> float | None:
        return None if value is None else float(np.broadcast_to(np.asarray(value), (len(rows),))[i])

    return tuple(
        Split(
            research_share=share,
            runway_months=float(lasts[i]),
            proof_months=float(proof[i]),
            spare_months=float(lasts[i] - proof[i] - close),
            moic=at(found.moic if found else None, i),
            exit_usd=at(found.exit_usd if found else None, i),
        )
        for i, share in enumerate(shares)
    )
