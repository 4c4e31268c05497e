"""SECURITY DEFINER function with a search_path that others can get into.

What: A function that runs with its owner's rights sets a search_path, but one that names a schema in which others may
create objects, or one that does not put pg_temp last.

Why it matters: The caller makes a table, view, operator or function of the name that the body uses without a schema,
and the function takes it, with its owner's rights. Temporary objects are searched first unless pg_temp is named, and
everybody may create those as a rule.

When it is harmless: Every name in the body, operators included, is written with its schema.

How to fix it safely: Set a path of schemas where only trusted roles create, with pg_temp at the end. What the body
took from a schema that falls away must be written with its schema from then on; read the body first. The change
applies to the next call.

How it is decided: Schemas of the path are asked for CREATE by PUBLIC or by a role that is no superuser and cannot
become the function's owner. An empty path is accepted, for it leaves the body no unqualified name of yours to find.
Bodies of BEGIN ATOMIC were bound when they were made; compiled languages look nothing up by this path. Without a path
of its own a function is reported as security/function_search_path_mutable instead. It is worse where an exposed role
may execute it.

Known limits: The body is not read: whether a name in it can really be captured is not proved.

Sources: https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.navigation import Function
from probes.catalog.rows import PgProc, PgType
from probes.check import Needs, check
from probes.checks._support.exposure import EXPOSURE, ExposureAt, Principals, exposure_of
from probes.checks._support.functions import function_key, function_ref, is_bound_late
from probes.checks._support.search_paths import creators, fixed_path
from probes.finding import Fix, Observed, Severity


@check(
    title="SECURITY DEFINER function with an unsafe search_path",
    severity=Severity.HIGH,
    needs=Needs(areas=(*EXPOSURE, PgProc, PgType)),
    thresholds=ExposureAt,
    sources=("https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY",),
)
def definer_path_unsafe(catalog: Catalog, at: ExposureAt) -> Iterator[Observed]:
    """Yield each definer function whose own search_path others can get into."""
    exposure = exposure_of(catalog, at)
    for function in catalog.functions:
        path = fixed_path(function)
        if not function.row.security_definer or not path or not is_bound_late(function):
            continue
        open_schemas = {schema: found for schema in path if (found := sorted(_intruders(function, schema)))}
        temporary_first = path[-1] != "pg_temp"
        if open_schemas or temporary_first:
            yield _observed(function, path, open_schemas, exposure.on_function(function))


def _intruders(function: Function, schema: str) -> Iterator[str]:
    if schema in {"pg_temp", "$user"}:
        return
    yield from creators(function.catalog, schema, function.row.owner)


def _observed(
    function: Function, path: tuple[str, ...], open_schemas: dict[str, list[str]], callers: Principals
) -> Observed:
    trusted = [schema for schema in path if schema not in open_schemas and schema != "pg_temp"]
    kept = ", ".join(map(quoted, trusted)) or "pg_catalog"
    if open_schemas:
        schema, names = next(iter(open_schemas.items()))
        reason = f"{', '.join(names[:3])} may create in {schema}"
    else:
        reason = "pg_temp is not last, so temporary objects come first"
    owner = function.owner.name if function.owner else "its owner"
    return Observed(
        object=function_ref(function),
        message=f"{function.noun} {function.schema}.{function.name} runs as {owner} and can be led astray: {reason}",
        evidence={
            "search_path": path,
            "schemas_others_create_in": tuple(open_schemas),
            "pg_temp_is_last": path[-1] == "pg_temp",
            "executable_by": tuple(sorted(callers)),
        },
        remedy=Fix(
            sql=(f"alter {function.noun} {function.signature} set search_path = {kept}, pg_temp",),
            changes=("pg_proc",),
            note="Write names that the body took from another schema with their schema first."
            if open_schemas
            else None,
        ),
        severity=None if callers else Severity.MEDIUM,
        key=function_key(function),
    )
