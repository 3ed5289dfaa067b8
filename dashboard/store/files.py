"""Deal files in and out of the store, byte for byte where they can be kept so."""

from pathlib import Path

from costmodel.messages import InputError
from dashboard import deal as deals
from dashboard.deal import Deal
from dashboard.store.access import User
from dashboard.store.store import Store


def read(path: Path) -> tuple[Deal, bytes | None]:
    """The deal in a file, and the file's bytes where they hold all of it.

    A file that names a ``config.json`` beside it does not: its architecture is written into
    the deal. Raises ``InputError``.
    """
    deal = deals.load(path)
    content = path.read_bytes()
    return deal, kept_source(deal, content)


def kept_source(deal: Deal, content: bytes) -> bytes | None:
    """The bytes, where they alone give the same deal again."""
    try:
        alone = deals.with_config(deals.loads(content), beside=None)
    except InputError:
        return None
    return content if alone == deal else None


def content_of(store: Store, deal_id: str, *, user: User, number: int | None = None) -> bytes:
    """A version as a deal file: the bytes that were read, or the same bytes at every call."""
    source = store.source_of(deal_id, user=user, number=number)
    if source is not None:
        return source
    return deals.dumps(store.load(deal_id, user=user, number=number).deal).encode()
