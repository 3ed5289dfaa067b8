"""Scenarios side by side: what differs between them, and how much of the answer that explains."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import factorial
from typing import Final

import numpy as np

from costmodel.money.assumed import Assumption
from costmodel.uncertainty import Number, Range
from costmodel.venture import scenario
from costmodel.venture.explore.drivers import FAR, Outcome, Row, outcomes_of
from costmodel.venture.inputs import VentureInputs

#: Up to so many differences every order of them counts; beyond, one order and its reverse.
_MOST_EXACT: Final = 7
#: The differences that are no number: switches, and the programme's bill.
OTHER: Final = "switches"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One difference between two scenarios: what it is in both, and its part of the whole."""

    name: str
    before: Range | None
    after: Range | None
    part: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """An outcome in two scenarios, in the middle of all inputs, and what makes the difference.

    The parts sum to ``after - before``.
    """

    outcome: Outcome
    before: float
    after: float
    parts: tuple[Part, ...]


def differences(base: VentureInputs, other: VentureInputs) -> dict[str, tuple[Range | None, ...]]:
    """Inputs whose range differs, as (in the base, in the other)."""
    one, two = base.spans(), other.spans()
    names = dict.fromkeys((*one, *two))
    return {n: (one.get(n), two.get(n)) for n in names if one.get(n) != two.get(n)}


def explained(
    base: VentureInputs, other: VentureInputs, *, months: int = FAR
) -> dict[Outcome, Explained]:
    """What the difference of two scenarios is made of, by outcome.

    Shapley's division: each difference gets the mean of what it changes when it is swapped in,
    over every order in which they can be swapped, so that no order is favoured and the parts
    sum to the whole. With more than seven differences the mean is over one order and its
    reverse, which sums as well. The multiple is explained where both value an exit.

    Source: Shapley 1953, A value for n-person games, Contributions to the Theory of Games II.
    """
    changed = list(differences(base, other))
    swaps: list[str] = list(changed)
    same = base.switches == other.switches and _same_programme(base, other)
    if not same:
        swaps.append(OTHER)
    sets = _needed_sets(len(swaps))
    values = _evaluated(base, other, swaps, sets, months)
    spans = differences(base, other)
    valued = scenario.has_exit(base) and scenario.has_exit(other)
    found: dict[Outcome, Explained] = {}
    for outcome, by_set in values.items():
        before, after = by_set[frozenset()], by_set[frozenset(range(len(swaps)))]
        if not (np.isfinite(before) and np.isfinite(after)) or (outcome == "moic" and not valued):
            continue
        parts = [
            Part(
                name=name,
                before=spans[name][0] if name in spans else None,
                after=spans[name][1] if name in spans else None,
                part=_part(i, len(swaps), by_set),
            )
            for i, name in enumerate(swaps)
        ]
        found[outcome] = Explained(
            outcome=outcome,
            before=before,
            after=after,
            parts=tuple(sorted(parts, key=lambda p: -abs(p.part))),
        )
    return found


def _same_programme(base: VentureInputs, other: VentureInputs) -> bool:
    if base.switches.research != "programme":
        return True
    one, two = base.programme_usd, other.programme_usd
    if one is None or two is None:
        return one is two
    return one.shape == two.shape and bool(np.array_equal(one, two))


def _needed_sets(n: int) -> list[frozenset[int]]:
    if n <= _MOST_EXACT:
        return [frozenset(c) for size in range(n + 1) for c in combinations(range(n), size)]
    forward = [frozenset(range(k)) for k in range(n + 1)]
    backward = [frozenset(range(k, n)) for k in range(n + 1)]
    return list(dict.fromkeys((*forward, *backward)))


def _part(i: int, n: int, values: Mapping[frozenset[int], float]) -> float:
    if n > _MOST_EXACT:
        forward = values[frozenset(range(i + 1))] - values[frozenset(range(i))]
        backward = values[frozenset(range(i, n))] - values[frozenset(range(i + 1, n))]
        return (forward + backward) / 2
    others = [j for j in range(n) if j != i]
    total = 0.0
    for size in range(n):
        weight = factorial(size) * factorial(n - size - 1) / factorial(n)
        for chosen in combinations(others, size):
            without = frozenset(chosen)
            total += weight * (values[without | {i}] - values[without])
    return total


def _evaluated(
    base: VentureInputs,
    other: VentureInputs,
    swaps: Sequence[str],
    sets: Sequence[frozenset[int]],
    months: int,
) -> dict[Outcome, dict[frozenset[int], float]]:
    """Every outcome for every set of swapped differences: two runs of rows at most."""
    one, two = (scenario.middle_inputs(i) for i in (base, other))
    middle_one, middle_two = one.middle(), two.middle()
    with_other = swaps.index(OTHER) if OTHER in swaps else None
    found: dict[Outcome, dict[frozenset[int], float]] = {}
    for swapped in (False, True):
        chosen = [s for s in sets if (with_other is not None and with_other in s) == swapped]
        if not chosen:
            continue
        frame = replace(
            one,
            switches=two.switches if swapped else one.switches,
            programme_usd=two.programme_usd if swapped else one.programme_usd,
            assumptions=_union(one, two),
        )
        rows: list[Row] = [
            {
                name: _value(middle_two if i in s else middle_one, name)
                for i, name in enumerate(swaps)
                if name != OTHER
            }
            for s in chosen
        ]
        values = outcomes_of(frame, rows, months=months)
        for outcome, drawn in values.items():
            by_set = found.setdefault(outcome, {})
            by_set.update({s: float(v) for s, v in zip(chosen, drawn, strict=True)})
    return found


def _union(one: VentureInputs, two: VentureInputs) -> tuple[Assumption, ...]:
    """The base's assumptions, and those that only the other has."""
    names = {a.name for a in one.assumptions}
    return (*one.assumptions, *(a for a in two.assumptions if a.name not in names))


def _value(middle: Row, name: str) -> Number:
    """An input of one scenario; one that it leaves open takes what it stands for."""
    if name in middle:
        return middle[name]
    assert name == "long_run_growth_per_month", name
    from costmodel.venture.demand import long_run_growth

    return long_run_growth(middle)
