"""Statement statistics are not there.

What: pg_stat_statements is not loaded into the server, or not created in this database.

Why it matters: Without it nobody can say which statements the server spends its time on: tuning is guesswork, and half
of the checks of this kind say nothing.

When it is harmless: Another tool collects the same.

How to fix it safely: CREATE EXTENSION takes a moment and needs no restart where the library is loaded already. Loading
it does need one; it costs about a hundredth of the processor's time.

How it is decided: The list of preloaded libraries, and the extensions of this database. Statements that are there but
whose texts our role may not read are said to be unchecked by the checks that need them.

Known limits: It may be installed in another database of the same server, where it shows statements of this one too.

Sources: https://www.postgresql.org/docs/current/pgstatstatements.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import literal
from probes.catalog.rows import PgSetting
from probes.check import Needs, Thresholds, Unchecked, check
from probes.checks._support.server_refs import database_ref, setting_ref
from probes.checks._support.setting_rules import setting_remedy, value_of
from probes.finding import Fix, Observed, Severity

_LIBRARY = "pg_stat_statements"


@check(
    title="pg_stat_statements is missing",
    severity=Severity.MEDIUM,
    needs=Needs(areas=(PgSetting,)),
    sources=("https://www.postgresql.org/docs/current/pgstatstatements.html",),
)
def pg_stat_statements_missing(catalog: Catalog, _at: Thresholds) -> Iterator[Observed | Unchecked]:
    """Yield the step that is missing, of loading and creating."""
    setting = catalog.setting("shared_preload_libraries")
    if setting is None:
        need = f"GRANT pg_read_all_settings TO {catalog.server.role}"
        yield Unchecked(
            setting_ref("shared_preload_libraries"), "our role may not see which libraries are loaded", need
        )
        return
    libraries = [part.strip() for part in value_of(setting).split(",") if part.strip()]
    if not any(part.rpartition("/")[2] == _LIBRARY for part in libraries):
        wanted = ", ".join(literal(part).strip() for part in [*libraries, _LIBRARY])
        yield Observed(
            object=database_ref(catalog),
            message="pg_stat_statements is not loaded: the server does not count statements",
            evidence={"is_loaded": False},
            remedy=setting_remedy(catalog, setting, wanted),
            key=("loaded",),
        )
    elif catalog.server.statements_schema is None:
        yield Observed(
            object=database_ref(catalog),
            message=f"pg_stat_statements is loaded but not created in database {catalog.server.database}",
            evidence={"is_loaded": True},
            remedy=Fix(
                sql=("create extension pg_stat_statements",),
                changes=(
                    "pg_extension",
                    "pg_class",
                    "pg_attribute",
                    "pg_proc",
                    "pg_type",
                    "pg_depend",
                    "pg_rewrite",
                    "pg_description",
                ),
            ),
            key=("created",),
        )
