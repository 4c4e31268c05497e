"""The published shape of a gate's result, version 1: what pending migrations lock, rewrite and leave behind."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from pgaudit.reports.contract import ReportFinding, ReportTarget, Tool
from probes.finding import Evidence, Severity, Suppression

SCHEMA = "pgaudit-gate/1"
SHOWN_SQL_BYTES = 2_000
"""How much of a statement is published."""
_ITEMS_A_PART = 500


class GateLock(msgspec.Struct, frozen=True, gc=False):
    """A table-level lock that a statement takes."""

    relation: str
    """`schema.name`."""
    mode: str
    """As the manual writes it: `ACCESS EXCLUSIVE`."""
    role: str
    """Why the relation is touched: `target`, `foreign-key partner`, `partition` ..."""
    when: str
    """`always`, or the reason why it is not certain."""


class GateEffects(msgspec.Struct, frozen=True, gc=False):
    """What a statement does to relations. The lists hold names of relations."""

    locks: tuple[GateLock, ...] = ()
    rewrites: tuple[str, ...] = ()
    scans: tuple[str, ...] = ()
    index_builds: tuple[str, ...] = ()
    requires_no_transaction: bool = False
    error: str | None = None
    """What the server will say where it refuses the statement, or why the statement could not be read."""


class GateStatement(msgspec.Struct, frozen=True, gc=False):
    """A statement of a migration."""

    file: str
    line: int
    sql: str
    transaction: int | None
    """Equal for statements that commit together; null for one that commits by itself."""
    effects: GateEffects
    column: int = 1
    """Of its first word, in characters."""


class GateFinding(msgspec.Struct, frozen=True, gc=False):
    """A rule's judgement on a statement."""

    id: str
    rule: str
    severity: Severity
    file: str
    line: int
    statement: int | None
    """Index into `statements`; null where the finding is about a file."""
    message: str
    evidence: Evidence
    safe_rewrite: tuple[str, ...] | None
    """Statements in order; a BEGIN or COMMIT among them is meant."""
    suppressed: Suppression | None
    column: int = 1
    rollback: tuple[str, ...] = ()
    """What takes the safe rewrite back where it fails half way."""
    note: str | None = None
    """What must be known to run the safe rewrite."""


class GateRelation(msgspec.Struct, frozen=True):
    """A table that statements touch, as it was when the database was looked at. Sizes and rates are estimates."""

    relation: str
    """`schema.name`; the partitions of a partitioned table are summed up in it."""
    table_bytes: int | None
    """Null where nothing tells: never analyzed, and no counters."""
    index_bytes: int
    rows: int | None
    scans_per_second: float | None
    writes_per_second: float | None
    """Rows inserted, updated and deleted."""
    counters_age_seconds: float | None
    """What the two rates are a mean over; null where there are none."""
    reading_statements_per_second: float | None
    """By pg_stat_statements, of those that name the table."""
    writing_statements_per_second: float | None
    mean_statement_ms: float | None
    statements_age_seconds: float | None
    """How long pg_stat_statements has counted; null where it is not there or does not say."""


class GateMoment(msgspec.Struct, frozen=True):
    """What was open in the database when it was looked at. No verdict is made of it."""

    taken_at: str
    age_seconds: float
    """How old it was when the gate ran."""
    oldest_transaction_seconds: float | None
    """Of a session of this database; 0 where none was open, null where sessions could not be seen."""
    prepared_transactions: int | None
    oldest_prepared_seconds: float | None
    slots_with_xmin: int | None
    """Replication slots that keep dead rows: no lock waits for them, but a rewrite copies what they keep."""
    oldest_slot_age_xids: int | None
    unseen: tuple[str, ...] = ()
    """What could not be seen, and why."""


class GateReport(msgspec.Struct, frozen=True):
    """A gate's result."""

    schema: str
    target: ReportTarget | None
    """None where the gate ran without a database."""
    server_version_num: int
    statements: tuple[GateStatement, ...]
    findings: tuple[GateFinding, ...]
    introduces: tuple[ReportFinding, ...]
    """Findings of checks that appear after the migration."""
    resolves: tuple[ReportFinding, ...]
    """Findings of checks that are gone after it."""
    tool: Tool = Tool("pgaudit", "")
    notes: tuple[str, ...] = ()
    """What was assumed, and what was not judged, a line each."""
    started_at: str | None = None
    duration_ms: int | None = None
    incomplete: bool = False
    """Something pending could not be judged; `notes` says what."""
    titles: Mapping[str, str] = {}
    """Titles of the rules and checks that are named in the report."""
    relations: tuple[GateRelation, ...] = ()
    """The tables that the statements touch; empty without a database."""
    moment: GateMoment | None = None

    @property
    def open_findings(self) -> tuple[GateFinding | ReportFinding, ...]:
        """Findings that nobody has accepted: of rules, and of checks that the migration introduces."""
        everything: tuple[GateFinding | ReportFinding, ...] = self.findings + self.introduces
        return tuple(finding for finding in everything if finding.suppressed is None)


def to_json(report: GateReport) -> str:
    """The report as JSON, indented, ending in a newline."""
    return "".join(json_parts(report))


def json_parts(report: GateReport) -> Iterator[str]:
    """The text of `to_json` piece by piece: that of 2,000 files is as large as all the rest of the gate."""
    frame = _indented(msgspec.structs.replace(report, statements=(), findings=()))
    head, _, tail = frame.partition(_NO_LISTS)
    yield head
    yield from _list_parts("statements", report.statements)
    yield ",\n"
    yield from _list_parts("findings", report.findings)
    yield f"{tail}\n"


_NO_LISTS = '  "statements": [],\n  "findings": []'


def _list_parts(name: str, items: Sequence[msgspec.Struct]) -> Iterator[str]:
    """A list that stands in the outermost object."""
    if not items:
        yield f'  "{name}": []'
        return
    yield f'  "{name}": ['
    for start in range(0, len(items), _ITEMS_A_PART):
        lines = _indented(items[start : start + _ITEMS_A_PART])
        comma = "," if start else ""
        yield comma + lines[1:-2].replace("\n", "\n  ")  # no string holds a raw line break
    yield "\n  ]"


def _indented(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def from_json(text: str | bytes) -> GateReport:
    """A report read back. Raises msgspec.MsgspecError where it is none of ours."""
    return msgspec.json.decode(text, type=GateReport)


@functools.cache
def json_schema() -> dict[str, Any]:
    """The JSON Schema of a gate's report."""
    return msgspec.json.schema(GateReport)
