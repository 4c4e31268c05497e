"""How the database is run: backups, what is watched, connections, transactions, settings of weight."""

from __future__ import annotations

from collections.abc import Iterable

from pgaudit.reports.words import bytes_in_words, seconds_in_words
from pgaudit.review.evidence.inventory.facts import counted, fact, some
from pgaudit.review.evidence.records import Record
from probes.catalog.catalog import Catalog
from probes.catalog.rows import (
    BackgroundCounters,
    DatabaseStatistics,
    PgExtension,
    PgNamespace,
    PgPublication,
    PgSetting,
    Replica,
    ReplicationSlot,
    Session,
)
from probes.finding import EvidenceValue

_BACKUP = ("archive_mode", "archive_timeout", "wal_level", "full_page_writes", "fsync")
_WATCH = (
    "log_min_duration_statement",
    "log_lock_waits",
    "log_checkpoints",
    "log_autovacuum_min_duration",
    "log_temp_files",
    "track_io_timing",
)
_SESSIONS = (
    "max_connections",
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "idle_session_timeout",
)
_RESOURCES = (
    "shared_buffers",
    "effective_cache_size",
    "work_mem",
    "maintenance_work_mem",
    "max_wal_size",
    "random_page_cost",
    "autovacuum",
    "autovacuum_max_workers",
)


def _backups(catalog: Catalog) -> Record:
    values = _values(catalog, _BACKUP)
    replicas = 0 if catalog.absent(Replica) else len(catalog.rows(Replica))
    counters = () if catalog.absent(BackgroundCounters) else catalog.rows(BackgroundCounters)
    archived = counters[0].archived if counters else None
    failures = counters[0].archive_failures if counters else None
    slots = 0 if catalog.absent(ReplicationSlot) else len(catalog.rows(ReplicationSlot))
    return fact(
        "inventory/backups",
        "What a restore could rest on",
        f"archive_mode is {values.get('archive_mode') or 'not readable'}, {counted(replicas, 'replica')} streaming, "
        f"{counted(slots, 'replication slot')}, fsync is {values.get('fsync') or 'not readable'}; backups that an "
        "outside tool takes cannot be seen from inside",
        values=values,
        replicas=replicas,
        replication_slots=slots,
        wal_segments_archived=archived,
        archive_failures=failures,
    )


def _watching(catalog: Catalog) -> Record:
    values = _values(catalog, _WATCH)
    extension = next((row for row in catalog.rows(PgExtension) if row.name == "pg_stat_statements"), None)
    schemas = {row.oid: row.name for row in catalog.rows(PgNamespace)}
    told = ", ".join(
        f"{name} = {'-1 (off)' if value == '-1' else value}" for name, value in values.items() if value is not None
    )
    return fact(
        "inventory/monitoring",
        "What is measured and logged",
        f"pg_stat_statements is {'installed' if extension else 'not installed'}; {told}",
        pg_stat_statements=extension is not None,
        pg_stat_statements_schema=schemas.get(extension.namespace) if extension else None,
        values=values,
    )


def _connections(catalog: Catalog) -> Record:
    values = _values(catalog, _SESSIONS)
    sessions = (
        ()
        if catalog.absent(Session)
        else [one for one in catalog.rows(Session) if one.backend_type == "client backend"]
    )
    idle = sum(1 for one in sessions if (one.state or "").startswith("idle in transaction"))
    pooler = any("pgbouncer" in (one.application_name or "").lower() for one in sessions)
    return fact(
        "inventory/connections",
        "Connections",
        f"max_connections is {values.get('max_connections') or 'not readable'}, "
        f"{counted(len(sessions), 'client session')} at the time of the scan, {idle} idle in a transaction; "
        f"{'a' if pooler else 'no'} pooler shows by name",
        values=values,
        client_sessions=len(sessions),
        idle_in_transaction=idle,
        pooler_seen=pooler,
    )


def _transactions(catalog: Catalog) -> Record:
    mine = [row for row in catalog.rows(DatabaseStatistics) if row.name == catalog.server.database]
    isolation = catalog.setting("default_transaction_isolation")
    level = isolation.value if isolation else None
    commits = sum(row.commits for row in mine)
    rollbacks = sum(row.rollbacks for row in mine)
    deadlocks = sum(row.deadlocks for row in mine)
    temp = sum(row.temp_bytes for row in mine)
    return fact(
        "inventory/transactions",
        "Transactions",
        f"{counted(commits, 'commit')}, {counted(rollbacks, 'rollback')} and {counted(deadlocks, 'deadlock')} since "
        f"the counters began; the default isolation level is {level or 'not readable'}",
        commits=commits,
        rollbacks=rollbacks,
        deadlocks=deadlocks,
        temp_bytes=temp,
        default_transaction_isolation=level,
    )


def _resources(catalog: Catalog) -> Record:
    values = _values(catalog, _RESOURCES)
    told = ", ".join(f"{name} = {value}" for name, value in values.items() if value is not None)
    return fact("inventory/resources", "Settings of weight", told or "no setting could be read", values=values)


def _publications(catalog: Catalog) -> Record:
    names = sorted(row.name for row in catalog.rows(PgPublication))
    return fact(
        "inventory/publications",
        "Logical replication",
        f"{counted(len(names), 'publication')}{': ' + ', '.join(names) if names else ''}",
        publications=some(names),
    )


def _values(catalog: Catalog, names: Iterable[str]) -> dict[str, EvidenceValue]:
    return {name: _readable(catalog.setting(name)) for name in names}


_BYTES = {"B": 1, "kB": 1024, "8kB": 8192, "MB": 1_048_576, "GB": 1_073_741_824}
_SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0}


def _readable(setting: PgSetting | None) -> str | None:
    """The value as people write it: `256.0 MB` for 32768 pages. Numbers below 1 mean that it is off, or unlimited."""
    if setting is None:
        return None
    unit = setting.unit or ""
    if not setting.value.lstrip("-").isdigit() or int(setting.value) <= 0:
        return setting.value
    if unit in _BYTES:
        return bytes_in_words(int(setting.value) * _BYTES[unit])
    return seconds_in_words(int(setting.value) * _SECONDS[unit]) if unit in _SECONDS else setting.value


FACTS = (_backups, _watching, _connections, _transactions, _resources, _publications)
"""Each gives one record."""
