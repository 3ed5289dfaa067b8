"""What is left of a share by the exit: later rounds, option pools, and keeping one's part."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from costmodel.uncertainty import Number
from costmodel.venture.inputs import N_LATER

Values = Mapping[str, Number]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterRound:
    """One round after this one: the share it sells, its size, and what a part in it costs.

    ``owned`` is the investor's share after it, ``cost_usd`` what was paid in it to keep it;
    ``bought`` is the part of the round that was taken. ``left`` is what the round's own
    shares keep up to the exit.
    """

    sold: Number
    pool: Number
    size_usd: Number
    post_money_usd: Number
    cost_usd: Number
    bought: Number
    owned: Number
    left: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Dilution:
    """The path of a share: at the investment, and after each later round.

    ``retention`` is what a share of this round keeps without taking part later:
    ``product of (1 - sold) (1 - pool)``.
    """

    bought: Number
    rounds: tuple[LaterRound, ...]
    retention: Number

    @property
    def owned_at_exit(self) -> Number:
        """The investor's share at the exit, with what was bought in later rounds."""
        return self.rounds[-1].owned if self.rounds else self.bought

    @property
    def later_cost_usd(self) -> Number:
        """Dollars paid in later rounds."""
        total: Number = 0.0
        for one in self.rounds:
            total = total + one.cost_usd
        return total


def dilution(values: Values, *, exit_usd: Number | None = None) -> Dilution:
    """The path of the share ``investment / post-money`` through the later rounds.

    Each round enlarges the option pool before the money and then sells its share, so that
    everybody keeps ``(1 - sold) (1 - pool)``. Who takes ``pro_rata_share`` of the own part
    buys that much of the round at its price, which is in ``cost_usd`` and in the flows.

    A round's value before the money is the last one's after it times a step. Unless it is
    stated, the step is the one that leads from today's value to the exit in equal parts,
    ``(exit x product of (1 - sold) / post-money)^(1 / (rounds + 1))``: later rounds that are
    dearer than the exit would hold preferences that nobody would have given them. Without an
    exit values stay where they are.
    """
    bought = values["investment_usd"] / values["post_money_usd"]
    taken, step = values["pro_rata_share"], _step(values, exit_usd)
    post, owned, retention = values["post_money_usd"], bought, 1.0 + 0.0 * bought
    kept = [
        (1 - values[f"later_dilution_{i}"]) * (1 - values[f"later_pool_{i}"])
        for i in range(1, N_LATER + 1)
    ]
    rounds = []
    for i in range(1, N_LATER + 1):
        sold, pool = values[f"later_dilution_{i}"], values[f"later_pool_{i}"]
        if not np.any(np.asarray(sold) > 0) and not np.any(np.asarray(pool) > 0):
            continue
        post = post * step / (1 - sold)
        part = taken * owned
        owned = owned * kept[i - 1] + part * sold
        retention = retention * kept[i - 1]
        left: Number = 1.0
        for later in kept[i:]:
            left = left * later
        rounds.append(
            LaterRound(
                sold=sold,
                pool=pool,
                size_usd=sold * post,
                post_money_usd=post,
                cost_usd=part * sold * post,
                bought=part,
                owned=owned,
                left=left,
            )
        )
    return Dilution(bought=bought, rounds=tuple(rounds), retention=retention)


def _step(values: Values, exit_usd: Number | None) -> Number:
    """Value before a round over the value after the last one."""
    if "step_up" in values:
        return values["step_up"]
    if exit_usd is None:
        return 1.0
    left, rounds = np.ones(()), np.zeros(())
    for i in range(1, N_LATER + 1):
        sold = values[f"later_dilution_{i}"]
        left = left * (1 - sold)
        rounds = rounds + (np.asarray(sold) > 0)
    grown = np.maximum(exit_usd * left / values["post_money_usd"], 1e-6)
    step: Number = np.power(grown, 1 / (rounds + 1))
    return step
