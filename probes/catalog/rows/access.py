"""Rows about who may do what: roles, memberships, settings bound to them, default privileges, client authentication."""

from __future__ import annotations

from typing import ClassVar

from probes.catalog.rows.base import StateRow, StructureRow


class PgRole(StructureRow, frozen=True, gc=False, array_like=True):
    """A role. Times are seconds since 1970. Of a password only its kind is read, and only where we may."""

    area: ClassVar[str] = "pg_roles"
    oid: int
    name: str
    superuser: bool
    inherit: bool
    create_role: bool
    create_database: bool
    can_login: bool
    replication: bool
    bypass_rls: bool
    connection_limit: int
    valid_until: float | None
    password_kind: str | None
    """none, md5, scram-sha-256 or other; None where only a superuser could tell."""
    scram_iterations: int | None


class PgAuthMembers(StructureRow, frozen=True, gc=False, array_like=True):
    """`member` is a member of `role`. Before 16 `inherit` is the member's own attribute and `may_set` is true."""

    area: ClassVar[str] = "pg_auth_members"
    role: int
    member: int
    admin: bool
    inherit: bool
    may_set: bool


class PgDbRoleSetting(StructureRow, frozen=True, gc=False, array_like=True):
    """Settings bound to a database, a role, or both (0 means any).

    Values of custom parameters (a dot in the name) are masked unless they belong to a known extension: people keep
    keys there.
    """

    area: ClassVar[str] = "pg_db_role_setting"
    database: int
    role: int
    settings: tuple[str, ...]


class PgDefaultAcl(StructureRow, frozen=True, gc=False, array_like=True):
    """Privileges that new objects of a role will get; namespace 0 means every schema."""

    area: ClassVar[str] = "pg_default_acl"
    oid: int
    role: int
    namespace: int
    object_kind: str
    acl: tuple[str, ...]


class PgHbaRule(StateRow, frozen=True, gc=False, array_like=True):
    """A line of pg_hba.conf as the server reads it now; `error` is set where it cannot."""

    area: ClassVar[str] = "pg_hba_file_rules"
    file_name: str
    line: int
    type: str | None
    databases: tuple[str, ...]
    users: tuple[str, ...]
    address: str | None
    netmask: str | None
    method: str | None
    option_names: tuple[str, ...]
    """Names of the options only: values of LDAP and RADIUS options hold secrets."""
    error: str | None
