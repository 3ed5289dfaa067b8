"""Deals that last: versions, people, audit trail, backups. SQLite by default, or PostgreSQL.

``store.open_store`` gives the ``Store`` of ``ASSAY_DATABASE_URL``, else of the user's data
directory; importing it brings SQLAlchemy, what it hands out (``records``, ``access``) does
not. Nothing here knows Streamlit.
"""
