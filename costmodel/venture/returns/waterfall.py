"""Who gets what of an exit: liquidation preferences, conversion, and where they stop binding."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from costmodel.uncertainty import Draws, Number
from costmodel.venture.inputs import Seniority

Yes = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareClass:
    """Preferred shares: their part of all shares, as if converted, and their preference.

    A participating class takes its preference and shares the rest as well; any other takes
    the better of its preference and its share.
    """

    name: str
    share: Number
    preference_usd: Number
    participating: bool = False


def waterfall(
    exit_usd: Number, classes: Sequence[ShareClass], *, seniority: Seniority
) -> tuple[Number, ...]:
    """Dollars of each class, in the order given; common shares get what is left.

    ``classes`` are from the oldest to the newest. With ``standard`` seniority the newest is
    paid first, with ``equal`` all preferences share what there is by their size. A class
    converts where its share of what the others leave is worth more than its preference: the
    one with the lowest preference per share converts first, so that the answer is the one at
    which nobody regrets it. ``exit_usd`` is after debt; below zero it is nothing.
    """
    shapes = [np.shape(exit_usd)]
    shapes += [np.shape(x) for c in classes for x in (c.share, c.preference_usd)]
    shape = np.broadcast_shapes(*shapes)
    exit_value = np.maximum(np.broadcast_to(np.asarray(exit_usd, dtype=np.float64), shape), 0.0)
    share = _stack([c.share for c in classes], shape)
    preference = _stack([c.preference_usd for c in classes], shape)
    flags = np.asarray([c.participating for c in classes], dtype=np.bool_)
    takes_part: Yes = np.broadcast_to(
        flags.reshape((-1,) + (1,) * len(shape)), (len(classes), *shape)
    )
    converts = _conversion(exit_value, share, preference, takes_part)
    asked = np.where(converts, 0.0, preference)
    paid = _preferences(exit_value, asked, seniority)
    rest = np.maximum(exit_value - paid.sum(axis=0), 0.0)
    in_rest = np.where(converts | takes_part, share, 0.0)
    common = np.maximum(1 - share.sum(axis=0), 0.0)
    per_share = rest / np.maximum(common + in_rest.sum(axis=0), 1e-300)
    found = paid + in_rest * per_share
    return tuple(float(row) if np.ndim(row) == 0 else row for row in found)


def kink_usd(classes: Sequence[ShareClass], name: str) -> float | None:
    """The exit from which the preference of this class no longer binds: it converts there.

    ``None`` for a participating class, which never converts. Classes hold plain numbers.
    """
    own = next(c for c in classes if c.name == name)
    if own.participating:
        return None
    if not float(np.asarray(own.preference_usd)) > 0:
        return 0.0
    at = _per_share(own)
    fixed = sum(
        float(np.asarray(c.preference_usd))
        for c in classes
        if c.participating or _per_share(c) > at
    )
    in_rest = 1 - sum(
        float(np.asarray(c.share)) for c in classes if not c.participating and _per_share(c) > at
    )
    return fixed + at * in_rest


def _per_share(one: ShareClass) -> float:
    return float(np.asarray(one.preference_usd)) / max(float(np.asarray(one.share)), 1e-300)


def _conversion(exit_usd: Draws, share: Draws, preference: Draws, takes_part: Yes) -> Yes:
    """Which classes convert: in the order of their preference per share, as many as gain."""
    threshold = np.where(takes_part, np.inf, preference / np.maximum(share, 1e-300))
    order = np.argsort(threshold, axis=0, kind="stable")
    s = np.take_along_axis(np.where(takes_part, 0.0, share), order, axis=0)
    p = np.take_along_axis(preference, order, axis=0)
    at = np.take_along_axis(threshold, order, axis=0)
    in_rest = np.maximum(1 - share.sum(axis=0), 0.0) + np.where(takes_part, share, 0.0).sum(axis=0)
    asked = preference.sum(axis=0) - np.cumsum(p, axis=0)
    left = np.maximum(exit_usd - asked, 0.0) / np.maximum(in_rest + np.cumsum(s, axis=0), 1e-300)
    gains = np.isfinite(at) & (left >= at * (1 - 1e-12))
    last = np.where(gains, np.arange(len(at)).reshape((-1,) + (1,) * (at.ndim - 1)), -1).max(axis=0)
    rank = np.argsort(order, axis=0, kind="stable")
    return np.asarray((rank <= last) & ~takes_part)


def _preferences(exit_usd: Draws, asked: Draws, seniority: Seniority) -> Draws:
    if seniority == "equal":
        total = asked.sum(axis=0)
        part: Draws = np.minimum(exit_usd, total) / np.where(total > 0, total, 1.0)
        return asked * part
    newest_first = asked[::-1]
    before = np.cumsum(newest_first, axis=0) - newest_first
    paid: Draws = np.clip(exit_usd - before, 0.0, newest_first)[::-1]
    return paid


def _stack(values: Sequence[Number], shape: tuple[int, ...]) -> Draws:
    return np.stack([np.broadcast_to(np.asarray(v, dtype=np.float64), shape) for v in values])
