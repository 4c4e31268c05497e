"""Standbys and subscriptions, as rows of data."""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.rows import PgSetting, PgSubscription, Replica, WalReceiver
from probes.check import Thresholds
from probes.checks._support.rules import Rule, check_of
from probes.checks._support.server_refs import SERVER, setting_ref
from probes.checks._support.setting_rules import setting_remedy, value_of
from probes.finding import Advice, Fix, ObjectRef, Observed, Severity


class LagAt(Thresholds, frozen=True):
    """How far behind is too far."""

    lag_bytes: int = 256 * 1024**2
    lag_seconds: float = 60


def _bytes_behind(catalog: Catalog, at: LagAt) -> Iterator[Observed]:
    for replica in catalog.rows(Replica):
        behind = replica.replay_lag_bytes
        if behind is not None and behind > at.lag_bytes:
            yield Observed(
                object=ObjectRef("standby", replica.application_name or "unnamed"),
                message=f"standby {replica.application_name} is {behind / 1024**2:.0f} MB of WAL behind",
                evidence={
                    "sent_lag_bytes": replica.sent_lag_bytes,
                    "flush_lag_bytes": replica.flush_lag_bytes,
                    "replay_lag_bytes": behind,
                    "state": replica.state,
                },
                remedy=Advice(
                    "Sent lag points to the network, flush lag to its disk, replay lag to one processor or a query in "
                    "the way. None of these is mended by SQL on this server."
                ),
            )


def _seconds_behind(catalog: Catalog, at: LagAt) -> Iterator[Observed]:
    for row in catalog.rows(WalReceiver):
        delay = row.replay_delay_seconds
        if delay is not None and delay > at.lag_seconds and (row.receive_lag_bytes or 0) > 0:
            yield Observed(
                object=SERVER,
                message=f"this standby shows the state of {delay:.0f} s ago",
                evidence={"replay_delay_seconds": round(delay), "not_replayed_bytes": row.receive_lag_bytes},
                remedy=Advice(
                    "Look for a long query that holds up replay, or a pause; which of them is to yield you decide."
                ),
            )


