"""What a review was made of and what came of its parts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Let a review say more of itself; a cost may be unknown."""
    op.add_column("audit_review", sa.Column("redaction", sa.Text))
    op.add_column("audit_review", sa.Column("evidence_digest", sa.Text, nullable=False, server_default=""))
    op.add_column("audit_review", sa.Column("calls", sa.Integer, nullable=False, server_default="0"))
    op.add_column("audit_review", sa.Column("cache_read_tokens", sa.BigInteger, nullable=False, server_default="0"))
    with op.batch_alter_table("audit_review") as table:
        table.alter_column("cost_usd", existing_type=sa.Float, nullable=True)
    op.create_table(
        "audit_review_part",
        sa.Column(
            "review_id",
            _KEY,
            sa.ForeignKey("audit_review.id", name="fk_audit_review_part_review_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("part", sa.Text, nullable=False),
        sa.Column("statements", sa.Integer, nullable=False),
        sa.Column("changes", sa.Integer, nullable=False),
        sa.Column("problem", sa.Text),
    )


def downgrade() -> None:
    """Keep what an earlier pgaudit knew of reviews."""
    op.drop_table("audit_review_part")
    op.execute("update audit_review set cost_usd = 0 where cost_usd is null")
    with op.batch_alter_table("audit_review") as table:
        table.alter_column("cost_usd", existing_type=sa.Float, nullable=False)
    for column in ("cache_read_tokens", "calls", "evidence_digest", "redaction"):
        op.drop_column("audit_review", column)
