"""A claim against the estimate: what was stated, what it should be, and what to ask.

Two kinds of finding. *Direct*: the stated quantity against the estimate's own, blind to
the claim. *Implied*: what the stated numbers say together (hours and size say an MFU,
dollars and hours say a price), against what published runs and price lists show.
"""

from collections.abc import Sequence

from costmodel.claims import implied
from costmodel.claims.direct import direct
from costmodel.claims.finding import (
    QUANTITIES,
    VERDICTS,
    Claim,
    Finding,
    Verdict,
    tail_verdict,
)
from costmodel.money.training_cost import CostEstimate

__all__ = ["QUANTITIES", "VERDICTS", "Claim", "Finding", "Verdict", "check", "tail_verdict"]


def check(
    claims: Sequence[Claim],
    estimate: CostEstimate,
    *,
    assumed: frozenset[str] = frozenset(),
    alternatives: Sequence[CostEstimate] = (),
) -> list[Finding]:
    """Every finding on ``claims``: one for each, then what they imply together.

    ``estimate`` must hold draws (``CostInputs.draw``), not medians. ``assumed`` names what
    of ``chip`` and ``n_accelerators`` nobody stated; ``alternatives`` are then the estimates
    on other accelerators. A claim that hangs on what was not stated gets a verdict only
    where all of them agree, and nothing is implied from it.
    """
    found = [direct(claim, estimate, assumed, alternatives) for claim in claims]
    stated = {claim.quantity: claim for claim in reversed(claims)}
    if "n_accelerators" in assumed:
        stated.pop("wall_days", None)
    if "chip" in assumed:
        return found
    together = (
        implied.whole_run_mfu(stated, estimate),
        implied.rental_price(stated, estimate),
        implied.presence(stated, estimate),
        implied.power(stated, estimate),
    )
    return [*found, *(finding for finding in together if finding is not None)]
