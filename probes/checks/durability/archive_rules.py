"""Archiving, checksums and restarts, as rows of data."""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import (
    BackgroundCounters,
    DatabaseStatistics,
    PgSetting,
    PgTablespace,
    Replica,
    ReplicationSlot,
)
from probes.check import Thresholds, Unchecked
from probes.checks._support.rules import Rule, check_of
from probes.checks._support.server_refs import SERVER, setting_ref
from probes.checks._support.setting_rules import value_of
from probes.finding import Advice, ObjectRef, Observed, Severity

_ARCHIVING = "https://www.postgresql.org/docs/current/continuous-archiving.html"


class RestartAt(Thresholds, frozen=True):
    """How long ago is recent."""

    hours: float = 24


def _value(catalog: Catalog, name: str) -> str | None:
    setting = catalog.setting(name)
    return value_of(setting) if setting else None


def _no_checksums(catalog: Catalog, _at: Thresholds) -> Iterator[Observed | Unchecked]:
    value = _value(catalog, "data_checksums")
    if value is None:
        yield Unchecked(setting_ref("data_checksums"), "our role may not see it", "pg_read_all_settings")
    elif value == "off" and not catalog.server.provider:
        yield Observed(
            object=setting_ref("data_checksums"),
            message="data_checksums is off: a page that the disk has changed is used as if it were right",
            evidence={"value": value},
            remedy=Advice(
                "Stop the server, run pg_checksums --enable, start it. It reads every file; no SQL can do it."
            ),
        )


