"""The deal that somebody names: a file, a sample's id, or a stored deal's id."""

import re
from pathlib import Path
from typing import Final

from dashboard import deal as deals
from dashboard.deal import Deal

_STORED: Final = re.compile(r"d[0-9a-f]{20}")


def is_stored(text: str) -> bool:
    """Whether a text has the shape of a stored deal's id."""
    return _STORED.fullmatch(text) is not None


def named(path: Path) -> Deal:
    """The deal of the command line. Raises ``InputError``."""
    if is_stored(str(path)) and not path.exists():
        from dashboard.store.access import LOCAL
        from dashboard.store.store import open_store  # heavy, and seldom asked for

        return open_store().load(str(path), user=LOCAL).deal
    return deals.named(path)
