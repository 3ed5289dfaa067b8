"""What a deal says that an audit of its data can use or check."""

import contextlib
from typing import Any

from costmodel.messages import InputError
from costmodel.workload.flops import total_params
from dashboard.deal import Deal, model_of


def asked_of(deal: Deal) -> dict[str, Any]:
    """The plan, the corpus and what was claimed of it, in the fields of an audit's request."""
    found: dict[str, Any] = {}
    if deal.plan.tokens is not None:
        found["plan_tokens"] = float(deal.plan.tokens)
    if deal.data.raw_tokens is not None:
        found["raw_tokens"] = float(deal.data.raw_tokens.value)
    with contextlib.suppress(InputError):  # the deal describes no model
        found["params"] = float(total_params(model_of(deal)))
    if deal.plan.unique_tokens is not None:
        found["claimed"] = {"unique_tokens": float(deal.plan.unique_tokens)}
    return found
