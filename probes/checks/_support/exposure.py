"""Which roles count as exposed, and what they can do: the question behind every check of row level security.

An exposed role is one that an attacker of the application would come as. Exposed are

- the roles that the user names as `application_roles`;
- `anon` and `authenticated`, where PostgREST or Supabase speak to the database through them;
- every other login role that is no superuser, does not bypass row level security and cannot become a role that does,
  replicates nothing and belongs to no administrator of a managed service.

PUBLIC is no role of its own: what it is granted, every exposed role has. A role has what it inherits and what it can
get by SET ROLE. Using an object takes USAGE on its schema as well. Grants on single columns count. What a role may do
as the owner of an object is left out, for the owner is not bound by policies: see security/owner_bypasses_rls.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from probes.catalog.acl import PUBLIC, grants_of
from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.navigation import Function, Relation, Role
from probes.catalog.rows import PgAttribute, PgAuthMembers, PgNamespace, PgRole, Row
from probes.check import Thresholds
from probes.checks._support.refs import SCOPE

EXPOSURE: tuple[type[Row], ...] = (*SCOPE, PgRole, PgAuthMembers, PgAttribute)
"""What judging exposure reads."""

READS_AND_WRITES = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"})
API_ROLES = frozenset({"anon", "authenticated"})
ADMINISTRATORS = frozenset(
    [
        "alloydbsuperuser",
        "azure_pg_admin",
        "cloudsqladmin",
        "cloudsqlsuperuser",
        "neon_superuser",
        "rds_superuser",
        "rdsadmin",
        "supabase_admin",
    ]
)
"""Roles by which managed services lend their customers some of a superuser's powers."""


class ExposureAt(Thresholds, frozen=True):
    """What the user may say about exposure."""

    application_roles: tuple[str, ...] = ()
    """Roles that the application or its users come as, beside those that are recognised."""


class Exposed(msgspec.Struct, frozen=True):
    """An exposed role: its name, the roles whose grants it can use (PUBLIC among them), and how it was recognised."""

    oid: int
    name: str
    holds: frozenset[int]
    is_named: bool
    """Named by the user or an API role, not merely a login role."""


Principals = Mapping[str, frozenset[str]]
"""Privileges by the name of the exposed role; `PUBLIC` where everybody has them."""


class Exposure:
    """Answers what exposed roles can do. Holds no catalog: objects bring their own."""

    __slots__ = ("_acls", "_column_acls", "_schemas", "roles")

    def __init__(self, catalog: Catalog, application_roles: Iterable[str] = ()) -> None:
        named = frozenset(application_roles)
        self.roles = tuple(_exposed_roles(catalog, named))
        self._acls: dict[tuple[tuple[str, ...] | None, int, str], Mapping[int, frozenset[str]]] = {}
        self._schemas = {row.oid: self._granted(catalog, row.acl, row.owner, "n") for row in catalog.rows(PgNamespace)}
        self._column_acls: dict[int, list[PgAttribute]] = {}
        for row in catalog.rows(PgAttribute):
            if row.acl:
                self._column_acls.setdefault(row.relation, []).append(row)

    def _granted(
        self, catalog: Catalog, acl: tuple[str, ...] | None, owner: int, kind: str
    ) -> Mapping[int, frozenset[str]]:
        """Privileges by grantee; parsed once for each distinct list, for a thousand tenants share one."""
        key = (acl, owner, kind)
        found = self._acls.get(key)
        if found is None:
            collected: dict[int, set[str]] = {}
            for grant in grants_of(catalog, acl, owner, kind):
                collected.setdefault(grant.grantee, set()).add(grant.privilege)
            found = self._acls[key] = {grantee: frozenset(held) for grantee, held in collected.items()}
        return found

    def may_enter(self, schema: int, role: Exposed) -> bool:
        """Whether the role has USAGE on the schema."""
        granted = self._schemas.get(schema, {})
        return any("USAGE" in granted.get(held, ()) for held in role.holds)

    def on(self, relation: Relation, privileges: frozenset[str] = READS_AND_WRITES) -> Principals:
        """Which of these privileges exposed roles have on a relation or on some of its columns."""
        row = relation.row
        granted = self._granted(relation.catalog, row.acl, row.owner, "S" if row.kind == "S" else "r")
        columns = self._column_acls.get(row.oid)
        if columns is None and granted.keys() <= {row.owner}:
            return {}
        everything = [granted]
        everything += [self._granted(relation.catalog, column.acl, row.owner, "c") for column in columns or ()]
        return self._held(row.namespace, row.owner, everything, privileges)

    def on_columns(self, relation: Relation, privilege: str = "SELECT") -> Mapping[int, Principals]:
        """Columns, by number, that exposed roles reach with a privilege, each with who does."""
        row = relation.row
        granted = self._granted(relation.catalog, row.acl, row.owner, "r")
        own = {column.number: column.acl for column in self._column_acls.get(row.oid, ())}
        found: dict[int, Principals] = {}
        for column in relation.columns:
            acl = own.get(column.row.number)
            everything = [granted, self._granted(relation.catalog, acl, row.owner, "c")] if acl else [granted]
            held = self._held(row.namespace, row.owner, everything, frozenset({privilege}))
            if held:
                found[column.row.number] = held
        return found

    def on_function(self, function: Function) -> Principals:
        """Which exposed roles may execute a function."""
        row = function.row
        granted = self._granted(function.catalog, row.acl, row.owner, "f")
        return self._held(row.namespace, row.owner, [granted], frozenset({"EXECUTE"}))

    def _held(
        self,
        schema: int,
        owner: int,
        everything: list[Mapping[int, frozenset[str]]],
        privileges: frozenset[str],
    ) -> Principals:
        found: dict[str, frozenset[str]] = {}
        to_all = _union(granted.get(PUBLIC, frozenset()) for granted in everything) & privileges
        if to_all and self.is_reachable(schema):
            found["PUBLIC"] = to_all
        for role in self.roles:
            if owner in role.holds or not self.may_enter(schema, role):
                continue
            held = _union(granted.get(oid, frozenset()) for granted in everything for oid in role.holds) & privileges
            if held - to_all:
                found[role.name] = held
        return found

    def is_reachable(self, schema: int) -> bool:
        """Whether PUBLIC or an exposed role may use the schema at all."""
        return "USAGE" in self._schemas.get(schema, {}).get(PUBLIC, ()) or any(
            self.may_enter(schema, role) for role in self.roles
        )

    def covers(self, role_oids: Iterable[int]) -> bool:
        """Whether a policy for these roles (0 is PUBLIC) applies to an exposed role, or to everybody."""
        wanted = set(role_oids)
        return PUBLIC in wanted or any(wanted & role.holds for role in self.roles)

    def bound_by(self, role_oids: Iterable[int], relation: Relation, privilege: str) -> tuple[str, ...]:
        """Exposed roles (and `PUBLIC`) that a policy for these roles applies to and that have the privilege."""
        wanted = set(role_oids)
        holders = self.on(relation, frozenset({privilege}))
        found = [role.name for role in self.roles if role.name in holders and wanted & role.holds]
        if "PUBLIC" in holders:
            found += ["PUBLIC"] if PUBLIC in wanted else [role.name for role in self.roles if wanted & role.holds]
        return tuple(dict.fromkeys(found))

    def is_named(self, principals: Iterable[str]) -> bool:
        """Whether PUBLIC, an API role or a role the user named is among them."""
        named = {role.name for role in self.roles if role.is_named}
        return any(name == "PUBLIC" or name in named for name in principals)


