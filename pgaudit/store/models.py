"""The tables of the store. Every change to them is a new file below `versions/`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, always in UTC: SQLite would forget the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC."""
        del dialect
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """With its zone."""
        del dialect
        if value is None:
            return None
        found: datetime = value if value.tzinfo else value.replace(tzinfo=UTC)
        return found.astimezone(UTC)


KEY = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts only columns that are called INTEGER."""


class Base(DeclarativeBase):
    """Names every constraint, so that a later version can drop it on both engines."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class TargetRow(Base):
    """A database that is audited again and again, under the name its owners gave it."""

    __tablename__ = "audit_target"

    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)


class RunRow(Base):
    """One audit."""

    __tablename__ = "audit_run"

    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    target_id: Mapped[int] = mapped_column(KEY, ForeignKey("audit_target.id", ondelete="CASCADE"), index=True)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    duration_ms: Mapped[int] = mapped_column(BigInteger)
    tool_version: Mapped[str] = mapped_column(Text)
    database: Mapped[str] = mapped_column(Text)
    database_oid: Mapped[int] = mapped_column(BigInteger)
    server_version: Mapped[str] = mapped_column(Text)
    in_recovery: Mapped[bool]
    server_started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    counters_since: Mapped[datetime] = mapped_column(UtcDateTime)
    score: Mapped[float | None] = mapped_column(Float)
    interrupted: Mapped[str | None] = mapped_column(Text)
    report: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The report as JSON, compressed; None where its time of keeping is over."""
    failure: Mapped[str | None] = mapped_column(Text)
    """Why there was nothing to judge. Of such a run only the target, the time and the version of pgaudit are true."""


class FindingRow(Base):
    """A finding as its latest run left it."""

    __tablename__ = "audit_finding"
    __table_args__ = (UniqueConstraint("target_id", "fingerprint"),)

    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    target_id: Mapped[int] = mapped_column(KEY, ForeignKey("audit_target.id", ondelete="CASCADE"))
    fingerprint: Mapped[str] = mapped_column(Text)
    check_id: Mapped[str] = mapped_column(Text)
    object_kind: Mapped[str] = mapped_column(Text)
    object: Mapped[str] = mapped_column(Text)
    """The object reference as JSON."""
    object_oid: Mapped[int | None] = mapped_column(BigInteger)
    severity: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    magnitude: Mapped[float | None] = mapped_column(Float)
    absent_runs: Mapped[int] = mapped_column(Integer)
    first_seen_run_id: Mapped[int] = mapped_column(BigInteger)
    last_seen_run_id: Mapped[int] = mapped_column(BigInteger)
    runs_seen: Mapped[int] = mapped_column(Integer)
    notified_state: Mapped[str | None] = mapped_column(Text)
    """The state of which somebody has been told."""


class StateRow(Base):
    """What one run said of one finding."""

    __tablename__ = "audit_state"
    __table_args__ = (Index(None, "finding_id"),)

    run_id: Mapped[int] = mapped_column(KEY, ForeignKey("audit_run.id", ondelete="CASCADE"), primary_key=True)
    finding_id: Mapped[int] = mapped_column(KEY, ForeignKey("audit_finding.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str] = mapped_column(Text)
    severity: Mapped[str] = mapped_column(Text)
    magnitude: Mapped[float | None] = mapped_column(Float)
    reason: Mapped[str | None] = mapped_column(Text)


class CheckRow(Base):
    """How one check fared in one run."""

    __tablename__ = "audit_check"

    run_id: Mapped[int] = mapped_column(KEY, ForeignKey("audit_run.id", ondelete="CASCADE"), primary_key=True)
    check_id: Mapped[str] = mapped_column(Text, primary_key=True)
    status: Mapped[str] = mapped_column(Text)
    """`checked`, `partly`, `skipped` or `failed`."""
    reason: Mapped[str | None] = mapped_column(Text)
    duration_ms: Mapped[float] = mapped_column(Float)


class ObservationRow(Base):
    """A number about an object in one run. Kept for ever: this is what trends are made of."""

    __tablename__ = "audit_observation"

    run_id: Mapped[int] = mapped_column(KEY, ForeignKey("audit_run.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    object: Mapped[str] = mapped_column(Text, primary_key=True)
    metric: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[float] = mapped_column(Float)


class SettingRow(Base):
    """A setting that differs from its default in one run."""

    __tablename__ = "audit_setting"

    run_id: Mapped[int] = mapped_column(KEY, ForeignKey("audit_run.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class ReviewRow(Base):
    """What a review was made of, and what it took."""

    __tablename__ = "audit_review"

    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    target_id: Mapped[int] = mapped_column(KEY, ForeignKey("audit_target.id", ondelete="CASCADE"), index=True)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    format: Mapped[str] = mapped_column(Text)
    backend: Mapped[str] = mapped_column(Text)
    model: Mapped[str | None] = mapped_column(Text)
    redaction: Mapped[str | None] = mapped_column(Text)
    evidence_digest: Mapped[str] = mapped_column(Text, server_default="")
    calls: Mapped[int] = mapped_column(Integer, server_default="0")
    input_tokens: Mapped[int] = mapped_column(BigInteger)
    cache_read_tokens: Mapped[int] = mapped_column(BigInteger, server_default="0")
    output_tokens: Mapped[int] = mapped_column(BigInteger)
    cost_usd: Mapped[float | None] = mapped_column(Float)
    """None where the price of the model was not known."""
    verdict: Mapped[str | None] = mapped_column(Text)
    """What it came to; this and what follows is None in reviews of versions that did not keep it."""
    score: Mapped[float | None] = mapped_column(Float)
    critical_issues: Mapped[int | None] = mapped_column(Integer)
    high_issues: Mapped[int | None] = mapped_column(Integer)


class ReviewPartRow(Base):
    """What came of one part of a review that a language model was asked about."""

    __tablename__ = "audit_review_part"

    review_id: Mapped[int] = mapped_column(KEY, ForeignKey("audit_review.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    part: Mapped[str] = mapped_column(Text)
    statements: Mapped[int] = mapped_column(Integer)
    changes: Mapped[int] = mapped_column(Integer)
    problem: Mapped[str | None] = mapped_column(Text)


class NotificationRow(Base):
    """A message that has not arrived yet: rows go once it has."""

    __tablename__ = "audit_notification"
    __table_args__ = (UniqueConstraint("run_id", "channel"),)

    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    run_id: Mapped[int] = mapped_column(KEY, ForeignKey("audit_run.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(Text)
    """The kind and the place of a channel without its secret, such as `slack`."""
    message: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(Integer)
    problem: Mapped[str | None] = mapped_column(Text)
    """Why the last attempt failed."""
