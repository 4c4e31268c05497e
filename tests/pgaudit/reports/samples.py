"""Reports to render: ordinary ones, none, hostile names, far too many findings. Each by hand, no server needed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import msgspec

from pgaudit.audit.score import Score, ScoreTerm
from pgaudit.reports import contract, gate_contract
from pgaudit.reports.contract import (
    AbsentFinding,
    AbsentState,
    BaselineState,
    Report,
    ReportFinding,
    ReportFix,
    ReportTarget,
    SinceLast,
    Tool,
)
from pgaudit.reports.gate_contract import GateEffects, GateFinding, GateLock, GateReport, GateStatement
from pgaudit.reports.interface import Published
from probes.finding import Confidence, Failure, ObjectRef, Severity, Skip, Suppression

HOSTILE_NAMES = (
    "<script>document.title = 'owned'</script>",
    '"; drop table users; --',
    "\u202egnp.exe\u202c",
    "\x1b[31mred\x1b]0;title\x07",
    "two\n::error::lines",
    "##[error]old",
    "%0A::warning::encoded",
    "=1+1|cmd",
    "a`b``c",
    "[text](javascript:alert(1))",
    "]]><b>&lt;",
    "{{ 7 * 7 }}${x}",
    "@everyone #1 https://evil.example",
    "😀" * 15,
    "a,b;c\td|e",
    "--> <!-- marker",
    "../../etc/passwd",
    "zero\u200bwidth\ufeff",
    "\x85next\u2028line",
)
"""What PostgreSQL takes for a name between quotes, and some reader of a report takes for more."""

TARGET = ReportTarget(
    name="staging/shop",
    database="shop",
    server_version_num=160004,
    in_recovery=False,
    role="auditor",
    stats_age_seconds=864_000.0,
    server_version="16.4 (Debian 16.4-1.pgdg120+1)",
    provider="rds",
)
ORDERS_KEY = ObjectRef("index", "orders_key", "app", "orders")
HOSTILE_TABLE = ObjectRef("table", HOSTILE_NAMES[9], "app")
TITLES = {
    "indexes/duplicate": "Duplicate index",
    "constraints/unindexed": "Foreign key without a supporting index",
    "security/rls_off": "Exposed table without row level security",
    "settings/fsync_off": "fsync is off",
    "index-not-concurrent": "Index built without CONCURRENTLY",
    "alter-type-rewrite": "Column type change that rewrites the table",
}


def finding(
    number: int, check: str = "indexes/duplicate", severity: Severity = Severity.HIGH, name: str = ""
) -> ReportFinding:
    """A finding about an index."""
    index = name or f"orders_customer_idx_{number}"
    return ReportFinding(
        id=f"v1:{number:032x}",
        check=check,
        severity=severity,
        confidence=Confidence.HIGH,
        object=ObjectRef("index", index, "app", "orders", ("customer_id",)),
        message=f"index {index} of app.orders repeats orders_customer_key: every write pays for both",
        evidence={"index_bytes": 1_048_576 * (number + 1), "index_scans": 0, "kept_index": "orders_customer_key"},
        fix=ReportFix((f'drop index concurrently app."{index.replace(chr(34), chr(34) * 2)}"',), False, None),  # noqa: FBT003
        advice=None,
        suppressed=None,
    )


def report(*findings: ReportFinding, name: str = TARGET.name) -> Report:
    """A whole report of these findings."""
    ordered = tuple(sorted(findings, key=lambda one: -one.severity.rank))
    return Report(
        schema=contract.SCHEMA,
        tool=Tool("pgaudit", "1.2.3"),
        target=msgspec.structs.replace(TARGET, name=name),
        started_at="2026-03-01T02:00:00Z",
        duration_ms=3120,
        findings=ordered,
        skipped=(),
        failed=(),
        score=Score(100, (), 0),
        titles=TITLES,
    )


def ordinary() -> Report:
    """One of everything that a scan can say."""
    exposed = ReportFinding(
        id="v1:0000000000000000000000000000aaaa",
        check="security/rls_off",
        severity=Severity.CRITICAL,
        confidence=Confidence.MEDIUM,
        object=ObjectRef("table", "invoices", "app"),
        message="anon can SELECT every row of app.invoices: row level security is off",
        evidence={"roles": ("anon",), "policies": 0, "exposed_partitions": (), "last_seen": None},
        fix=ReportFix(
            (
                "create policy own on app.invoices\n    using (owner = current_user)",
                "alter table app.invoices enable row level security",
            ),
            True,  # noqa: FBT003
            "Create its policies first, or the application sees no row of it.",
        ),
        advice=None,
        suppressed=None,
        baseline=BaselineState.NEW,
    )
    setting = ReportFinding(
        id="v1:0000000000000000000000000000bbbb",
        check="settings/fsync_off",
        severity=Severity.INFO,
        confidence=Confidence.HIGH,
        object=ObjectRef("setting", "fsync"),
        message="fsync is off: a crash of the host destroys data",
        evidence={
            "setting": "off",
            "uptime_seconds": 7200,
            "hit_ratio": 0.998,
            "mean_ms": 12.5,
            "reloads": 3,
            "pending": False,
        },
        fix=None,
        advice="Whether the host may lose data is for its owner to say.",
        suppressed=None,
        baseline=BaselineState.UNCHANGED,
    )
    accepted = msgspec.structs.replace(
        finding(9, severity=Severity.MEDIUM),
        suppressed=Suppression("kept for the yearly report", "comment", "2027-01-01"),
    )
    whole = report(exposed, finding(1), finding(2, severity=Severity.LOW), setting, accepted)
    return msgspec.structs.replace(
        whole,
        skipped=(
            Skip("indexes/unused", "counters are 0.1 days old, too young to tell", "counters of at least 7 days"),
            Skip("statements/slow", "pg_stat_statements is not installed", "the extension pg_stat_statements"),
        ),
        failed=(Failure("storage/bloat", "ZeroDivisionError: division by zero"),),
        warnings=("the suppression of settings/wal expired on 2026-01-01",),
        score=Score(65, (ScoreTerm(Severity.CRITICAL, 1, 25), ScoreTerm(Severity.HIGH, 1, 10)), 2),
    )


def interrupted() -> Report:
    """A scan that lost its connection."""
    return msgspec.structs.replace(report(finding(1)), interrupted="the server closed the connection")


def hostile() -> Report:
    """Every hostile name, in every place that a name can have."""
    findings = [_poisoned(number, name) for number, name in enumerate(HOSTILE_NAMES)]
    name = HOSTILE_NAMES[0]
    whole = report(*findings, name=" ".join(HOSTILE_NAMES))
    target = msgspec.structs.replace(whole.target, database=name, role=HOSTILE_NAMES[3], provider=HOSTILE_NAMES[4])
    return msgspec.structs.replace(
        whole,
        target=target,
        skipped=tuple(Skip(f"plugin/{one}", one, one) for one in HOSTILE_NAMES),
        failed=tuple(Failure(f"plugin/{one}", one) for one in HOSTILE_NAMES),
        interrupted=HOSTILE_NAMES[4],
        warnings=HOSTILE_NAMES,
        titles={one.check: name for one, name in zip(findings, HOSTILE_NAMES, strict=True)},
    )


def _poisoned(number: int, name: str) -> ReportFinding:
    subject = ObjectRef(name, name, name, name, (name,))
    return msgspec.structs.replace(
        finding(number, check=f"plugin/{name}", name=name),
        object=subject,
        message=name,
        evidence={name: name, "names": (name, name)},
        fix=ReportFix((f'drop index "{name}"', name), True, name),  # noqa: FBT003
        advice=name,
        suppressed=Suppression(name, name, name) if number % 5 == 4 else None,
    )


def many(count: int, checks: int = 7) -> Report:
    """That many findings, of that many checks in five areas and all severities."""
    severities = list(Severity)
    return report(
        *(
            finding(number, f"area_{number % checks % 5}/check_{number % checks}", severities[number % checks % 5])
            for number in range(count)
        )
    )


def gate() -> GateReport:
    """Two dangerous statements, one clean, one finding left behind, one resolved."""
    build = GateStatement(
        "migrations/0042_orders.sql",
        3,
        "create index orders_customer_idx\n    on app.orders (customer_id)",
        1,
        GateEffects(
            locks=(GateLock("app.orders", "SHARE", "target", "always"),),
            scans=("app.orders",),
            index_builds=("app.orders",),
        ),
    )
    rewrite = GateStatement(
        "migrations/0042_orders.sql",
        6,
        "alter table app.orders alter column total type bigint",
        1,
        GateEffects(
            locks=(
                GateLock("app.orders", "ACCESS EXCLUSIVE", "target", "always"),
                GateLock("app.order_lines", "ACCESS EXCLUSIVE", "foreign-key partner", "no catalog"),
            ),
            rewrites=("app.orders",),
        ),
        column=5,
    )
    comment = GateStatement("migrations/0043_note.sql", 1, "comment on table app.orders is 'x'", None, GateEffects())
    return GateReport(
        schema=gate_contract.SCHEMA,
        target=TARGET,
        server_version_num=160004,
        statements=(build, rewrite, comment),
        findings=(
            GateFinding(
                id="v1:0000000000000000000000000000cccc",
                rule="index-not-concurrent",
                severity=Severity.HIGH,
                file="migrations/0042_orders.sql",
                line=3,
                statement=0,
                message="CREATE INDEX without CONCURRENTLY blocks every write to app.orders while it reads the table",
                evidence={
                    "lock": "SHARE",
                    "role": "target",
                    "table_bytes": 13_314_398_617,
                    "writes_per_second": 220.5,
                    "estimated_hold_seconds": 127.0,
                    "estimated_queued_statements": 28_004,
                    "estimated_from": "12,697.6 MB at an assumed 100 MB a second; 220 rows written a second",
                    "would_have_waited_for": ("2 locks in conflict, ROW EXCLUSIVE",),
                    "looked_at": "2026-03-01T01:59:58Z",
                },
                safe_rewrite=("create index concurrently orders_customer_idx\n    on app.orders (customer_id)",),
                suppressed=None,
                rollback=("drop index concurrently if exists app.orders_customer_idx",),
            ),
            GateFinding(
                id="v1:0000000000000000000000000000dddd",
                rule="alter-type-rewrite",
                severity=Severity.CRITICAL,
                file="migrations/0042_orders.sql",
                line=6,
                statement=1,
                message="the new type of total rewrites app.orders",
                evidence={"table_bytes": 13_314_398_617},
                safe_rewrite=("-- 1. add a column of the new type", "-- 2. fill it, 5,000 rows a transaction"),
                suppressed=None,
                column=28,
            ),
        ),
        introduces=(finding(1, severity=Severity.MEDIUM),),
        resolves=(finding(2),),
        tool=Tool("pgaudit", "1.2.3"),
        notes=("counters are 3 days old",),
        started_at="2026-03-01T02:00:00Z",
        duration_ms=240,
        titles=TITLES,
    )


def hostile_gate() -> GateReport:
    """A migration whose files and statements hold every hostile name."""
    statements = tuple(
        GateStatement(
            name,
            1,
            name,
            1,
            GateEffects(
                locks=(GateLock(name, "ACCESS EXCLUSIVE", name, name),),
                rewrites=(name,),
                scans=(name,),
                index_builds=(name,),
                requires_no_transaction=True,
                error=name,
            ),
        )
        for name in HOSTILE_NAMES
    )
    findings = tuple(
        GateFinding(f"v1:{at:032x}", f"rule-{name}", Severity.HIGH, name, 1, at, name, {name: name}, (name,), None)
        for at, name in enumerate(HOSTILE_NAMES)
    )
    scan = hostile()
    return msgspec.structs.replace(
        gate(),
        target=scan.target,
        statements=statements,
        findings=findings,
        introduces=scan.findings,
        resolves=scan.findings,
        notes=HOSTILE_NAMES,
        titles=scan.titles,
    )


def empty_gate() -> GateReport:
    """Nothing pending, and no database."""
    return msgspec.structs.replace(
        gate(), target=None, statements=(), findings=(), introduces=(), resolves=(), notes=()
    )


def recorded() -> Report:
    """A recorded run: of the one before three findings are not reported any more, for three reasons."""
    whole = ordinary()
    absent = (
        AbsentFinding(f"v1:{'c' * 32}", "indexes/duplicate", Severity.HIGH, ORDERS_KEY, AbsentState.FIXED, None),
        AbsentFinding(f"v1:{'d' * 32}", "security/rls_off", Severity.CRITICAL, HOSTILE_TABLE, AbsentState.GONE, None),
        AbsentFinding(f"v1:{'e' * 32}", "a/unchecked", Severity.LOW, ORDERS_KEY, AbsentState.NOT_CHECKED, "denied"),
    )
    return msgspec.structs.replace(whole, since=SinceLast("shop/staging", "2026-03-01T02:00:00Z", absent))


@dataclasses.dataclass(frozen=True, slots=True)
class Sample:
    """A report by name, made when it is asked for."""

    name: str
    make: Callable[[], Published]


SAMPLES = (
    Sample("none", report),
    Sample("one", lambda: report(finding(1))),
    Sample("ordinary", ordinary),
    Sample("interrupted", interrupted),
    Sample("thousand", lambda: many(1000)),
    Sample("thousand_checks", lambda: many(1000, checks=1000)),
    Sample("recorded", recorded),
    Sample("hostile", hostile),
    Sample("gate", gate),
    Sample("empty_gate", empty_gate),
    Sample("hostile_gate", hostile_gate),
)
