"""The first layout."""

from alembic import op

from redball.ledger.schema import create

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make everything in an empty database."""
    create(op.get_bind())


def downgrade() -> None:
    """There is nothing before the first layout, and a record is never thrown away by a migration."""
    raise RuntimeError("a ledger is never unmade; restore a backup instead")