def _paused(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    for row in catalog.rows(WalReceiver):
        if row.replay_paused:
            yield Observed(
                object=SERVER,
                message="replay is paused: the standby stands still, and WAL piles up on it",
                evidence={"not_replayed_bytes": row.receive_lag_bytes},
                remedy=Fix(
                    sql=("select pg_catalog.pg_wal_replay_resume()",),
                    changes=("pg_stat_wal_receiver",),
                    note="Find out first why somebody paused it.",
                ),
            )


def _not_streaming(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    for row in catalog.rows(WalReceiver):
        if not row.is_streaming:
            yield Observed(
                object=SERVER,
                message="this standby receives no WAL by streaming: it is cut off, or lives from the archive alone",
                evidence={"not_replayed_bytes": row.receive_lag_bytes},
                remedy=Advice("Look at its log and at primary_conninfo. A broken connection is not mended by SQL."),
            )


def _plain_conninfo(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    for row in catalog.rows(WalReceiver):
        if row.is_streaming and row.conninfo_sslmode in {"disable", "allow", "prefer"}:
            yield Observed(
                object=setting_ref("primary_conninfo"),
                message=f"the standby streams with sslmode={row.conninfo_sslmode}: changes may travel in clear text",
                evidence={"sslmode": row.conninfo_sslmode},
                remedy=Advice(
                    "Add sslmode=verify-full and the primary's root certificate to primary_conninfo and reload. The "
                    "rest of that string is not read here, so it cannot be written for you."
                ),
            )


def _unsatisfied(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    setting = catalog.setting("synchronous_standby_names")
    if setting is None or not value_of(setting).strip() or catalog.server.in_recovery:
        return
    synchronous = [row for row in catalog.rows(Replica) if row.sync_state in {"sync", "quorum"}]
    if not synchronous:
        yield Observed(
            object=setting_ref(setting.name),
            message="synchronous_standby_names is set and no synchronous standby is connected: commits hang",
            evidence={"connected_standbys": len(catalog.rows(Replica))},
            remedy=setting_remedy(catalog, setting, "''"),
        )


def _subscriptions(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    for row in catalog.rows(PgSubscription):
        problems = []
        if not row.enabled:
            problems.append("is disabled")
        if row.apply_errors:
            problems.append(f"failed to apply changes {row.apply_errors} times")
        if row.sync_errors:
            problems.append(f"failed to copy tables {row.sync_errors} times")
        if problems:
            yield Observed(
                object=ObjectRef("subscription", row.name),
                message=f"subscription {row.name} {' and '.join(problems)}; the publisher keeps WAL for it meanwhile",
                evidence={"apply_errors": row.apply_errors, "sync_errors": row.sync_errors, "enabled": row.enabled},
                remedy=Fix(
                    sql=(f"alter subscription {quoted(row.name)} enable",),
                    changes=("pg_subscription",),
                    note="Mend first what it stumbled over: the log names table and row.",
                )
                if not row.enabled
                else Advice("The log names the table and row it stumbles over; mend that row or skip the transaction."),
            )


_RULES = (
    Rule(
        id="replication/standby_lag_bytes",
        title="Standby that is far behind",
        severity=Severity.HIGH,
        areas=(Replica,),
        thresholds=LagAt,
        judge=_bytes_behind,
        what="A connected standby has not yet replayed more than a quarter of a gigabyte.",
        why="After a failover that much is missing or has to be waited for; its readers see old rows.",
        harmless="A standby that is delayed on purpose, or a load that has just ended.",
        fix="See which of the three distances it is that grows.",
        decided="pg_stat_replication on this server, by bytes of WAL.",
        limits="A standby that is not connected has no row: see replication/inactive_slot.",
        source="https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-REPLICATION-VIEW",
    ),
    Rule(
        id="replication/replica_lag_seconds",
        title="This standby lives in the past",
        severity=Severity.HIGH,
        areas=(WalReceiver,),
        thresholds=LagAt,
        judge=_seconds_behind,
        what="What this standby has received is not replayed, and the last replayed commit is over a minute old.",
        why="Applications that read here miss what was just written.",
        harmless="recovery_min_apply_delay is set on purpose.",
        fix="A conflicting query can be cancelled; max_standby_streaming_delay says how long replay waits for one.",
        decided="Received and replayed positions must differ: on an idle primary the clock alone would look like lag.",
        limits="What was not even received yet is not seen from here.",
        source="https://www.postgresql.org/docs/current/hot-standby.html",
    ),
    Rule(
        id="replication/replay_paused",
        title="Replay is paused",
        severity=Severity.HIGH,
        areas=(WalReceiver,),
        judge=_paused,
        what="Somebody paused recovery on this standby.",
        why="It falls behind, keeps WAL, and is no use in a failover until it has caught up.",
        harmless="For the minutes of a consistent export.",
        fix="Resume it; it then catches up by itself.",
        decided="pg_is_wal_replay_paused().",
        limits="Who paused it is not recorded.",
        source="https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-RECOVERY-CONTROL",
    ),
    Rule(
        id="replication/replica_not_streaming",
        title="Standby without a stream",
        severity=Severity.HIGH,
        areas=(WalReceiver,),
        judge=_not_streaming,
        what="The server is in recovery and no WAL receiver runs.",
        why="It no longer follows the primary, or follows file by file; a failover to it loses what came since.",
        harmless="A standby that is fed from the archive by design, or a server in point-in-time recovery.",
        fix="The log says why the receiver ends: password, pg_hba.conf, or WAL that was removed already.",
        decided="pg_stat_wal_receiver has no row, on a server in recovery.",
        limits="A receiver between two attempts looks the same.",
        source="https://www.postgresql.org/docs/current/warm-standby.html",
    ),
    Rule(
        id="security/replication_conninfo_plaintext",
        title="Replication may run without TLS",
        severity=Severity.MEDIUM,
        areas=(WalReceiver,),
        judge=_plain_conninfo,
        what="The connection string of this standby does not insist on TLS.",
        why="All changes of all databases pass over it, and a false primary could feed the standby.",
        harmless="Both servers share an encrypted network.",
        fix="Switch TLS on at the primary, let pg_hba.conf ask for hostssl, then change sslmode on the standby and "
        "reload: the receiver connects anew within seconds. verify-full is the aim; require is a beginning.",
        decided="sslmode in the string that the WAL receiver reports; it alone is read. verify-ca, verify-full and "
        "require are accepted, and so is a Unix socket.",
        limits="Where no mode is written the receiver reports the library's default.",
        source="https://www.postgresql.org/docs/current/libpq-ssl.html",
    ),
    Rule(
        id="replication/sync_standby_unsatisfied",
        title="Commits wait for a standby that is not there",
        severity=Severity.CRITICAL,
        areas=(Replica, PgSetting),
        judge=_unsatisfied,
        what="synchronous_standby_names names standbys and none of them is connected as a synchronous one.",
        why="Each commit waits until one comes: writes stand still, although nothing is broken on this server.",
        harmless="Never while anybody writes.",
        fix="Bring the standby back. To go on without it, empty the setting: commits are then confirmed without a "
        "copy elsewhere.",
        decided="No row of pg_stat_replication is in the state sync or quorum.",
        limits="Transactions with synchronous_commit local or off do not wait.",
        source="https://www.postgresql.org/docs/current/warm-standby.html#SYNCHRONOUS-REPLICATION",
    ),
    Rule(
        id="replication/subscription_failing",
        title="Subscription that is disabled or fails",
        severity=Severity.HIGH,
        areas=(PgSubscription,),
        judge=_subscriptions,
        what="A subscription of this database is switched off, or has met errors.",
        why="Rows here grow old, while the publisher keeps all WAL since.",
        harmless="It was switched off for a migration that is under way.",
        fix="Enable it again once the cause is gone.",
        decided="Its own flag, and from 15 on the counters of errors.",
        limits="Errors before the last reset of counters count as well.",
        source="https://www.postgresql.org/docs/current/logical-replication-conflicts.html",
    ),
)


CHECKS = tuple(check_of(rule) for rule in _RULES)
