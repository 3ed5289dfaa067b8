"""The whole research programme: experiments, failed runs, people, data, and the final run.

What multiplies what: *total research compute over the final run* is the one published
figure (1.5 to about 10 times), and it is on compute alone. Everything that is computed
beside the final run lies inside it: experiments and ablations, failed runs, post-training,
evaluation. Their shares split that compute and never add to it; experiments are what the
other three leave. People, data, storage and transfer are no compute and come on top; data
synthesised on accelerators of one's own is inside the compute, the line is for what is
bought. What a failure undoes within the final run is in that run's own bill.
"""

from costmodel.money.programme.assumptions import (
    ProgrammeInputs,
    inputs_for,
    kinds,
    price_of,
    regions,
    roles,
)
from costmodel.money.programme.bill import (
    COMPUTE_LINES,
    LINES,
    Item,
    ProgrammeEstimate,
    estimate,
    final_run_usd,
    with_part,
)
from costmodel.money.programme.plan import POSTURES, Member, Posture, ProgrammePlan, Purchase

__all__ = [
    "COMPUTE_LINES",
    "LINES",
    "POSTURES",
    "Item",
    "Member",
    "Posture",
    "ProgrammeEstimate",
    "ProgrammeInputs",
    "ProgrammePlan",
    "Purchase",
    "estimate",
    "final_run_usd",
    "inputs_for",
    "kinds",
    "price_of",
    "regions",
    "roles",
    "with_part",
]
