"""Replication slots, as rows of data."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import literal
from probes.catalog.rows import PgSetting, Replica, ReplicationSlot
from probes.check import Thresholds, Unchecked
from probes.checks._support.rules import Rule, check_of
from probes.checks._support.server_refs import setting_ref
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
)


CHECKS = tuple(check_of(rule) for rule in _RULES)
