"""Replication slots, standbys and subscriptions, as rows of data."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import literal, quoted
from probes.catalog.rows import PgSetting, PgSubscription, Replica, ReplicationSlot, WalReceiver
from probes.check import Thresholds, Unchecked
from probes.checks._support.rules import Rule, check_of
from probes.checks._support.server_refs import SERVER, setting_ref
from probes.checks._support.setting_rules import setting_remedy, value_of
from probes.finding import Advice, Fix, ObjectRef, Observed, Severity

_SLOTS = "https://www.postgresql.org/docs/current/view-pg-replication-slots.html"
_GIB = 1024**3


class IdleAt(Thresholds, frozen=True):
    """How long a slot may be unused."""

    idle_seconds: float = 3600


class RetainedAt(Thresholds, frozen=True):
    """How much WAL a slot may hold back."""

    retained_bytes: int = 5 * _GIB


class LagAt(Thresholds, frozen=True):
    """How far behind is too far."""

    lag_bytes: int = 256 * 1024**2
    lag_seconds: float = 60


def _ref(slot: ReplicationSlot) -> ObjectRef:
    return ObjectRef("replication slot", slot.name)


def _drop(slot: ReplicationSlot, note: str) -> Fix:
    name = literal(slot.name).strip()
    drop = (
        "select pg_catalog.pg_drop_replication_slot(s.slot_name) from pg_catalog.pg_replication_slots as s "
        f"where s.slot_name = {name} and not s.active"
    )
    return Fix(sql=(drop,), changes=("pg_replication_slots",), note=note)


def _slots(
    test: Callable[[Catalog, ReplicationSlot, Thresholds], str | None], note: str, key: str = "problem"
) -> Callable[[Catalog, Thresholds], Iterator[Observed]]:
    """A judge of permanent slots: the test says what is wrong with one, or None."""

    def judge(catalog: Catalog, at: Thresholds) -> Iterator[Observed]:
        for slot in catalog.rows(ReplicationSlot):
            problem = None if slot.temporary else test(catalog, slot, at)
            if problem:
                yield Observed(
                    object=_ref(slot),
                    message=f"replication slot {slot.name} {problem}",
                    evidence={
                        "retained_bytes": slot.retained_bytes,
                        "xmin_age_xids": slot.xmin_age_xids,
                        "catalog_xmin_age_xids": slot.catalog_xmin_age_xids,
                        "wal_status": slot.wal_status,
                        key: slot.invalidation_reason,
                    },
                    remedy=_drop(slot, note),
                )

    return judge


def _inactive(catalog: Catalog, slot: ReplicationSlot, at: Thresholds) -> str | None:
    if slot.active or slot.synced or slot.wal_status == "lost" or slot.retained_bytes is None:
        return None
    if slot.inactive_since is None:
        return "has no consumer: WAL and dead rows pile up behind it"
    seconds = catalog.server.collected_at - slot.inactive_since
    if isinstance(at, IdleAt) and seconds < at.idle_seconds:
        return None
    return f"has had no consumer for {seconds:.0f} s: WAL and dead rows pile up behind it"


def _retaining(_catalog: Catalog, slot: ReplicationSlot, at: Thresholds) -> str | None:
    limit = at.retained_bytes if isinstance(at, RetainedAt) else 0
    if slot.retained_bytes is None or slot.retained_bytes <= limit:
        return None
    return f"keeps {slot.retained_bytes / _GIB:.1f} GB of WAL from being removed"


def _lost(_catalog: Catalog, slot: ReplicationSlot, _at: Thresholds) -> str | None:
    if slot.wal_status == "lost" or slot.invalidation_reason or slot.conflicting:
        return "is lost: its consumer can never go on and has to be made anew"
    if slot.wal_status == "unreserved":
        return "is about to be lost: the WAL it needs goes with the next checkpoint"
    return None


def _not_failover(_catalog: Catalog, slot: ReplicationSlot, _at: Thresholds) -> str | None:
    if slot.type != "logical" or slot.failover is not False or slot.synced:
        return None
    return "is not copied to standbys: after a failover its subscriber has to begin anew"


def _failover(catalog: Catalog, at: Thresholds) -> Iterator[Observed]:
    if not catalog.rows(Replica):
        return
    for slot in catalog.rows(ReplicationSlot):
        problem = None if slot.temporary else _not_failover(catalog, slot, at)
        if problem:
            yield Observed(
                object=_ref(slot),
                message=f"replication slot {slot.name} {problem}",
                evidence={"failover": slot.failover},
                remedy=Advice(
                    "On the subscriber run ALTER SUBSCRIPTION ... SET (failover = true); it is another server's, so no "
                    "statement for this one helps."
                ),
            )


def _unlimited(catalog: Catalog, _at: Thresholds) -> Iterator[Observed | Unchecked]:
    setting = catalog.setting("max_slot_wal_keep_size")
    slots = [slot for slot in catalog.rows(ReplicationSlot) if not slot.temporary]
    if setting is None:
        need = f"GRANT pg_read_all_settings TO {catalog.server.role}"
        yield Unchecked(setting_ref("max_slot_wal_keep_size"), "our role may not see it", need)
    elif slots and value_of(setting) == "-1":
        yield Observed(
            object=setting_ref(setting.name),
            message=f"{len(slots)} replication slots may fill the disk with WAL: nothing limits what they retain",
            evidence={"slots": len(slots)},
            remedy=setting_remedy(catalog, setting, "'100GB'"),
        )


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


_DROP_NOTE = "Its consumer can not go on from where it was: make sure that it is gone for good."

_RULES = (
    Rule(
        id="replication/inactive_slot",
        title="Replication slot without a consumer",
        severity=Severity.HIGH,
        areas=(ReplicationSlot,),
        thresholds=IdleAt,
        judge=_slots(_inactive, _DROP_NOTE),
        what="A slot exists that nobody reads from.",
        why="The server keeps all WAL from that point on, until the disk is full and it stops. A logical slot also "
        "holds back VACUUM of the system catalogs.",
        harmless="A standby is being maintained and comes back within the hour.",
        fix="Ask who made it. Dropping it frees the WAL at the next checkpoint; a standby that needed it has to be "
        "copied anew unless an archive has the rest.",
        decided="Permanent slots that are not active; from 17 on only after an hour, for it says since when.",
        limits="Before 17 a short break looks like a long one.",
        source=_SLOTS,
    ),
    Rule(
        id="replication/slot_retained_wal",
        title="Slot that holds back much WAL",
        severity=Severity.HIGH,
        areas=(ReplicationSlot,),
        thresholds=RetainedAt,
        judge=_slots(_retaining, _DROP_NOTE),
        what="More than five gigabytes of WAL are kept for a slot.",
        why="Its consumer is too slow or stands still. The disk fills while nobody looks.",
        harmless="A bulk load just ran and the consumer is catching up.",
        fix="Look at the consumer first. An active slot has to be left by it before it can be dropped.",
        decided="The distance from the newest WAL to the slot's restart_lsn.",
        limits="How much room the disk has is not visible in SQL.",
        source="https://www.postgresql.org/docs/current/warm-standby.html#STREAMING-REPLICATION-SLOTS",
    ),
    Rule(
        id="replication/slot_lost_or_unreserved",
        title="Slot that is lost",
        severity=Severity.CRITICAL,
        areas=(ReplicationSlot,),
        judge=_slots(_lost, "The slot is of no use any more; make its standby or subscriber anew."),
        what="WAL that the slot needs was removed, or it was invalidated for another reason.",
        why="The standby or subscriber behind it no longer follows, whether or not anybody has noticed.",
        harmless="Its consumer was given up already.",
        fix="Drop the slot and build the consumer anew. Before that find out why it fell behind.",
        decided="wal_status is lost or unreserved, or the server names a reason for invalidation.",
        limits="An unreserved slot may recover if its consumer hurries.",
        source=_SLOTS,
    ),
    Rule(
        id="replication/slot_idle_or_not_failover",
        title="Logical slot that does not survive a failover",
        severity=Severity.MEDIUM,
        areas=(ReplicationSlot, Replica),
        min_version_num=170000,
        judge=_failover,
        what="There is a standby, and a logical slot that is not kept in step on it.",
        why="When the standby takes over, the subscriber finds no slot. Changes between are lost or copied anew.",
        harmless="The subscriber is a cache that can be rebuilt.",
        fix="Set failover for the subscription and sync_replication_slots on the standby.",
        decided="From 17 on, on a server that a standby is connected to.",
        limits="Tools that copy slots by their own means are not recognised.",
        source="https://www.postgresql.org/docs/current/logical-replication-failover.html",
    ),
    Rule(
        id="replication/slots_without_limit",
        title="No limit to what slots retain",
        severity=Severity.MEDIUM,
        areas=(ReplicationSlot, PgSetting),
        judge=_unlimited,
        what="There are replication slots, and max_slot_wal_keep_size is -1.",
        why="One consumer that is gone can fill the disk and stop the server for everybody.",
        harmless="Losing the consumer would be worse than stopping.",
        fix="Choose a size that the disk can spare and reload. A slot that falls behind further is then given up.",
        decided="Any permanent slot together with the value -1.",
        limits="The size offered is a guess; the disk's is unknown.",
        source="https://www.postgresql.org/docs/current/runtime-config-replication.html#GUC-MAX-SLOT-WAL-KEEP-SIZE",
    ),
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
