"""What a deal claims that the lab can verify."""

import contextlib
from typing import Any

from costmodel.messages import InputError
from costmodel.workload.flops import total_params
from dashboard.deal import Deal, model_of


def claimed_by(deal: Deal) -> dict[str, Any]:
    """Parameters and a training from scratch, in the fields of a verification's request."""
    found: dict[str, Any] = {}
    stated = [claim.value for claim in deal.claims if claim.quantity == "params"]
    if stated:
        found["claimed_params"] = stated[0]
    else:
        with contextlib.suppress(InputError):  # the deal describes no model
            found["claimed_params"] = float(total_params(model_of(deal)))
    if deal.profile.get("trains_from_scratch") is True:
        found["from_scratch"] = True
    return found
