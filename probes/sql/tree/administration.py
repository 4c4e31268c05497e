"""Statements about privileges, roles, databases, tablespaces, replication and foreign servers."""

from __future__ import annotations

from probes.sql.tree.atoms import (
    AccessPriv,
    PublicationObject,
    RangeVar,
    RoleSpec,
    StatementNode,
)
from probes.sql.tree.enums import (
    DropBehavior,
    GrantTarget,
    ImportKind,
    ObjectType,
    PublicationAction,
    RoleStatementKind,
    SubscriptionAction,
)
from probes.sql.tree.parts import (
    DefElem,
    Item,
    VariableSet,
    names_in,
    only,
    options,
    relations,
    roles,
    values,
)


class Grant(
    StatementNode,
    frozen=True,
    kw_only=True,
    rename={
        "target": "targtype",
        "object_type": "objtype",
        "wire_objects": "objects",
        "wire_privileges": "privileges",
        "wire_grantees": "grantees",
    },
):
    """GRANT or REVOKE on objects."""

    is_grant: bool = False
    target: GrantTarget = GrantTarget.OBJECT
    object_type: ObjectType = ObjectType.TABLE
    wire_objects: tuple[Item, ...] = ()
    wire_privileges: tuple[Item, ...] = ()
    wire_grantees: tuple[Item, ...] = ()
    grant_option: bool = False
    behavior: DropBehavior = DropBehavior.RESTRICT

    @property
    def objects(self) -> tuple[object, ...]:
        """The objects in the order written."""
        return values(self.wire_objects)

    @property
    def privileges(self) -> tuple[AccessPriv, ...]:
        """Empty means ALL."""
        return only(self.wire_privileges, AccessPriv)

    @property
    def grantees(self) -> tuple[RoleSpec, ...]:
        """The grantees in the order written."""
        return roles(self.wire_grantees)

    @property
    def cascade(self) -> bool:
        """Whether CASCADE was written."""
        return self.behavior is DropBehavior.CASCADE


class GrantRole(
    StatementNode,
    frozen=True,
    kw_only=True,
    rename={
        "wire_roles": "granted_roles",
        "wire_grantees": "grantee_roles",
        "wire_options": "opt",
    },
):
    """GRANT or REVOKE of roles."""

    wire_roles: tuple[Item, ...] = ()
    wire_grantees: tuple[Item, ...] = ()
    is_grant: bool = False
    wire_options: tuple[Item, ...] = ()
    behavior: DropBehavior = DropBehavior.RESTRICT

    @property
    def roles(self) -> tuple[AccessPriv, ...]:
        """The roles in the order written."""
        return only(self.wire_roles, AccessPriv)

    @property
    def grantees(self) -> tuple[RoleSpec, ...]:
        """The grantees in the order written."""
        return roles(self.wire_grantees)

    @property
    def options(self) -> tuple[DefElem, ...]:
        """The options in the order written."""
        return options(self.wire_options)

    @property
    def cascade(self) -> bool:
        """Whether CASCADE was written."""
        return self.behavior is DropBehavior.CASCADE


class AlterDefaultPrivileges(StatementNode, frozen=True, kw_only=True, rename={"wire_options": "options"}):
    """ALTER DEFAULT PRIVILEGES."""

    wire_options: tuple[Item, ...] = ()
    action: Grant | None = None

    @property
    def options(self) -> tuple[DefElem, ...]:
        """The options in the order written."""
        return options(self.wire_options)


class CreateRole(
    StatementNode, frozen=True, kw_only=True, rename={"kind": "stmt_type", "name": "role", "wire_options": "options"}
):
    """CREATE ROLE, USER or GROUP."""

    kind: RoleStatementKind = RoleStatementKind.ROLE
    name: str = ""
    wire_options: tuple[Item, ...] = ()

    @property
    def options(self) -> tuple[DefElem, ...]:
        """The options in the order written."""
        return options(self.wire_options)


class AlterRole(StatementNode, frozen=True, kw_only=True, rename={"wire_options": "options"}):
    """ALTER ROLE."""

    role: RoleSpec | None = None
    wire_options: tuple[Item, ...] = ()
    action: int = 0

    @property
    def options(self) -> tuple[DefElem, ...]:
        """The options in the order written."""
        return options(self.wire_options)


