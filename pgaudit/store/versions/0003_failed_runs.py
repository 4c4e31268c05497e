"""Runs that failed: why the target could not be audited."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let a run have failed."""
    op.add_column("audit_run", sa.Column("failure", sa.Text))


def downgrade() -> None:
    """Forget runs that failed: an earlier pgaudit would take them for runs that found nothing."""
    op.execute("delete from audit_run where failure is not null")
    op.drop_column("audit_run", "failure")  # not in batch mode: it would drop the table, and what refers to it
