"""What somebody is to be told, until they were."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the outbox."""
    op.create_table(
        "audit_notification",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column(
            "run_id",
            _KEY,
            sa.ForeignKey("audit_run.id", name="fk_audit_notification_run_id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("problem", sa.Text),
        sa.UniqueConstraint("run_id", "channel", name="uq_audit_notification_run_id_channel"),
    )


def downgrade() -> None:
    """Drop the outbox."""
    op.drop_table("audit_notification")