def _checksum_failures(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    for row in catalog.rows(DatabaseStatistics):
        if row.checksum_failures:
            name = row.name or "shared objects"
            yield Observed(
                object=ObjectRef("database", name),
                message=f"{row.checksum_failures} pages of {name} failed their checksum: data is damaged on disk",
                evidence={"checksum_failures": row.checksum_failures},
                remedy=Advice(
                    "Stop writing where you can, copy the data directory, look at the disk, restore the damaged "
                    "relations "
                    "from a backup. Which they are stands in the log; no SQL repairs a page."
                ),
            )


def _archives(catalog: Catalog) -> bool:
    return _value(catalog, "archive_mode") not in {None, "off"}


def _archiving_off(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    receivers = any(row.type == "physical" for row in catalog.rows(ReplicationSlot)) or catalog.rows(Replica)
    setting = catalog.setting("archive_mode")
    if setting and not _archives(catalog) and not receivers and not catalog.server.provider:
        yield Observed(
            object=setting_ref("archive_mode"),
            message="WAL is not archived and nobody streams it: after a loss you are back at the last dump",
            evidence={"archive_mode": value_of(setting)},
            remedy=Advice(
                "Set up pgBackRest, WAL-G or Barman: a base backup, archive_command, and a restore that was tried. No "
                "statement can know where the archive lies."
            ),
        )


def _command_empty(catalog: Catalog, _at: Thresholds) -> Iterator[Observed | Unchecked]:
    if not _archives(catalog):
        return
    command, library = _value(catalog, "archive_command"), _value(catalog, "archive_library")
    if command is None:
        yield Unchecked(setting_ref("archive_command"), "our role may not see it", "pg_read_all_settings")
    elif command in {"", "(disabled)"} and not library:
        yield Observed(
            object=setting_ref("archive_command"),
            message="archive_mode is on and nothing archives: WAL is kept for ever and fills the disk",
            evidence={"archive_mode": _value(catalog, "archive_mode")},
            remedy=Advice(
                "Set archive_command or archive_library and reload, or switch archive_mode off and restart. "
                "Which of the "
                "two depends on whether there is an archive."
            ),
        )


def _failing(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    for row in catalog.rows(BackgroundCounters):
        failed = row.last_archive_failure_at
        if failed is not None and failed > (row.last_archived_at or 0.0) and _archives(catalog):
            minutes = (catalog.server.collected_at - (row.last_archived_at or catalog.server.started_at)) / 60
            yield Observed(
                object=SERVER,
                message=f"archiving fails: the last success was {minutes:.0f} minutes ago, and WAL piles up",
                evidence={"failures": row.archive_failures, "minutes_since_success": round(minutes)},
                remedy=Advice(
                    "The log has the command's own words: a full archive, a key, a path. It is outside of SQL."
                ),
            )


def _restarted(catalog: Catalog, at: RestartAt) -> Iterator[Observed]:
    hours = (catalog.server.collected_at - catalog.server.started_at) / 3600
    if hours < at.hours:
        yield Observed(
            object=SERVER,
            message=f"the server was started {hours:.1f} hours ago",
            evidence={"uptime_hours": round(hours, 2)},
            remedy=Advice("Look in the log whether it was meant. After a crash counters may have begun anew."),
        )


def _tablespaces(catalog: Catalog, _at: Thresholds) -> Iterator[Observed | Unchecked]:
    directory = _value(catalog, "data_directory")
    if directory is None:
        yield Unchecked(setting_ref("data_directory"), "our role may not see where it is", "pg_read_all_settings")
        return
    for row in catalog.rows(PgTablespace):
        if row.location and (row.location + "/").startswith(directory.rstrip("/") + "/"):
            yield Observed(
                object=ObjectRef("tablespace", row.name),
                message=f"tablespace {row.name} lies inside the data directory: base backups take it twice or fail",
                evidence={},
                remedy=Advice(
                    "Move its tables to a tablespace outside, then drop it. Which place is right only you know."
                ),
            )


_RULES = (
    Rule(
        id="durability/data_checksums_off",
        title="Data pages have no checksums",
        severity=Severity.MEDIUM,
        areas=(PgSetting,),
        judge=_no_checksums,
        what="The cluster was made without data checksums.",
        why="Disks, controllers and memory change bits. Without checksums the damage is read as data, copied into "
        "backups, and found when it is too late.",
        harmless="The file system below verifies all it reads, as ZFS does.",
        fix="pg_checksums works on a stopped cluster, at the disk's speed; a standby can be converted first and "
        "promoted.",
        decided="data_checksums. From 18 on initdb switches them on by itself.",
        limits="On managed services it is the provider's choice and not reported.",
        source="https://www.postgresql.org/docs/current/checksums.html",
    ),
    Rule(
        id="durability/checksum_failures",
        title="Pages failed their checksum",
        severity=Severity.CRITICAL,
        areas=(DatabaseStatistics,),
        judge=_checksum_failures,
        what="The server has read pages whose checksum was wrong.",
        why="Rows are damaged or gone, and where there is one such page there are others.",
        harmless="Never. An old counter may be of damage that was repaired: reset it then.",
        fix="Copy the data directory first, repair second. The log names file and block; pg_amcheck finds further "
        "damage. A standby may have the page intact, and failing over to it is often the quickest repair. Then test "
        "the disk.",
        decided="The counters of each database and of shared objects.",
        limits="Only pages that were read are known to be bad.",
        source="https://www.postgresql.org/docs/current/checksums.html",
    ),
    Rule(
        id="durability/archiving_off",
        title="WAL is not archived",
        severity=Severity.MEDIUM,
        areas=(PgSetting, ReplicationSlot, Replica),
        judge=_archiving_off,
        what="archive_mode is off, and no standby or receiver takes the WAL either.",
        why="A lost disk, or a wrong DELETE at noon, takes everything since last night's dump along.",
        harmless="A development server, or data that can be made again.",
        fix="Set archive_mode and the command of a backup tool, restart once, take a base backup, and restore it on "
        "another machine. An archive that was never restored from is a hope, not a backup.",
        decided="The setting, physical slots and connected standbys; managed services are left out.",
        limits="Snapshots of the storage are not seen.",
        source=_ARCHIVING,
    ),
    Rule(
        id="durability/archive_command_empty",
        title="Archiving is on without a command",
        severity=Severity.HIGH,
        areas=(PgSetting,),
        judge=_command_empty,
        what="archive_mode is on, but neither archive_command nor archive_library is set.",
        why="Segments are marked as waiting and never removed. The server stops when the disk is full.",
        harmless="For the minutes until the command is set; then archiving begins without a restart.",
        fix="Set the command of your backup tool and reload; the segments that wait are archived at once, in order. "
        "If no archive is wanted set `/bin/true` until the next restart, then switch archive_mode off.",
        decided="Both settings are empty.",
        limits="Whether a command that is set does anything is another question.",
        source=_ARCHIVING + "#BACKUP-ARCHIVING-WAL",
    ),
    Rule(
        id="durability/archiver_failing",
        title="Archiving fails",
        severity=Severity.CRITICAL,
        areas=(BackgroundCounters, PgSetting),
        judge=_failing,
        what="The last attempt to archive a segment failed, and none has succeeded since.",
        why="Point-in-time recovery ends at the last archived segment. Meanwhile WAL fills the disk.",
        harmless="The archive is under maintenance for minutes.",
        fix="Read the log for the command's exit code and words, run it by hand as the server's user, mend it. The "
        "server tries again every minute by itself and catches up; never delete in pg_wal to make room.",
        decided="pg_stat_archiver: the last failure is newer than the last success.",
        limits="How much WAL waits is the matter of durability/wal_files, which needs the right to list the folder.",
        source="https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ARCHIVER-VIEW",
    ),
    Rule(
        id="durability/recent_restart",
        title="The server was started recently",
        severity=Severity.INFO,
        areas=(),
        thresholds=RestartAt,
        judge=_restarted,
        what="The server has been running for less than a day.",
        why="If nobody restarted it, it crashed. Caches are cold and counters may be young.",
        harmless="It was planned.",
        fix="Read the log around that time.",
        decided="The postmaster's start time by the server's own clock.",
        limits="A crash of single backends without a restart of the postmaster is not seen.",
        source="https://www.postgresql.org/docs/current/functions-info.html",
        pedantic=True,
    ),
    Rule(
        id="storage/tablespace_in_pgdata",
        title="Tablespace inside the data directory",
        severity=Severity.MEDIUM,
        areas=(PgTablespace, PgSetting),
        judge=_tablespaces,
        what="The folder of a tablespace lies below the server's own data directory.",
        why="pg_basebackup and file copies meet it twice, and moving either breaks the other.",
        harmless="Never; the server itself warns when one is made there.",
        fix="ALTER TABLE ... SET TABLESPACE rewrites each table under an ACCESS EXCLUSIVE lock.",
        decided="The beginning of its path.",
        limits="Symbolic links are not resolved.",
        source="https://www.postgresql.org/docs/current/manage-ag-tablespaces.html",
    ),
)

CHECKS = tuple(check_of(rule) for rule in _RULES)
