"""The cross-checks of the question bank: claims of a deal held against each other.

A check fails only where nothing that the cost model leaves open could reconcile its two
sides. Its limits are parameters of the bank (``X02.high``), which a fund may set for itself.
"""

from collections.abc import Mapping
from typing import Final

from dashboard.risk.cross_checks import business, training
from dashboard.risk.cross_checks.comparing import Comparison, judged
from dashboard.risk.cross_checks.cross_check import CrossCheck
from dashboard.risk.metrics.basis import Basis

__all__ = ["CHECK_IDS", "cross_checks"]

_CHECKS: Final[Mapping[str, Comparison]] = {**training.CHECKS, **business.CHECKS}
#: Every check, in the bank's order.
CHECK_IDS: Final = tuple(_CHECKS)


def cross_checks(basis: Basis) -> list[CrossCheck]:
    """Every check on one deal, in the bank's order."""
    return [judged(check_id, compare, basis) for check_id, compare in _CHECKS.items()]
