"""How Alembic reaches the database: by the connection it is handed."""

from alembic import context

from redball.ledger.tables import META

context.configure(
    connection=context.config.attributes["connection"], target_metadata=META, render_as_batch=False
)
context.run_migrations()
