"""How Alembic runs the steps: inside the transaction that the store has begun."""

from alembic import context

from dashboard.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,
)
context.run_migrations()