def exposure_of(catalog: Catalog, at: ExposureAt) -> Exposure:
    """The exposure of a picture; worked out once, however many checks ask."""
    roles = tuple(sorted({*at.application_roles, *catalog.scope.application_roles}))
    return catalog.derived(("exposure", roles), EXPOSURE, lambda: Exposure(catalog, roles))


def as_text(principals: Principals) -> str:
    """`PUBLIC, app_user and 3 more`, for a message."""
    names = sorted(principals, key=lambda name: (name != "PUBLIC", name))
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)


def _exposed_roles(catalog: Catalog, named: frozenset[str]) -> Iterator[Exposed]:
    roles = {role.oid: role for role in catalog.roles}
    has_api = any(role.name == "authenticator" for role in roles.values())
    for role in roles.values():
        holds = role.inherited | role.reachable
        is_named = role.name in named or (has_api and role.name in API_ROLES)
        if is_named or _is_ordinary_login(role, [roles[oid] for oid in holds if oid in roles]):
            yield Exposed(role.oid, role.name, holds | {PUBLIC}, is_named)


def _is_ordinary_login(role: Role, held: list[Role]) -> bool:
    if not role.row.can_login:
        return False
    return not any(
        one.row.superuser or one.row.bypass_rls or one.row.replication or one.name in ADMINISTRATORS for one in held
    )


def rls_is_in_use(catalog: Catalog) -> bool:
    """Whether any table in scope has row level security: then it is what keeps this database's users apart."""
    return any(table.row.row_security for table in catalog.tables)


def exposed_grantees(exposure: Exposure, relation: Relation, privileges: frozenset[str]) -> dict[int, frozenset[str]]:
    """Grantees (0 is PUBLIC) on the relation as a whole from whom exposed roles have these privileges."""
    holders = frozenset({PUBLIC}).union(*(role.holds for role in exposure.roles))
    found: dict[int, set[str]] = {}
    for grant in relation.grants:
        if grant.grantee in holders and grant.grantee != relation.row.owner and grant.privilege in privileges:
            found.setdefault(grant.grantee, set()).add(grant.privilege)
    return {grantee: frozenset(held) for grantee, held in found.items()}


def revocations(exposure: Exposure, relation: Relation, privileges: frozenset[str]) -> tuple[str, ...]:
    """Statements that take the privileges on a relation and its columns from the grantees that exposed roles hold."""
    found: list[str] = []
    for grantee, held in sorted(exposed_grantees(exposure, relation, privileges).items()):
        found.append(f"revoke {_listed(held)} on {relation.sql} from {grantee_sql(relation.catalog, grantee)}")
    holders = frozenset({PUBLIC}).union(*(role.holds for role in exposure.roles))
    for column in relation.columns:
        for grant in grants_of(relation.catalog, column.row.acl or (), relation.row.owner, "c"):
            if grant.grantee in holders and grant.privilege in privileges:
                name = grantee_sql(relation.catalog, grant.grantee)
                found.append(f"revoke {grant.privilege.lower()} ({quoted(column.name)}) on {relation.sql} from {name}")
    return tuple(found)


def grantee_sql(catalog: Catalog, grantee: int) -> str:
    """A grantee as REVOKE takes it."""
    role = catalog.role(grantee)
    return quoted(role.name) if role else "public"


def _listed(privileges: frozenset[str]) -> str:
    return ", ".join(sorted(privilege.lower() for privilege in privileges))
