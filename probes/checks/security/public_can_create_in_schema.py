"""Schema in which everybody may create objects.

What: PUBLIC has CREATE on a schema.

Why it matters: Any role that can connect may put a function or a table there whose name is found before the right one,
and wait until somebody with more rights calls it by its short name. It also fills disks and confuses owners.

When it is harmless: Everybody who can connect is trusted with everything, as on a server of one developer.

How to fix it safely: Revoke the privilege. Objects that are already there stay, with their owners; look through them.
Roles that create there on purpose, such as the one that runs migrations, need a grant of their own first.

How it is decided: The schema's grants, or the default where it has none. Up to version 14 every new database gave
CREATE on the schema public to PUBLIC, and a database that was upgraded with pg_upgrade or restored still does. Schemas
of extensions and of platforms are left out.

Known limits: A role of which everybody was made a member comes to the same and is not recognised.

Sources: https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-PATTERNS
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.acl import PUBLIC, grants_of
from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.rows import PgClass, PgRole
from probes.check import Needs, Thresholds, check
from probes.checks._support.refs import SCOPE
from probes.checks._support.schemas import schemas_in_scope
from probes.finding import Fix, ObjectRef, Observed, Severity


@check(
    title="Everybody may create objects in a schema",
    severity=Severity.HIGH,
    needs=Needs(areas=(*SCOPE, PgRole)),
    sources=("https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-PATTERNS",),
)
def public_can_create_in_schema(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    """Yield each schema in scope with CREATE for PUBLIC."""
    for schema in schemas_in_scope(catalog):
        grants = grants_of(catalog, schema.acl, schema.owner, "n")
        if any(grant.grantee == PUBLIC and grant.privilege == "CREATE" for grant in grants):
            owners = {row.owner for row in catalog.grouped(PgClass, "namespace").get(schema.oid, ())} - {schema.owner}
            yield Observed(
                object=ObjectRef("schema", schema.name),
                message=f"everybody who can connect may create objects in schema {schema.name}",
                evidence={"owners_of_relations_beside_its_own": len(owners)},
                remedy=Fix(
                    sql=(f"revoke create on schema {quoted(schema.name)} from public",),
                    changes=("pg_namespace",),
                    note="Grant CREATE to the role that runs your migrations first, where it does not own the schema.",
                ),
            )
