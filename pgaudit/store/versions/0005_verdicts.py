"""What a review came to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_COLUMNS = {"verdict": sa.Text, "score": sa.Float, "critical_issues": sa.Integer, "high_issues": sa.Integer}


def upgrade() -> None:
    """Let a review say what it came to; of earlier ones nobody knows."""
    for name, kind in _COLUMNS.items():
        op.add_column("audit_review", sa.Column(name, kind))


def downgrade() -> None:
    """Forget it."""
    for name in reversed(_COLUMNS):
        op.drop_column("audit_review", name)
