"""Planner method that is switched off.

What: An enable_ setting that the server ships with as on is off for new sessions.

Why it matters: Somebody once forced one query into another plan. Every other query has lived with that since, without
index scans, hash joins or whatever it was, and nobody remembers why plans are so odd.

When it is harmless: For the time of an experiment, in one session.

How to fix it safely: Reset it and watch the slowest statements for a day. Look at the query it was meant for: stale or
missing statistics are the usual cause of a bad plan, and can be mended for that query alone.

How it is decided: The value the server ships with is on, the one that new sessions get is off. Methods that ship
switched off, as partitionwise joins do, do not count.

Known limits: A value that is bound to another database or role than those of this scan is left to
config/role_or_database_overrides.

Sources: https://www.postgresql.org/docs/current/runtime-config-query.html#RUNTIME-CONFIG-QUERY-ENABLE
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgSetting
from probes.check import Needs, Thresholds, check
from probes.checks._support.server_refs import setting_ref
from probes.checks._support.setting_rules import MANUAL, setting_remedy, value_of
from probes.finding import Observed, Severity


@check(
    title="Planner method switched off",
    severity=Severity.MEDIUM,
    needs=Needs(areas=(PgSetting,)),
    sources=(MANUAL + "runtime-config-query.html#RUNTIME-CONFIG-QUERY-ENABLE",),
)
def planner_method_disabled(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    """Yield each planner method that was switched off."""
    for setting in catalog.rows(PgSetting):
        ships_on = setting.name.startswith("enable_") and setting.boot_value == "on"
        if ships_on and value_of(setting) == "off":
            yield Observed(
                object=setting_ref(setting.name),
                message=f"{setting.name} is off: the planner avoids such plans for every query",
                evidence={"source": setting.source},
                remedy=setting_remedy(catalog, setting, None),
            )
