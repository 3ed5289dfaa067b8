"""The sample deals by kind: those of published runs, and the invented one."""

from typing import Final

from dashboard import deal as deals

#: Real runs, whose claims are public and do not contradict themselves.
PUBLISHED: Final = tuple(
    sorted(i for i in deals.samples() if deals.sample(i).published_run is not None)
)
