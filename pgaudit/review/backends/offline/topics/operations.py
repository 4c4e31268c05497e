"""Monitoring, backups, connections, transactions."""

from __future__ import annotations

from pgaudit.review.backends.offline.desk import Desk, joined, not_assessed, say, say_if, within
from pgaudit.review.backends.offline.entries import changes_in_words
from pgaudit.review.context.model import InputName
from pgaudit.review.documents.parts import Cell, Claim, Row, Table
from pgaudit.review.evidence.records import Record

_LOGGING = ("config/log_", "config/slow_query_log_off", "config/track_", "workload/pg_stat_statements_missing")
_DURABILITY = ("durability/", "config/fsync_off", "config/full_page_writes_off", "storage/unlogged_table")


_NO_BACKUP = frozenset({"durability/collation_version_mismatch"})
"""Faults of durability that no backup helps against."""


def monitoring(desk: Desk) -> list[Claim]:
    """What is measured today, and what is not."""
    record = desk.fact("monitoring")
    claims = say_if(record.says if record else "", record)
    blind = desk.found(*_LOGGING)
    if blind:
        tail = f"; {changes_in_words(desk.numbers(blind)).lower()}" if desk.numbers(blind) else ""
        claims.append(say(f"Leaves no trace today: {joined(within(one.title) for one in blind)}{tail}", *blind))
    young = desk.found("workload/stats_reset_recent")
    claims += [say(one.says, one) for one in young]
    return claims


_ALERTS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("Sequence use", "pg_sequences.last_value against the column's maximum", "80% warns, 90% pages", ("sequences/",)),
    (
        "Disabled triggers and unenforced constraints",
        "pg_trigger.tgenabled = 'D', pg_constraint.convalidated and conenforced",
        "above 0 pages",
        ("constraints/disabled_trigger", "constraints/not_enforced"),
    ),
    (
        "Tables without row level security",
        "pg_class.relrowsecurity of tables with the tenant column",
        "any change pages",
        ("security/rls_disabled_exposed_table", "security/policy_without_rls", "security/rls_without_policy"),
    ),
    ("Idle in transaction", "pg_stat_activity.state_change", "over 1 min warns, over 5 min pages", ("sessions/",)),
    (
        "Mean time of the heaviest statements",
        "pg_stat_statements.mean_exec_time",
        "over 100 ms for 10 min warns",
        ("workload/slow_queries", "queries/"),
    ),
    (
        "WAL archiving",
        "pg_stat_archiver.last_archived_time, failed_count",
        "over 5 min or any failure pages",
        ("durability/archiv",),
    ),
    (
        "Configuration errors",
        "pg_file_settings and pg_hba_file_rules with an error",
        "above 0 warns",
        ("config/file_errors",),
    ),
    ("Rows in a default partition", "n_live_tup of the default partition", "above 0 warns", ("partitioning/",)),
    (
        "Tables that autovacuum leaves alone",
        "pg_class.reloptions, pg_stat_user_tables.n_dead_tup and last_autovacuum, age(relfrozenxid)",
        "autovacuum_enabled=false, dead rows above 20%, or an age above 500 million transactions warns",
        ("vacuum/",),
    ),
)


def alerts(desk: Desk) -> Table | None:
    """Alerts for what was really found here: each would have told of it."""
    rows: list[Row] = []
    for name, metric, threshold, checks in _ALERTS:
        found = desk.found(*checks)
        if found:
            cells = (Cell(name), Cell(metric), Cell(threshold), Cell(_first(found)))
            rows.append(Row(cells, tuple(record.id for record in found)))
    return Table(("Alert", "Metric", "Threshold", "Would have told of"), tuple(rows)) if rows else None


_UNNAMED = frozenset({"query", "setting", "file"})
"""Kinds of objects by whose name nobody would know what is wrong."""


def _first(found: list[Record]) -> str:
    names = list(
        dict.fromkeys(
            str(record.object) if record.object and record.object.kind not in _UNNAMED else record.title
            for record in found
        )
    )
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def backups(desk: Desk) -> list[Claim]:
    """What a restore could rest on, against RPO and RTO where they are known."""
    record = desk.fact("backups")
    claims = say_if(record.says if record else "", record)
    claims += [say(one.says, one) for one in desk.found(*_DURABILITY) if one.topic not in _NO_BACKUP]
    rpo, rto, test = (desk.given(name) for name in (InputName.RPO, InputName.RTO, InputName.RESTORE_TEST))
    if rpo and record:
        off = str(record.facts.get("archive_mode")) == "off" and not record.facts.get("replicas")
        if off:
            claims.append(
                say(
                    f"The recovery point objective ({rpo.says}) cannot be met: nothing leaves this server "
                    "between dumps",
                    rpo,
                    record,
                )
            )
        else:
            claims.append(say(f"Recovery point objective, {rpo.says}", rpo))
    claims += [
        say(f"{name}, {one.says}", one)
        for name, one in (("Recovery time objective", rto), ("Restore test", test))
        if one
    ]
    claims += not_assessed(
        "how much may be lost, how long a recovery may take, and whether one was ever tried",
        desk.lacking(InputName.RPO, InputName.RTO, InputName.RESTORE_TEST),
    )
    return claims


def backup_requirements(desk: Desk) -> list[Claim]:
    """What has to be in place, said only where its absence was seen."""
    found = desk.found("durability/archiving_off")
    if not found:
        return []
    return [
        say(
            "Required before production: a base backup and continuous archiving to another machine (point-in-time "
            "restore), a restore into an empty server every quarter, and a count of rows of the largest tables "
            "compared "
            "after each",
            *found,
        )
    ]


def connections(desk: Desk) -> list[Claim]:
    """Connections, limits and poolers."""
    record = desk.fact("connections")
    claims = say_if(record.says if record else "", record)
    claims += [say(one.says, one) for one in desk.found("config/timeouts_unset", "sessions/")]
    stated = desk.given(InputName.POOLING)
    if stated:
        claims.append(say(f"Pooling, {stated.says}", stated))
    return [*claims, *not_assessed("the pooler, its mode and its sizes", desk.lacking(InputName.POOLING))]


def transactions(desk: Desk) -> list[Claim]:
    """Isolation and what goes wrong between transactions."""
    record = desk.fact("transactions")
    claims = say_if(record.says if record else "", record)
    keys = desk.fact("keys")
    is_empty = keys is not None and keys.facts.get("tables") == 0
    if record and record.facts.get("default_transaction_isolation") == "read committed" and not is_empty:
        claims.append(
            say(
                "Under read committed a balance that is read, computed and written back loses updates: money moves by "
                "one UPDATE with its condition in the WHERE, by SELECT ... FOR UPDATE in key order, or under "
                "serializable with a retry on SQLSTATE 40001",
                record,
            )
        )
    return claims


def resources(desk: Desk) -> list[Claim]:
    """Settings of weight, and what is wrong with them."""
    record = desk.fact("resources")
    claims = say_if(f"settings of weight: {record.says}" if record else "", record)
    claims += [
        say(one.says, one) for one in desk.found("config/") if not one.topic.startswith((*_LOGGING, *_DURABILITY))
    ]
    return claims
