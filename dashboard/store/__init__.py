"""Deals that last: versions, people, audit trail, backups. SQLite by default, or PostgreSQL.

``open_store`` gives the ``Store`` of ``ASSAY_DATABASE_URL``, else of the user's data
directory. Nothing here knows Streamlit.
"""

from dashboard.store.access import LOCAL, Role, User
from dashboard.store.store import Store, open_store

__all__ = ["LOCAL", "Role", "Store", "User", "open_store"]
