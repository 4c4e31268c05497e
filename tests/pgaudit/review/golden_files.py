"""Whole reviews as files; `python -m tests.pgaudit.review.golden_files` writes them. Read the difference then."""

from __future__ import annotations

from pathlib import Path

from pgaudit.review.context.model import Context, Given, InputName
from pgaudit.review.documents.formats import Format
from pgaudit.review.evidence.context_records import context_records
from pgaudit.review.evidence.records import (
    Badge,
    LockEstimate,
    Pack,
    Proof,
    ProposedChange,
    Record,
    RecordKind,
    Trust,
    record_id,
)
from pgaudit.review.rendering.registry import render
from probes.finding import Confidence, Evidence, ObjectRef, Severity
from tests.pgaudit.review.packs import coverage, negative, pack, review, skip

FOLDER = Path(__file__).parent / "golden"
_YAML = (Format.CARD, Format.PLAN, Format.CHECKLIST)
_PROVEN = Proof(Badge.PROVEN, "it ran in a copy of the structure, the finding was gone, and nothing else changed")


def fact(topic: str, says: str, facts: Evidence, trust: Trust = Trust.CATALOG) -> Record:
    """An inventory record."""
    name = f"inventory/{topic}"
    return Record(record_id(RecordKind.INVENTORY, name), RecordKind.INVENTORY, name, topic, says, facts, trust=trust)


def found(
    check: str, severity: Severity, says: str, subject: ObjectRef, change: ProposedChange | None = None
) -> Record:
    """A finding."""
    return Record(
        id=record_id(RecordKind.FINDING, check, subject),
        kind=RecordKind.FINDING,
        topic=check,
        title=check.partition("/")[2].replace("_", " ").capitalize(),
        says=says,
        severity=severity,
        confidence=Confidence.HIGH,
        object=subject,
        change=change,
        why="Because of what it leads to. And of more.",
        remedy="Do it in this way. Then look again.",
        harmless="Nobody uses it.",
        advice=None if change else "Ask those who know.",
    )


def sample() -> Pack:
    """A shop: one table open to all tenants, one index too many, one slow query, one input given."""
    orders = ObjectRef("table", "orders", "app")
    index = ObjectRef("index", "orders_copy_idx", "app", "orders", ("tenant_id",))
    lock = LockEstimate("app.orders", "ACCESS EXCLUSIVE", 81920, "", 0.05)
    guard = ProposedChange(
        ("alter table app.orders enable row level security",),
        note="It has policies already.",
        locks=(lock,),
        locks_known=True,
        rollback=("alter table app.orders disable row level security",),
        proof=_PROVEN,
    )
    drop = ProposedChange(("drop index concurrently app.orders_copy_idx",), transactional=False, proof=_PROVEN)
    query: Evidence = {
        "query": "select * from app.orders where tenant_id = $1",
        "calls": 50,
        "mean_ms": 12.5,
        "stddev_ms": 3.0,
        "max_ms": 90.0,
        "share_ratio": 0.8,
        "rows_per_call": 250.0,
        "shared_blocks_per_call": 700,
    }
    given = Context({InputName.RPO: Given("5 minutes")})
    return pack(
        found("security/policy_without_rls", Severity.CRITICAL, "the policies of app.orders do nothing", orders, guard),
        found("indexes/duplicate", Severity.HIGH, "index orders_copy_idx repeats orders_idx", index, drop),
        found("durability/archiving_off", Severity.MEDIUM, "WAL is not archived", ObjectRef("setting", "archive_mode")),
        negative("constraints/disabled_trigger"),
        skip("indexes/unused"),
        coverage("security"),
        coverage("indexes", dark=1),
        fact("server", "PostgreSQL 18.0 (primary); usage counters cover 9.0 days", {}),
        fact("relations", "2 tables in 1 schema", {"table_bytes": 1 << 30, "index_bytes": 1 << 28, "indexes": 4}),
        fact("keys", "2 of 2 tables have a primary key; 1 foreign key", {"foreign_keys": 1, "unique_constraints": 0}),
        fact(
            "tenant_column",
            "tenant_id is in 2 of 2 tables",
            {"column": "tenant_id", "tables_with_it": 2},
            Trust.INFERRED,
        ),
        fact("row_security", "row level security is on for 1 of 2 tables", {"tables_of_tenants": 2, "enabled": 1}),
        fact("backups", "archive_mode is off, 0 replicas streaming", {"archive_mode": "off", "replicas": 0}),
        fact("workload", "3 statements were recorded", {"statements": 3}),
        Record(
            "workload/statement:1",
            RecordKind.QUERY,
            "workload/statement",
            "Statement 1 by time",
            "80% of all time",
            query,
        ),
        *context_records(given, gate=False, related=False),
    )


def expected() -> dict[Path, str]:
    """The path of every golden file and what should stand in it."""
    files = {FOLDER / f"{one.value}.md": render(review(sample(), one), "markdown") for one in Format}
    return files | {FOLDER / f"{one.value}.yaml": render(review(sample(), one), "yaml") for one in _YAML}


if __name__ == "__main__":
    for path, text in expected().items():
        path.write_bytes(text.encode())
