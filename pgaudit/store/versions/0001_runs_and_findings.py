"""Runs, findings and their states, checks, observations, settings, reviews."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the store."""
    op.create_table(
        "audit_target",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.UniqueConstraint("name", name="uq_audit_target_name"),
    )
    op.create_table(
        "audit_run",
        sa.Column("id", _KEY, primary_key=True),
        _reference("audit_run", "target"),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("duration_ms", sa.BigInteger, nullable=False),
        sa.Column("tool_version", sa.Text, nullable=False),
        sa.Column("database", sa.Text, nullable=False),
        sa.Column("database_oid", sa.BigInteger, nullable=False),
        sa.Column("server_version", sa.Text, nullable=False),
        sa.Column("in_recovery", sa.Boolean, nullable=False),
        sa.Column("server_started_at", _TIME, nullable=False),
        sa.Column("counters_since", _TIME, nullable=False),
        sa.Column("score", sa.Float),
        sa.Column("interrupted", sa.Text),
        sa.Column("report", sa.LargeBinary),
    )
    op.create_index("ix_audit_run_target_id", "audit_run", ["target_id"])
    op.create_table(
        "audit_finding",
        sa.Column("id", _KEY, primary_key=True),
        _reference("audit_finding", "target"),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("check_id", sa.Text, nullable=False),
        sa.Column("object_kind", sa.Text, nullable=False),
        sa.Column("object", sa.Text, nullable=False),
        sa.Column("object_oid", sa.BigInteger),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("magnitude", sa.Float),
        sa.Column("absent_runs", sa.Integer, nullable=False),
        sa.Column("first_seen_run_id", sa.BigInteger, nullable=False),
        sa.Column("last_seen_run_id", sa.BigInteger, nullable=False),
        sa.Column("runs_seen", sa.Integer, nullable=False),
        sa.Column("notified_state", sa.Text),
        sa.UniqueConstraint("target_id", "fingerprint", name="uq_audit_finding_target_id_fingerprint"),
    )
    op.create_table(
        "audit_state",
        _reference("audit_state", "run", primary_key=True),
        _reference("audit_state", "finding", primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("magnitude", sa.Float),
        sa.Column("reason", sa.Text),
    )
    op.create_index("ix_audit_state_finding_id", "audit_state", ["finding_id"])
    op.create_table(
        "audit_check",
        _reference("audit_check", "run", primary_key=True),
        sa.Column("check_id", sa.Text, primary_key=True),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("duration_ms", sa.Float, nullable=False),
    )
    op.create_table(
        "audit_observation",
        _reference("audit_observation", "run", primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("object", sa.Text, primary_key=True),
        sa.Column("metric", sa.Text, primary_key=True),
        sa.Column("value", sa.Float, nullable=False),
    )
    op.create_table(
        "audit_setting",
        _reference("audit_setting", "run", primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "audit_review",
        sa.Column("id", _KEY, primary_key=True),
        _reference("audit_review", "target"),
        sa.Column("written_at", _TIME, nullable=False),
        sa.Column("format", sa.Text, nullable=False),
        sa.Column("backend", sa.Text, nullable=False),
        sa.Column("model", sa.Text),
        sa.Column("input_tokens", sa.BigInteger, nullable=False),
        sa.Column("output_tokens", sa.BigInteger, nullable=False),
        sa.Column("cost_usd", sa.Float, nullable=False),
    )
    op.create_index("ix_audit_review_target_id", "audit_review", ["target_id"])


def downgrade() -> None:
    """Drop the store, those that refer to others first."""
    for table in ("review", "setting", "observation", "check", "state", "finding", "run", "target"):
        op.drop_table(f"audit_{table}")


def _reference(table: str, to: str, *, primary_key: bool = False) -> sa.Column[int]:
    name = f"fk_{table}_{to}_id"
    key = sa.ForeignKey(f"audit_{to}.id", name=name, ondelete="CASCADE")
    return sa.Column(f"{to}_id", _KEY, key, nullable=False, primary_key=primary_key)
