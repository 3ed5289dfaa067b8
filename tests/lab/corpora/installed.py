"""Which shipped data sets are on this machine, for tests that count them."""

import os

import pytest

from lab.corpora import shipped

#: Where set-up has run, as it has for `make test`, nothing may be missing.
REQUIRED = bool(os.environ.get("CI") or os.environ.get("ASSAY_REQUIRE_CORPORA"))


def needs(name: shipped.CorpusName) -> pytest.MarkDecorator:
    """Skips a test where set-up could not fetch the data set."""
    return pytest.mark.skipif(
        shipped.find(name) is None, reason=f"{name} could not be fetched on this machine"
    )
