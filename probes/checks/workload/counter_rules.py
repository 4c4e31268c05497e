"""What cumulative counters of the database and the server tell, as rows of data."""

from __future__ import annotations

import math
from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.rows import BackgroundCounters, DatabaseStatistics, PgSetting
from probes.check import Thresholds
from probes.checks._support.ages import age_in_words
from probes.checks._support.rules import Rule, check_of
from probes.checks._support.server_refs import SERVER, database_ref
from probes.checks._support.setting_rules import bytes_of, setting_remedy
from probes.finding import Advice, Confidence, Fix, Observed, Severity

_VIEW = "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-VIEW"
_DAY = 86_400
_MIB = 1_048_576


class CacheAt(Thresholds, frozen=True):
    """When the cache is too small."""

    hit_ratio: float = 0.95
    blocks: int = 1_000_000


class TempAt(Thresholds, frozen=True):
    """When too much is spilled."""

    temp_bytes_per_day: float = 10 * 1024 * _MIB


class RollbackAt(Thresholds, frozen=True):
    """When too much is rolled back."""

    rollback_ratio: float = 0.1
    transactions: int = 10_000


class DeadlockAt(Thresholds, frozen=True):
    """When deadlocks are too many."""

    deadlocks_per_day: float = 1


class SessionsAt(Thresholds, frozen=True):
    """When sessions end badly too often."""

    failure_ratio: float = 0.05
    sessions: int = 1000


class CheckpointAt(Thresholds, frozen=True):
    """When checkpoints are forced too often."""

    forced_ratio: float = 0.3
    checkpoints: int = 50


class ResetAt(Thresholds, frozen=True):
    """How old counters should be."""

    days: float = 7


def _own(catalog: Catalog) -> DatabaseStatistics | None:
    return catalog.find(DatabaseStatistics, catalog.server.database_oid, "database")


def _days(catalog: Catalog) -> float:
    return max(catalog.server.counters_age_seconds / _DAY, 1 / 24)


def _cache(catalog: Catalog, at: CacheAt) -> Iterator[Observed]:
    own = _own(catalog)
    total = own.blocks_hit + own.blocks_read if own else 0
    if own and total >= at.blocks and own.blocks_hit / total < at.hit_ratio:
        yield Observed(
            object=database_ref(catalog),
            message=f"only {own.blocks_hit / total:.1%} of block reads found their block in shared buffers",
            evidence={"hit_ratio": round(own.blocks_hit / total, 4), "blocks_read": own.blocks_read},
            remedy=Advice(
                "Look at workload/top_by_io first; then at shared_buffers. How much memory there is SQL cannot tell."
            ),
        )


def _temp(catalog: Catalog, at: TempAt) -> Iterator[Observed]:
    own = _own(catalog)
    if own and own.temp_bytes / _days(catalog) > at.temp_bytes_per_day:
        per_day = own.temp_bytes / _days(catalog)
        yield Observed(
            object=database_ref(catalog),
            message=f"queries spill {per_day / 1024 / _MIB:.0f} GB a day to temporary files, {own.temp_files} so far",
            evidence={"temp_bytes": own.temp_bytes, "temp_files": own.temp_files, "temp_bytes_per_day": round(per_day)},
            remedy=Advice(
                "Find the statements (log_temp_files, or temp_blks_written) and give their role more work_mem, or them "
                "an index. How much memory a session may take depends on the machine."
            ),
        )


def _rollbacks(catalog: Catalog, at: RollbackAt) -> Iterator[Observed]:
    own = _own(catalog)
    total = own.commits + own.rollbacks if own else 0
    if own and total >= at.transactions and own.rollbacks / total > at.rollback_ratio:
        yield Observed(
            object=database_ref(catalog),
            message=f"{own.rollbacks / total:.0%} of {total} transactions were rolled back",
            evidence={"rollbacks": own.rollbacks, "commits": own.commits},
            remedy=Advice("Look in the log which errors end them; the cause lies in the application."),
        )


