"""Schema that a superuser owns, with tables of another role in it.

What: A schema belongs to a superuser or to a predefined role, while its tables belong to the application's owner.

Why it matters: The role that runs migrations cannot drop, rename or grant the schema, so a superuser's password ends
up in the deployment. Whoever owns the schema may also drop every object in it.

When it is harmless: Administrators create schemas and hand out only what is in them, on purpose.

How to fix it safely: Give the schema to the role that owns its tables. Grants stay as they are.

How it is decided: The schema's owner is a superuser or predefined, and most of the relations in it belong to one other
role that is neither. The schema public is left out: from 14 on it belongs to whoever owns the database.

Known limits: Schemas whose tables belong to the superuser as well are not reported; their trouble is another one.

Sources: https://www.postgresql.org/docs/current/ddl-schemas.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.navigation import Role
from probes.catalog.rows import PgRole
from probes.check import Needs, Thresholds, check
from probes.checks._support.refs import SCOPE
from probes.checks._support.schemas import schemas_in_scope
from probes.finding import Fix, ObjectRef, Observed, Severity


@check(
    title="Schema of a superuser with tables of another role",
    severity=Severity.LOW,
    needs=Needs(areas=(*SCOPE, PgRole)),
    sources=("https://www.postgresql.org/docs/current/ddl-schemas.html",),
)
def schema_owned_by_superuser(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    """Yield each schema whose owner is mightier than that of its tables."""
    owners: dict[int, Counter[int]] = {}
    for row in catalog.relations_in_scope:
        owners.setdefault(row.namespace, Counter())[row.owner] += 1
    for schema in schemas_in_scope(catalog):
        owner = catalog.role(schema.owner)
        counted = owners.get(schema.oid)
        if schema.name == "public" or not counted or not owner or not _is_mighty(owner):
            continue
        oid, relations = counted.most_common(1)[0]
        heir = catalog.role(oid)
        if heir and not _is_mighty(heir):
            yield Observed(
                object=ObjectRef("schema", schema.name),
                message=f"schema {schema.name} belongs to {owner.name}, but its tables to {heir.name}",
                evidence={"owner": owner.name, "relations_owner": heir.name, "relations": relations},
                remedy=Fix(
                    sql=(f"alter schema {quoted(schema.name)} owner to {quoted(heir.name)}",), changes=("pg_namespace",)
                ),
            )


def _is_mighty(role: Role) -> bool:
    return role.row.superuser or role.is_predefined
