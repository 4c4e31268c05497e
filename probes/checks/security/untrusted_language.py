"""Untrusted language within reach.

What: A language whose functions may do anything the server's own user can, such as plpython3u, is installed and
somebody beside superusers may use it, or it is there at all.

Why it matters: A function in it reads files, opens connections and starts programs. Only superusers may create such
functions, unless the privilege was granted; but those that exist can be called by whoever has EXECUTE.

When it is harmless: Reviewed functions need it.

How to fix it safely: Drop the language where no function uses it: DROP EXTENSION without CASCADE refuses otherwise.

How it is decided: Languages that are not trusted, apart from c and internal, which the server itself needs. It is
graver where USAGE is granted to somebody.

Known limits: What the functions do is not looked at.

Sources: https://www.postgresql.org/docs/current/sql-createlanguage.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.acl import grants_of
from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.rows import PgLanguage, PgRole
from probes.check import Needs, Thresholds, check
from probes.finding import Fix, ObjectRef, Observed, Severity

_SERVERS_OWN = frozenset({"c", "internal"})


@check(
    title="Untrusted procedural language",
    severity=Severity.LOW,
    needs=Needs(areas=(PgLanguage, PgRole)),
    sources=("https://www.postgresql.org/docs/current/sql-createlanguage.html",),
)
def untrusted_language(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    """Yield each untrusted language that somebody installed."""
    for row in catalog.rows(PgLanguage):
        if row.trusted or row.name in _SERVERS_OWN:
            continue
        grants = grants_of(catalog, row.acl, row.owner, "l") if row.acl else ()
        others = sorted({_name(catalog, one.grantee) for one in grants if one.grantee != row.owner})
        yield Observed(
            object=ObjectRef("language", row.name),
            message=f"language {row.name} lets its functions do whatever the server's own user may",
            evidence={"granted_to": tuple(others)},
            remedy=Fix(
                sql=(f"drop language {quoted(row.name)}",),
                changes=("pg_extension", "pg_proc", "pg_depend"),
                note="It refuses while a function uses the language. Where an extension brought it, drop that.",
            ),
            severity=Severity.HIGH if others else None,
        )


def _name(catalog: Catalog, oid: int) -> str:
    role = catalog.role(oid)
    return role.name if role else "PUBLIC"
