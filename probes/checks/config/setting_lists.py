"""Settings as a whole: which were changed, and whether any was."""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgClass, PgSetting
from probes.check import Thresholds, Unchecked
from probes.checks._support.rules import Rule, check_of
from probes.checks._support.server_refs import SERVER, setting_ref
from probes.checks._support.setting_rules import bytes_of, value_of
from probes.finding import Advice, Observed, Severity

_MIB = 1_048_576
_NOT_CHOSEN = frozenset({"default", "override", "client", "session"})
_WRITTEN_BY_INITDB = frozenset(
    {
        "DateStyle", "TimeZone", "default_text_search_config", "dynamic_shared_memory_type", "lc_messages",
        "lc_monetary", "lc_numeric", "lc_time", "log_timezone", "max_connections", "max_wal_size", "min_wal_size",
        "shared_buffers",
    }
)  # fmt: skip
"""What initdb writes into the file by itself; listed only with another value than initdb's."""
_INITDB_VALUES = {"max_connections": "100", "max_wal_size": "1024", "min_wal_size": "80", "shared_buffers": "16384"}
_FITTED = {"work_mem": 4, "maintenance_work_mem": 64, "effective_cache_size": 4096, "max_wal_size": 1024}
"""The megabytes that PostgreSQL ships with, of settings that are to be fitted to the machine."""


class UntouchedAt(Thresholds, frozen=True):
    """From what size of its data on a server ought to have been fitted to its machine."""

    large_database_bytes: int = 10 * 1024 * _MIB


def _is_chosen(setting: PgSetting) -> bool:
    if setting.source in _NOT_CHOSEN or setting.context == "internal":
        return False
    value = value_of(setting)
    if setting.name in _WRITTEN_BY_INITDB:
        return setting.name in _INITDB_VALUES and value != _INITDB_VALUES[setting.name]
    return value != setting.boot_value


def _inventory(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    chosen = sorted(
        f"{row.name} = {value_of(row)}{' x ' if row.unit in {'8kB', '16MB'} else ''}{row.unit or ''} ({row.source})"
        for row in catalog.rows(PgSetting)
        if _is_chosen(row)
    )
    if chosen:
        yield Observed(
            object=SERVER,
            message=f"{len(chosen)} settings differ from what PostgreSQL ships with",
            evidence={"settings": tuple(chosen), "settings_count": len(chosen)},
            remedy=Advice("Nothing to repair: compare the list with what you meant to set."),
        )


def _untouched(catalog: Catalog, at: UntouchedAt) -> Iterator[Observed | Unchecked]:
    if catalog.server.provider:
        return
    known = {name: catalog.setting(name) for name in ("shared_buffers", *_FITTED)}
    hidden = [name for name, setting in known.items() if setting is None]
    if hidden:
        yield Unchecked(setting_ref(hidden[0]), "our role may not see it", "pg_read_all_settings")
        return
    limits = {"shared_buffers": 128, **_FITTED}
    if any(setting and bytes_of(setting) != limits[name] * _MIB for name, setting in known.items()):
        return
    data_bytes = sum(row.pages + row.toast_pages for row in catalog.rows(PgClass)) * catalog.server.block_size
    yield Observed(
        object=SERVER,
        message="none of the settings that depend on the machine was ever set: the server runs as initdb left it",
        evidence={**{f"{name}_bytes": bytes_of(one) for name, one in known.items() if one}, "data_bytes": data_bytes},
        remedy=Advice(
            "Start with a quarter of memory for shared_buffers and three quarters for effective_cache_size, a "
            "max_wal_size that holds a quarter of an hour of writes, and maintenance_work_mem of half a gigabyte. How "
            "much memory there is SQL does not tell."
        ),
        severity=None if data_bytes >= at.large_database_bytes else Severity.INFO,
    )


_RULES = (
    Rule(
        id="config/non_default_inventory",
        title="Settings that were changed",
        severity=Severity.INFO,
        areas=(PgSetting,),
        judge=_inventory,
        what="Every setting whose value somebody chose: in a file, on the command line, for the database or the role "
        "that looked.",
        why="It is the first page that anybody who takes over a server wants to read, and the list to carry over to "
        "the next one.",
        harmless="A list, not a fault.",
        fix="Ask of each line why it is there. What nobody can explain goes back to its default, one at a time.",
        decided="The source of the value is not the default, and the value differs from the built-in one. What initdb "
        "writes by itself is left out until it is changed.",
        limits="Values of settings that may hold a secret are masked; those our role may not see are missing.",
        source="https://www.postgresql.org/docs/current/view-pg-settings.html",
        pedantic=True,
    ),
    Rule(
        id="config/important_params_at_default",
        title="Server that was never fitted to its machine",
        severity=Severity.LOW,
        areas=(PgSetting, PgClass),
        thresholds=UntouchedAt,
        judge=_untouched,
        what="shared_buffers, work_mem, maintenance_work_mem, effective_cache_size and max_wal_size all have the value "
        "they are shipped with.",
        why="The defaults are made to start anywhere, on a laptop of twenty years ago too. A server that holds real "
        "data gives most of its machine away with them.",
        harmless="The machine is as small as that, or the data fits a cache of 128 MB.",
        fix="Set the five together, once, from the machine's memory and the write load; shared_buffers waits for a "
        "restart.",
        decided="All five at their shipped values. Below ten gigabytes of tables it is information only; with a single "
        "one changed somebody has been there, and nothing is said.",
        limits="Values for single roles are not looked at, and managed services set their own.",
        source="https://www.postgresql.org/docs/current/runtime-config-resource.html#RUNTIME-CONFIG-RESOURCE-MEMORY",
    ),
)

CHECKS = tuple(check_of(rule) for rule in _RULES)
