"""pg_wal is larger than its settings allow.

What: The files in pg_wal take more than max_wal_size and what is kept for standbys, by half as much again.

Why it matters: Something keeps segments from being recycled. Nothing stops that growth but the end of the disk, and a
server that cannot write WAL panics and does not start again until there is room.

When it is harmless: A bulk load of the last minutes: max_wal_size is a wish, and the next checkpoints shrink
the folder.

How to fix it safely: Find what holds it: a replication slot that nobody reads (replication/slot_retained_wal,
replication/inactive_slot), an archive command that fails (durability/archiver_failing), a standby that lags. Only then
make room, on the volume and never by deleting in pg_wal: the segment you remove is the one that recovery needs.

How it is decided: pg_ls_waldir() against max_wal_size plus wal_keep_size plus, where a slot may hold WAL up to a limit,
max_slot_wal_keep_size; half of that is granted on top, and a folder below a gigabyte is never reported.

Known limits: Listing the folder needs pg_monitor; some managed services keep it to themselves, and then nothing is
said. Segments recycled for future use count like others.

Sources: https://www.postgresql.org/docs/current/wal-configuration.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgSetting, ReplicationSlot, WalDirectory
from probes.check import Needs, Thresholds, Unchecked, check
from probes.checks._support.server_refs import SERVER, setting_ref
from probes.checks._support.setting_rules import bytes_of
from probes.finding import Advice, Observed, Severity


class At(Thresholds, frozen=True):
    """When there is too much WAL."""

    excess_ratio: float = 1.5
    min_wal_bytes: int = 1_073_741_824


@check(
    title="More WAL than the settings allow",
    severity=Severity.MEDIUM,
    needs=Needs(areas=(WalDirectory, PgSetting, ReplicationSlot)),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/wal-configuration.html",),
)
def wal_files(catalog: Catalog, at: At) -> Iterator[Observed | Unchecked]:
    """Yield one finding for a folder that is too large."""
    allowed_bytes = _allowed_bytes(catalog)
    if allowed_bytes is None:
        yield Unchecked(setting_ref("max_wal_size"), "our role may not see it", "pg_read_all_settings")
        return
    for row in catalog.rows(WalDirectory):
        if row.size_bytes < at.min_wal_bytes or row.size_bytes <= allowed_bytes * at.excess_ratio:
            continue
        yield Observed(
            object=SERVER,
            message=(
                f"pg_wal holds {row.size_bytes / 2**20:,.0f} MB in {row.files:,} files where "
                f"{allowed_bytes / 2**20:,.0f} MB are meant: something keeps segments from being recycled"
            ),
            evidence={"wal_bytes": row.size_bytes, "wal_files": row.files, "allowed_bytes": allowed_bytes},
            remedy=Advice(
                "Look for a slot that nobody reads and for an archiver that fails, and mend that. Which of them may go "
                "depends on who needs the WAL, so no statement is offered; never delete files in pg_wal."
            ),
        )


def _allowed_bytes(catalog: Catalog) -> int | None:
    """What the settings let pg_wal grow to; None where they are not visible."""
    largest = catalog.setting("max_wal_size")
    if largest is None:
        return None
    kept = [catalog.setting("wal_keep_size"), catalog.setting("max_slot_wal_keep_size")]
    used = kept if catalog.rows(ReplicationSlot) else kept[:1]
    return bytes_of(largest) + sum(max(bytes_of(setting), 0) for setting in used if setting)
