"""Settings that promise more memory than the machine has.

What: Shared buffers, work_mem for every allowed connection and the memory of the autovacuum workers add up to more than
all of the machine's memory.

Why it matters: The day that all connections sort at once the operating system's killer ends a backend; the server then
ends all others and recovers. It happens under the highest load, when it hurts most.

When it is harmless: A pooler keeps active sessions far below max_connections, or sorts of that size never occur.

How to fix it safely: Lower work_mem for the server and raise it for the few roles that run reports (ALTER ROLE ... SET
work_mem); or put a pooler in front and lower max_connections, which takes a restart. On Linux set vm.overcommit_memory
to 2, so that an allocation fails instead of the server.

How it is decided: shared_buffers + max_connections times work_mem + autovacuum_max_workers times autovacuum_work_mem
(or maintenance_work_mem). SQL does not tell the machine's memory. Give it as the threshold machine_memory_bytes;
otherwise an effective_cache_size that somebody set, which is usually three quarters of it, stands for it. With neither
the check says that it could not judge, unless the sum is below four gigabytes: that any server has.

Known limits: One query may take work_mem several times over, once for each sort and hash, and most take none: the sum
is a yardstick. Other programs on the machine are not known.

Sources: https://www.postgresql.org/docs/current/kernel-resources.html#LINUX-MEMORY-OVERCOMMIT
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgSetting
from probes.check import Needs, Thresholds, Unchecked, check
from probes.checks._support.server_refs import SERVER, setting_ref
from probes.checks._support.setting_rules import bytes_of, value_of
from probes.finding import Advice, Confidence, Observed, Severity

_NAMES = ("shared_buffers", "max_connections", "work_mem", "autovacuum_max_workers", "maintenance_work_mem")
_CACHE_SHARE_OF_MEMORY = 0.75
_NOT_CHOSEN = frozenset({"default", "override"})


class At(Thresholds, frozen=True):
    """What the machine has, and how much of it may be promised."""

    machine_memory_bytes: int = 0
    """0 where nobody said; then effective_cache_size is asked."""
    promised_ratio: float = 1.0
    small_promise_bytes: int = 4_294_967_296
    """What every machine is taken to have where nothing is known of it."""


@check(
    title="More memory promised than there is",
    severity=Severity.MEDIUM,
    confidence=Confidence.LOW,
    needs=Needs(areas=(PgSetting,)),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/kernel-resources.html#LINUX-MEMORY-OVERCOMMIT",),
)
def memory_overcommit_risk(catalog: Catalog, at: At) -> Iterator[Observed | Unchecked]:
    """Yield one finding where the settings add up to more than the memory."""
    hidden = [name for name in _NAMES if catalog.setting(name) is None]
    memory_bytes = at.machine_memory_bytes or _implied_memory_bytes(catalog)
    if hidden:
        yield Unchecked(setting_ref(hidden[0]), "our role may not see it", "pg_read_all_settings")
        return
    promised_bytes = _promised_bytes(catalog)
    if memory_bytes and promised_bytes > memory_bytes * at.promised_ratio:
        yield _observed(catalog, promised_bytes, memory_bytes)
    elif not memory_bytes and promised_bytes > at.small_promise_bytes:
        need = "the threshold machine_memory_bytes, or effective_cache_size set to what the machine has"
        yield Unchecked(SERVER, "how much memory the machine has is not known", need)


def _implied_memory_bytes(catalog: Catalog) -> int:
    """The memory of which effective_cache_size is three quarters; 0 where nobody set it."""
    setting = catalog.setting("effective_cache_size")
    if setting is None or setting.source in _NOT_CHOSEN:
        return 0
    return round(bytes_of(setting) / _CACHE_SHARE_OF_MEMORY)


def _promised_bytes(catalog: Catalog) -> int:
    buffers, connections, work_mem, workers, maintenance = (catalog.setting(name) for name in _NAMES)
    assert buffers and connections and work_mem and workers and maintenance  # noqa: S101, PT018 - the caller has looked
    own = catalog.setting("autovacuum_work_mem")
    vacuum_bytes = bytes_of(own) if own and bytes_of(own) > 0 else bytes_of(maintenance)
    sessions_bytes = int(value_of(connections)) * bytes_of(work_mem)
    return bytes_of(buffers) + sessions_bytes + int(value_of(workers)) * vacuum_bytes


def _observed(catalog: Catalog, promised_bytes: int, memory_bytes: int) -> Observed:
    values = {name: value_of(setting) for name in _NAMES if (setting := catalog.setting(name))}
    return Observed(
        object=SERVER,
        message=(
            f"{values['max_connections']} connections may take {promised_bytes / 2**30:,.1f} GB with work_mem as it "
            f"is, and the machine has about {memory_bytes / 2**30:,.1f} GB"
        ),
        evidence={"promised_bytes": promised_bytes, "memory_bytes": memory_bytes, **values},
        remedy=Advice(
            "Lower work_mem and raise it for single roles, or lower max_connections behind a pooler. Which of the two "
            "depends on how many sessions work at once, which the settings do not say."
        ),
    )
