"""What an experiment measured, as a lever of the cost model: a deal's bill with it."""

from collections.abc import Mapping
from typing import Any, Final

from costmodel.uncertainty import Percentiles
from dashboard.language import amount, interval, ranged, say, t
from lab.runs import message_from_json

#: Levers by the beginning of their names: a step takes so many times as long, or a device does
#: so much of what it does alone.
_LONGER: Final = "private_step_slowdown"
_SHARE: Final = "data_parallel_efficiency"


def lever_lines(result: Mapping[str, Any]) -> list[str]:
    """Each lever with its range and what it is."""
    return [
        f"{_value(lever)} · {say(message_from_json(lever['why']))}"
        for lever in result.get("levers", [])
    ]


def bill_lines(result: Mapping[str, Any], deal: str, usd: Percentiles | None) -> list[str]:
    """What the training run of ``deal``, which costs ``usd``, would cost if a lever held there.

    Both ends of a lever's range go with the same end of the cost: a wide range, since nobody
    has measured the two together.
    """
    if usd is None:
        return []
    lines = []
    for lever in result.get("levers", []):
        after = moved(lever, usd)
        if after is not None:
            lines.append(
                t(
                    "If it held on the accelerators of {deal}, its training run would cost {after} "
                    "instead of {before}.",
                    deal=deal,
                    after=ranged(after, "usd"),
                    before=ranged(usd, "usd"),
                )
            )
    return lines


def moved(lever: Mapping[str, Any], usd: Percentiles) -> Percentiles | None:
    """The cost with a lever pulled; ``None`` for one that is not about a training run's time."""
    value = float(lever["value"])
    low = value if lever["low"] is None else float(lever["low"])
    high = value if lever["high"] is None else float(lever["high"])
    if lever["name"].startswith(_LONGER):
        return Percentiles(p05=usd.p05 * low, p50=usd.p50 * value, p95=usd.p95 * high)
    if lever["name"].startswith(_SHARE) and low > 0:
        return Percentiles(p05=usd.p05 / high, p50=usd.p50 / value, p95=usd.p95 / low)
    return None


def _value(lever: Mapping[str, Any]) -> str:
    shown = amount(lever["value"], lever["unit"])
    low, high = lever["low"], lever["high"]
    if low is None or high is None or low == high:
        return shown
    return f"{shown} ({interval(low, high, lever['unit'])})"