class AlterRoleSet(StatementNode, frozen=True, kw_only=True, rename={"setting": "setstmt"}):
    """ALTER ROLE ... SET."""

    role: RoleSpec | None = None
    database: str | None = None
    setting: VariableSet | None = None


class DropRole(StatementNode, frozen=True, kw_only=True, rename={"wire_roles": "roles"}):
    """DROP ROLE."""

    wire_roles: tuple[Item, ...] = ()
    missing_ok: bool = False

    @property
    def roles(self) -> tuple[RoleSpec, ...]:
        """The roles in the order written."""
        return roles(self.wire_roles)


class DropOwned(StatementNode, frozen=True, kw_only=True, rename={"wire_roles": "roles"}):
    """DROP OWNED BY."""

    wire_roles: tuple[Item, ...] = ()
    behavior: DropBehavior = DropBehavior.RESTRICT

    @property
    def roles(self) -> tuple[RoleSpec, ...]:
        """The roles in the order written."""
        return roles(self.wire_roles)

    @property
    def cascade(self) -> bool:
        """Whether CASCADE was written."""
        return self.behavior is DropBehavior.CASCADE


class ReassignOwned(StatementNode, frozen=True, kw_only=True, rename={"wire_roles": "roles", "new_role": "newrole"}):
    """REASSIGN OWNED BY."""

    wire_roles: tuple[Item, ...] = ()
    new_role: RoleSpec | None = None

    @property
    def roles(self) -> tuple[RoleSpec, ...]:
        """The roles in the order written."""
        return roles(self.wire_roles)


class CreateDatabase(StatementNode, frozen=True, kw_only=True, rename={"name": "dbname", "wire_options": "options"}):
    """CREATE DATABASE."""

    name: str = ""
    wire_options: tuple[Item, ...] = ()

    @property
    def options(self) -> tuple[DefElem, ...]:
        """The options in the order written."""
        return options(self.wire_options)


class AlterDatabase(StatementNode, frozen=True, kw_only=True, rename={"name": "dbname", "wire_options": "options"}):
    """ALTER DATABASE with options."""

    name: str = ""
    wire_options: tuple[Item, ...] = ()

    @property
    def options(self) -> tuple[DefElem, ...]:
        """The options in the order written."""
        return options(self.wire_options)


class AlterDatabaseSet(StatementNode, frozen=True, kw_only=True, rename={"name": "dbname", "setting": "setstmt"}):
    """ALTER DATABASE ... SET."""

    name: str = ""
    setting: VariableSet | None = None


class AlterDatabaseRefresh(StatementNode, frozen=True, kw_only=True, rename={"name": "dbname"}):
    """ALTER DATABASE ... REFRESH COLLATION VERSION."""

    name: str = ""


class DropDatabase(StatementNode, frozen=True, kw_only=True, rename={"name": "dbname", "wire_options": "options"}):
    """DROP DATABASE."""

    name: str = ""
    missing_ok: bool = False
    wire_options: tuple[Item, ...] = ()

    @property
    def options(self) -> tuple[DefElem, ...]:
        """The options in the order written."""
        return options(self.wire_options)


class CreateTablespace(StatementNode, frozen=True, kw_only=True, rename={"name": "tablespacename"}):
    """CREATE TABLESPACE."""

    name: str = ""


class DropTablespace(StatementNode, frozen=True, kw_only=True, rename={"name": "tablespacename"}):
    """DROP TABLESPACE."""

    name: str = ""
    missing_ok: bool = False


class AlterTablespace(
    StatementNode,
    frozen=True,
    kw_only=True,
    rename={
        "name": "tablespacename",
        "wire_options": "options",
        "is_reset": "isReset",
    },
):
    """ALTER TABLESPACE ... SET or RESET."""

    name: str = ""
    wire_options: tuple[Item, ...] = ()
    is_reset: bool = False

    @property
    def options(self) -> tuple[DefElem, ...]:
        """The options in the order written."""
        return options(self.wire_options)


class CreatePublication(
    StatementNode,
    frozen=True,
    kw_only=True,
    rename={
        "name": "pubname",
        "wire_options": "options",
        "wire_objects": "pubobjects",
    },
):
    """CREATE PUBLICATION."""

    name: str = ""
    wire_options: tuple[Item, ...] = ()
    wire_objects: tuple[Item, ...] = ()
    for_all_tables: bool = False

    @property
    def options(self) -> tuple[DefElem, ...]:
        """The options in the order written."""
        return options(self.wire_options)

    @property
    def objects(self) -> tuple[PublicationObject, ...]:
        """The objects in the order written."""
        return only(self.wire_objects, PublicationObject)