def _deadlocks(catalog: Catalog, at: DeadlockAt) -> Iterator[Observed]:
    own = _own(catalog)
    if own and own.deadlocks / max(_days(catalog), 1.0) > at.deadlocks_per_day:
        yield Observed(
            object=database_ref(catalog),
            message=f"{own.deadlocks} deadlocks in {_days(catalog):.0f} days: each ended somebody's transaction",
            evidence={"deadlocks": own.deadlocks, "days": round(_days(catalog), 1)},
            remedy=Advice(
                "The log names both statements of each. Have all code lock rows in one order, such as by key; no SQL "
                "here can do that."
            ),
        )


def _conflicts(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    own = _own(catalog)
    if own and catalog.server.in_recovery and own.conflicts > 0:
        yield Observed(
            object=database_ref(catalog),
            message=f"replay has cancelled {own.conflicts} queries on this standby",
            evidence={"conflicts": own.conflicts},
            remedy=Advice(
                "Raise max_standby_streaming_delay or switch hot_standby_feedback on; which of them depends on whether "
                "fresh data or long queries matter more."
            ),
        )


def _failures(catalog: Catalog, at: SessionsAt) -> Iterator[Observed]:
    own = _own(catalog)
    if not own or own.sessions is None or own.sessions < at.sessions:
        return
    abandoned, fatal, killed = (own.sessions_abandoned or 0, own.sessions_fatal or 0, own.sessions_killed or 0)
    failed = abandoned + fatal + killed
    if failed / own.sessions > at.failure_ratio:
        yield Observed(
            object=database_ref(catalog),
            message=f"{failed / own.sessions:.0%} of {own.sessions} sessions did not end as they should",
            evidence={"abandoned": abandoned, "fatal": fatal, "killed": killed, "sessions": own.sessions},
            remedy=Advice("Abandoned: the network or a pool's timeout. Fatal: see the log. Killed: somebody's script."),
        )


def _checkpoints(catalog: Catalog, at: CheckpointAt) -> Iterator[Observed]:
    for row in catalog.rows(BackgroundCounters):
        total = row.timed + row.requested
        if total >= at.checkpoints and row.requested / total > at.forced_ratio:
            setting = catalog.setting("max_wal_size")
            size = bytes_of(setting) // _MIB if setting else 1024
            yield Observed(
                object=SERVER,
                message=f"{row.requested} of {total} checkpoints were forced, mostly because max_wal_size was reached",
                evidence={"timed": row.timed, "requested": row.requested, "max_wal_size_bytes": size * _MIB},
                remedy=setting_remedy(catalog, setting, f"'{size * 2}MB'")
                if setting
                else Advice("Double max_wal_size; our role cannot see its value."),
            )


def _maxwritten(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    hours = catalog.server.counters_age_seconds / 3600
    for row in catalog.rows(BackgroundCounters):
        written = row.buffers_backend
        total = (written or 0) + row.buffers_written
        mostly_backends = written is not None and total > 100_000 and written / total > 0.5
        if mostly_backends or row.maxwritten_clean > max(hours, 1.0) * 60:
            yield Observed(
                object=SERVER,
                message="backends write dirty pages themselves: the background writer does not keep up",
                evidence={"buffers_by_backends": written, "rounds_cut_short": row.maxwritten_clean},
                remedy=Fix(
                    sql=("alter system set bgwriter_lru_maxpages = 400", "select pg_catalog.pg_reload_conf()"),
                    changes=("pg_settings",),
                    transactional=False,
                    note="Counters go on from where they are: look again after a reset.",
                ),
            )


def _young(catalog: Catalog, at: ResetAt) -> Iterator[Observed]:
    days = catalog.server.counters_age_seconds / _DAY
    if days < at.days:
        yield Observed(
            object=SERVER,
            message=(
                f"counters are {age_in_words(catalog.server.counters_age_seconds)} old: "
                "whatever rests on them is not judged yet"
            ),
            evidence={"counters_age_days": round(days, 2)},
            remedy=Advice(f"Scan again in {math.ceil(at.days - days)} days; nothing else makes counters older."),
        )


def _idle_share(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    own = _own(catalog)
    if own and own.idle_in_transaction_ms and own.session_ms:
        share = own.idle_in_transaction_ms / own.session_ms
        name = quoted(catalog.server.database)
        if share > 0.2 and own.session_ms > 3_600_000:
            yield Observed(
                object=database_ref(catalog),
                message=f"sessions spend {share:.0%} of their time idle inside a transaction",
                evidence={
                    "idle_in_transaction_ms": round(own.idle_in_transaction_ms),
                    "session_ms": round(own.session_ms),
                },
                remedy=Fix(
                    sql=(f"alter database {name} set idle_in_transaction_session_timeout = '1min'",),
                    changes=("pg_db_role_setting",),
                    note="The share falls with the counters' next reset. Move slow work out of transactions.",
                ),
            )


_RULES = (
    Rule(
        id="workload/cache_hit_ratio_low",
        title="Few block reads are served from the cache",
        severity=Severity.LOW,
        confidence=Confidence.LOW,
        areas=(DatabaseStatistics,),
        thresholds=CacheAt,
        counters_days=1,
        judge=_cache,
        what="The share of block requests that found the block in shared buffers is below 95 %.",
        why="Each miss is a call to the operating system at least, and a wait for the disk at worst.",
        harmless="The rest comes from the operating system's cache, or the database is for reports over all of it.",
        fix="Look for the statements that read most; an index often does more than memory.",
        decided="blks_hit against blks_read of this database, after a million requests.",
        limits="A lifetime average moves slowly and hides bad hours.",
        source=_VIEW,
        aliases=("workload/table_cache_hit",),
    ),
    Rule(
        id="workload/temp_files",
        title="Queries spill much to disk",
        severity=Severity.MEDIUM,
        areas=(DatabaseStatistics,),
        thresholds=TempAt,
        counters_days=1,
        judge=_temp,
        what="Sorts, hashes and materialised results of this database write more than 10 GB a day to temporary files.",
        why="They are written and read again, beside everybody else's reads, and can fill the disk.",
        harmless="Reports at night, on a disk with room.",
        fix="work_mem counts for each sort of each session: raise it for a role or a transaction, not for all.",
        decided="temp_bytes by the days that counters have counted.",
        limits="Which statements do it the database's counter does not say.",
        source=_VIEW,
    ),
    Rule(
        id="workload/rollback_ratio",
        title="Many transactions are rolled back",
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
        areas=(DatabaseStatistics,),
        thresholds=RollbackAt,
        counters_days=1,
        judge=_rollbacks,
        what="More than a tenth of the transactions end in a rollback.",
        why="Work is done and thrown away, and dead rows stay behind. A retry loop or failing validation hides "
        "behind it.",
        harmless="Frameworks that end reads with ROLLBACK, and tests.",
        fix="The log shows the errors; the application has to change.",
        decided="xact_rollback against both, after ten thousand transactions.",
        limits="A rollback that was meant looks like one that was not.",
        source=_VIEW,
    ),
    Rule(
        id="workload/deadlocks",
        title="Deadlocks happen",
        severity=Severity.MEDIUM,
        areas=(DatabaseStatistics,),
        thresholds=DeadlockAt,
        counters_days=1,
        judge=_deadlocks,
        what="There is more than one deadlock a day.",
        why="The server ends one of the two transactions with an error, after both have waited for deadlock_timeout.",
        harmless="The application repeats such a transaction by itself.",
        fix="Lock rows in the same order everywhere, keep transactions short, index foreign keys.",
        decided="The counter of deadlocks, by days.",
        limits="Who was involved stands only in the log.",
        source=_VIEW,
    ),
    Rule(
        id="workload/standby_conflicts",
        title="Replay cancels queries on the standby",
        severity=Severity.LOW,
        areas=(DatabaseStatistics,),
        judge=_conflicts,
        what="Queries on this standby were cancelled because replay could wait no longer.",
        why="Reports fail now and then, with an error that says nothing about their own text.",
        harmless="They are repeated and get through.",
        fix="A longer delay keeps queries alive and makes the standby late; feedback to the primary holds back its "
        "VACUUM.",
        decided="The counter of conflicts, on a standby only.",
        limits="Which kind of conflict it was is in pg_stat_database_conflicts.",
        source="https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-CONFLICT",
    ),
    Rule(
        id="workload/session_failures",
        title="Sessions end badly",
        severity=Severity.LOW,
        areas=(DatabaseStatistics,),
        thresholds=SessionsAt,
        min_version_num=140000,
        judge=_failures,
        what="A twentieth or more of the sessions were abandoned by their client, ended by an error, or killed.",
        why="Connections that break leave transactions to be rolled back and users with errors.",
        harmless="Scripts that never close their connection.",
        fix="Set tcp_keepalives_idle, look at timeouts of firewalls and pools, read FATAL lines in the log.",
        decided="The three counters of 14 and later against all sessions.",
        limits="Clients that end without a word count as abandoned.",
        source=_VIEW,
    ),
    Rule(
        id="workload/idle_in_transaction_share",
        title="Much time passes idle in transactions",
        severity=Severity.MEDIUM,
        confidence=Confidence.MEDIUM,
        areas=(DatabaseStatistics,),
        min_version_num=140000,
        counters_days=1,
        judge=_idle_share,
        what="A fifth or more of all session time is spent waiting for the client inside an open transaction.",
        why="Locks and snapshots are held meanwhile, by habit and not by accident: the application does other work "
        "between BEGIN and COMMIT.",
        harmless="Sessions are few and nobody else writes.",
        fix="Call other services before or after the transaction. A timeout ends the worst cases.",
        decided="idle_in_transaction_time against session_time, after an hour of sessions.",
        limits="Sessions that are still open count up to their last state change.",
        source=_VIEW,
    ),
    Rule(
        id="workload/forced_checkpoints",
        title="Checkpoints are forced by the volume of WAL",
        severity=Severity.MEDIUM,
        areas=(BackgroundCounters, PgSetting),
        thresholds=CheckpointAt,
        counters_days=1,
        judge=_checkpoints,
        what="Many checkpoints begin before their time is up.",
        why="After each one every page's first change goes to WAL in full, so more WAL is written, and the next one "
        "comes sooner still.",
        harmless="Bulk loads, base backups and CREATE DATABASE force some.",
        fix="Double max_wal_size until most are timed; it takes disk space and a longer recovery, and no restart.",
        decided="Requested against all, after fifty checkpoints.",
        limits="CHECKPOINT commands count as requested too.",
        source="https://www.postgresql.org/docs/current/wal-configuration.html",
    ),
    Rule(
        id="workload/backend_writes",
        title="Backends write pages themselves",
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
        areas=(BackgroundCounters,),
        counters_days=1,
        judge=_maxwritten,
        what="Queries have to write dirty pages before they can read new ones, or the background writer keeps "
        "stopping at its limit.",
        why="The wait for the disk is then part of the query.",
        harmless="Bulk loads use a small ring of buffers and write for themselves by design.",
        fix="Raise bgwriter_lru_maxpages, and bgwriter_lru_multiplier after it, and reload. If it does not help, "
        "shared_buffers is too small for what is written.",
        decided="Up to 16 by buffers written by backends; everywhere by rounds cut short, above one a minute.",
        limits="From 17 on pg_stat_io has the details.",
        source="https://www.postgresql.org/docs/current/runtime-config-resource.html#RUNTIME-CONFIG-RESOURCE-BACKGROUND-WRITER",
    ),
    Rule(
        id="workload/stats_reset_recent",
        title="Counters are young",
        severity=Severity.INFO,
        areas=(),
        thresholds=ResetAt,
        judge=_young,
        what="The server has been counting for less than a week.",
        why="Unused indexes, ratios and rates mean little before a full cycle of the business has passed.",
        harmless="After a restart that lost them, an upgrade or a failover it cannot be otherwise.",
        fix="Wait. Do not reset counters for monitoring; take differences.",
        decided="From the later of the reset and the server's start.",
        limits="A clean restart keeps counters; then they are older than is said here.",
        source="https://www.postgresql.org/docs/current/monitoring-stats.html",
    ),
)

CHECKS = tuple(check_of(rule) for rule in _RULES)
