"""The later rounds on the way to the exit, whether or not they take place."""

from dataclasses import dataclass

import numpy as np

from costmodel.venture.demand import Values
from costmodel.venture.inputs import N_LATER
from costmodel.venture.returns.dilution import LaterRound
from costmodel.venture.returns.exits import Returns


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One of the later rounds, whether or not it takes place."""

    active: float
    post: float
    size: float
    part: float
    owned: float
    cost: float
    left: float


def steps_of(found: Returns, v: Values) -> list[Step]:
    """All later rounds in their order, those that do not take place as well."""
    sold = [_number(v[f"later_dilution_{i}"]) for i in range(1, N_LATER + 1)]
    pool = [_number(v[f"later_pool_{i}"]) for i in range(1, N_LATER + 1)]
    rounds = list(found.dilution.rounds)
    post, owned = _number(v["post_money_usd"]), _number(found.dilution.bought)
    steps = []
    for i in range(N_LATER):
        left = float(np.prod([(1 - s) * (1 - p) for s, p in zip(sold[i + 1 :], pool[i + 1 :],
                                                                strict=True)]))  # fmt: skip
        part = _number(v["pro_rata_share"]) * owned
        if sold[i] > 0 or pool[i] > 0:
            one: LaterRound = rounds.pop(0)
            post, owned = _number(one.post_money_usd), _number(one.owned)
            steps.append(
                Step(
                    active=1.0,
                    post=post,
                    size=_number(one.size_usd),
                    part=_number(one.bought),
                    owned=owned,
                    cost=_number(one.cost_usd),
                    left=_number(one.left),
                )
            )
        else:
            steps.append(
                Step(active=0.0, post=post, size=0.0, part=part, owned=owned, cost=0.0, left=left)
            )
    return steps


def _number(value: object) -> float:
    return float(np.asarray(value, dtype=np.float64))