class AlterPublication(
    StatementNode,
    frozen=True,
    kw_only=True,
    rename={
        "name": "pubname",
        "wire_options": "options",
        "wire_objects": "pubobjects",
    },
):
    """ALTER PUBLICATION."""

    name: str = ""
    wire_options: tuple[Item, ...] = ()
    wire_objects: tuple[Item, ...] = ()
    action: PublicationAction = PublicationAction.ADD_OBJECTS

    @property
    def options(self) -> tuple[DefElem, ...]:
        """The options in the order written."""
        return options(self.wire_options)

    @property
    def objects(self) -> tuple[PublicationObject, ...]:
        """The objects in the order written."""
        return only(self.wire_objects, PublicationObject)


class CreateSubscription(
    StatementNode,
    frozen=True,
    kw_only=True,
    rename={
        "name": "subname",
        "wire_publications": "publication",
        "wire_options": "options",
    },
):
    """CREATE SUBSCRIPTION."""

    name: str = ""
    wire_publications: tuple[Item, ...] = ()
    wire_options: tuple[Item, ...] = ()

    @property
    def publications(self) -> tuple[str, ...]:
        """The publications in the order written."""
        return names_in(self.wire_publications)

    @property
    def options(self) -> tuple[DefElem, ...]:
        """The options in the order written."""
        return options(self.wire_options)


class AlterSubscription(
    StatementNode,
    frozen=True,
    kw_only=True,
    rename={
        "name": "subname",
        "wire_publications": "publication",
        "wire_options": "options",
    },
):
    """ALTER SUBSCRIPTION."""

    name: str = ""
    kind: SubscriptionAction = SubscriptionAction.OPTIONS
    wire_publications: tuple[Item, ...] = ()
    wire_options: tuple[Item, ...] = ()

    @property
    def publications(self) -> tuple[str, ...]:
        """The publications in the order written."""
        return names_in(self.wire_publications)

    @property
    def options(self) -> tuple[DefElem, ...]:
        """The options in the order written."""
        return options(self.wire_options)


class DropSubscription(StatementNode, frozen=True, kw_only=True, rename={"name": "subname"}):
    """DROP SUBSCRIPTION."""

    name: str = ""
    missing_ok: bool = False


class CreateForeignDataWrapper(StatementNode, frozen=True, kw_only=True, rename={"name": "fdwname"}):
    """CREATE FOREIGN DATA WRAPPER."""

    name: str = ""


class AlterForeignDataWrapper(StatementNode, frozen=True, kw_only=True, rename={"name": "fdwname"}):
    """ALTER FOREIGN DATA WRAPPER."""

    name: str = ""


class CreateServer(StatementNode, frozen=True, kw_only=True, rename={"name": "servername", "wrapper": "fdwname"}):
    """CREATE SERVER."""

    name: str = ""
    wrapper: str = ""
    if_not_exists: bool = False


class AlterServer(StatementNode, frozen=True, kw_only=True, rename={"name": "servername"}):
    """ALTER SERVER."""

    name: str = ""


class CreateUserMapping(StatementNode, frozen=True, kw_only=True, rename={"server": "servername"}):
    """CREATE USER MAPPING."""

    user: RoleSpec | None = None
    server: str = ""
    if_not_exists: bool = False


class AlterUserMapping(StatementNode, frozen=True, kw_only=True, rename={"server": "servername"}):
    """ALTER USER MAPPING."""

    user: RoleSpec | None = None
    server: str = ""


class DropUserMapping(StatementNode, frozen=True, kw_only=True, rename={"server": "servername"}):
    """DROP USER MAPPING."""

    user: RoleSpec | None = None
    server: str = ""
    missing_ok: bool = False


class ImportForeignSchema(
    StatementNode,
    frozen=True,
    kw_only=True,
    rename={
        "server": "server_name",
        "kind": "list_type",
        "wire_tables": "table_list",
    },
):
    """IMPORT FOREIGN SCHEMA."""

    server: str = ""
    remote_schema: str = ""
    local_schema: str = ""
    kind: ImportKind = ImportKind.ALL
    wire_tables: tuple[Item, ...] = ()

    @property
    def tables(self) -> tuple[RangeVar, ...]:
        """The tables in the order written."""
        return relations(self.wire_tables)
