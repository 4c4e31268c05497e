"""Statements about types, schemas, extensions and the rest of the schema objects."""

from __future__ import annotations

from probes.sql.tree.atoms import (
    NOTHING,
    CollateClause,
    RangeVar,
    RoleSpec,
    Source,
    StatementNode,
)
from probes.sql.tree.enums import (
    DropBehavior,
    ObjectType,
)
from probes.sql.tree.parts import (
    ColumnDef,
    Constraint,
    DefElem,
    Item,
    ObjectWithArgs,
    OpClassItem,
    TypeName,
    decode_item,
    names_in,
    only,
    options,
)


class CreateDomain(
    StatementNode,
    frozen=True,
    kw_only=True,
    rename={
        "wire_name": "domainname",
        "type": "typeName",
        "collation": "collClause",
        "wire_constraints": "constraints",
    },
):
    """CREATE DOMAIN."""

    wire_name: tuple[Item, ...] = ()
    type: TypeName | None = None
    collation: CollateClause | None = None
    wire_constraints: tuple[Item, ...] = ()

    @property
    def name(self) -> tuple[str, ...]:
        """The name in parts."""
        return names_in(self.wire_name)

    @property
    def constraints(self) -> tuple[Constraint, ...]:
        """The constraints in the order written."""
        return only(self.wire_constraints, Constraint)


class AlterDomain(
    StatementNode,
    frozen=True,
    kw_only=True,
    rename={
        "action": "subtype",
        "wire_name": "typeName",
        "constraint_name": "name",
        "wire_definition": "def",
    },
):
    """ALTER DOMAIN."""

    action: str = "T"
    """T default, N drop not null, O set not null, C add constraint, X drop constraint, V validate."""
    wire_name: tuple[Item, ...] = ()
    constraint_name: str | None = None
    wire_definition: Source = NOTHING
    behavior: DropBehavior = DropBehavior.RESTRICT
    missing_ok: bool = False

    @property
    def name(self) -> tuple[str, ...]:
        """The name in parts."""
        return names_in(self.wire_name)

    @property
    def cascade(self) -> bool:
        """Whether CASCADE was written."""
        return self.behavior is DropBehavior.CASCADE

    @property
    def definition(self) -> object:
        """The constraint added; the default is ``wire_definition`` itself."""
        return decode_item(self.wire_definition)


class CreateEnum(StatementNode, frozen=True, kw_only=True, rename={"wire_name": "typeName", "wire_labels": "vals"}):
    """CREATE TYPE ... AS ENUM."""

    wire_name: tuple[Item, ...] = ()
    wire_labels: tuple[Item, ...] = ()

    @property
    def name(self) -> tuple[str, ...]:
        """The name in parts."""
        return names_in(self.wire_name)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels in the order written."""
        return names_in(self.wire_labels)


class AlterEnum(
    StatementNode,
    frozen=True,
    kw_only=True,
    rename={
        "wire_name": "typeName",
        "old_value": "oldVal",
        "new_value": "newVal",
        "neighbor": "newValNeighbor",
        "is_after": "newValIsAfter",
        "if_not_exists": "skipIfNewValExists",
    },
):
    """ALTER TYPE ... ADD VALUE or RENAME VALUE."""

    wire_name: tuple[Item, ...] = ()
    old_value: str | None = None
    """Set when a value is renamed."""
    new_value: str | None = None
    neighbor: str | None = None
    is_after: bool = False
    if_not_exists: bool = False

    @property
    def name(self) -> tuple[str, ...]:
        """The name in parts."""
        return names_in(self.wire_name)


class CreateCompositeType(
    StatementNode, frozen=True, kw_only=True, rename={"relation": "typevar", "wire_columns": "coldeflist"}
):
    """CREATE TYPE ... AS (...)."""

    relation: RangeVar
    wire_columns: tuple[Item, ...] = ()

    @property
    def columns(self) -> tuple[ColumnDef, ...]:
        """The columns in the order written."""
        return only(self.wire_columns, ColumnDef)


class CreateRangeType(
    StatementNode, frozen=True, kw_only=True, rename={"wire_name": "typeName", "wire_options": "params"}
):
    """CREATE TYPE ... AS RANGE."""

    wire_name: tuple[Item, ...] = ()
    wire_options: tuple[Item, ...] = ()

    @property
    def name(self) -> tuple[str, ...]:
        """The name in parts."""
        return names_in(self.wire_name)

    @property
    def options(self) -> tuple[DefElem, ...]:
        """The options in the order written."""
        return options(self.wire_options)


class AlterType(StatementNode, frozen=True, kw_only=True, rename={"wire_name": "typeName", "wire_options": "options"}):
    """ALTER TYPE ... SET (...)."""

    wire_name: tuple[Item, ...] = ()
    wire_options: tuple[Item, ...] = ()

    @property
    def name(self) -> tuple[str, ...]:
        """The name in parts."""
        return names_in(self.wire_name)

    @property
    def options(self) -> tuple[DefElem, ...]:
        """The options in the order written."""
        return options(self.wire_options)


class Define(
    StatementNode,
    frozen=True,
    kw_only=True,
    rename={"object_type": "kind", "wire_name": "defnames", "wire_options": "definition"},
):
    """CREATE AGGREGATE, OPERATOR, TYPE (base or shell), COLLATION or TEXT SEARCH object."""

    object_type: ObjectType = ObjectType.AGGREGATE
    wire_name: tuple[Item, ...] = ()
    wire_options: tuple[Item, ...] = ()
    if_not_exists: bool = False
    replace: bool = False

    @property
    def name(self) -> tuple[str, ...]:
        """The name in parts."""
        return names_in(self.wire_name)

    @property
    def options(self) -> tuple[DefElem, ...]:
        """The options in the order written."""
        return options(self.wire_options)


class CreateSchema(
    StatementNode,
    frozen=True,
    kw_only=True,
    rename={"name": "schemaname", "owner": "authrole", "elements": "schemaElts"},
):
    """CREATE SCHEMA."""

    name: str | None = None
    owner: RoleSpec | None = None
    elements: tuple[Source, ...] = ()
    """The statements written inside it: see ``decode.statements_in``."""
    if_not_exists: bool = False


class CreateExtension(StatementNode, frozen=True, kw_only=True, rename={"name": "extname", "wire_options": "options"}):
    """CREATE EXTENSION."""

    name: str = ""
    wire_options: tuple[Item, ...] = ()
    if_not_exists: bool = False

    @property
    def options(self) -> tuple[DefElem, ...]:
        """The options in the order written."""
        return options(self.wire_options)


class AlterExtension(StatementNode, frozen=True, kw_only=True, rename={"name": "extname", "wire_options": "options"}):
    """ALTER EXTENSION UPDATE."""

    name: str = ""
    wire_options: tuple[Item, ...] = ()

    @property
    def options(self) -> tuple[DefElem, ...]:
        """The options in the order written."""
        return options(self.wire_options)


class AlterExtensionContents(
    StatementNode,
    frozen=True,
    kw_only=True,
    rename={
        "name": "extname",
        "object_type": "objtype",
        "wire_object": "object",
    },
):
    """ALTER EXTENSION ADD or DROP."""

    name: str = ""
    action: int = 0
    """1 adds, -1 drops."""
    object_type: ObjectType = ObjectType.TABLE
    wire_object: Item | None = None

    @property
    def object(self) -> object:
        """The object's name as str, tuple of parts, TypeName or ObjectWithArgs; None when ``relation`` names it."""
        return None if self.wire_object is None else self.wire_object.value


class Comment(StatementNode, frozen=True, kw_only=True, rename={"object_type": "objtype", "wire_object": "object"}):
    """COMMENT ON."""

    object_type: ObjectType = ObjectType.TABLE
    wire_object: Item | None = None
    comment: str | None = None
    """None removes it."""

    @property
    def object(self) -> object:
        """The object's name as str, tuple of parts, TypeName or ObjectWithArgs; None when ``relation`` names it."""
        return None if self.wire_object is None else self.wire_object.value


class SecurityLabel(
    StatementNode, frozen=True, kw_only=True, rename={"object_type": "objtype", "wire_object": "object"}
):
    """SECURITY LABEL."""

    object_type: ObjectType = ObjectType.TABLE
    wire_object: Item | None = None
    provider: str | None = None

    @property
    def object(self) -> object:
        """The object's name as str, tuple of parts, TypeName or ObjectWithArgs; None when ``relation`` names it."""
        return None if self.wire_object is None else self.wire_object.value


class CreateEventTrigger(
    StatementNode,
    frozen=True,
    kw_only=True,
    rename={"name": "trigname", "event": "eventname", "wire_function": "funcname"},
):
    """CREATE EVENT TRIGGER."""

    name: str = ""
    event: str = ""
    wire_function: tuple[Item, ...] = ()

    @property
    def function(self) -> tuple[str, ...]:
        """The function in the order written."""
        return names_in(self.wire_function)


class AlterEventTrigger(StatementNode, frozen=True, kw_only=True, rename={"name": "trigname", "enabled": "tgenabled"}):
    """ALTER EVENT TRIGGER."""

    name: str = ""
    enabled: str = "O"


class CreateCast(
    StatementNode,
    frozen=True,
    kw_only=True,
    rename={"from_type": "sourcetype", "to_type": "targettype", "function": "func"},
):
    """CREATE CAST."""

    from_type: TypeName | None = None
    to_type: TypeName | None = None
    function: ObjectWithArgs | None = None
    inout: bool = False


class CreateTransform(StatementNode, frozen=True, kw_only=True, rename={"type": "type_name", "language": "lang"}):
    """CREATE TRANSFORM."""

    type: TypeName | None = None
    language: str = ""
    replace: bool = False


class CreateConversion(
    StatementNode, frozen=True, kw_only=True, rename={"wire_name": "conversion_name", "wire_function": "func_name"}
):
    """CREATE CONVERSION."""

    wire_name: tuple[Item, ...] = ()
    wire_function: tuple[Item, ...] = ()

    @property
    def name(self) -> tuple[str, ...]:
        """The name in parts."""
        return names_in(self.wire_name)

    @property
    def function(self) -> tuple[str, ...]:
        """The function in the order written."""
        return names_in(self.wire_function)


class CreateLanguage(StatementNode, frozen=True, kw_only=True, rename={"name": "plname", "trusted": "pltrusted"}):
    """CREATE LANGUAGE."""

    name: str = ""
    trusted: bool = False
    replace: bool = False


class CreateAccessMethod(
    StatementNode, frozen=True, kw_only=True, rename={"name": "amname", "wire_handler": "handler_name"}
):
    """CREATE ACCESS METHOD."""

    name: str = ""
    wire_handler: tuple[Item, ...] = ()

    @property
    def handler(self) -> tuple[str, ...]:
        """The handler in the order written."""
        return names_in(self.wire_handler)


class CreateOperatorClass(
    StatementNode,
    frozen=True,
    kw_only=True,
    rename={
        "wire_name": "opclassname",
        "wire_family": "opfamilyname",
        "access_method": "amname",
        "type": "datatype",
        "wire_items": "items",
        "is_default": "isDefault",
    },
):
    """CREATE OPERATOR CLASS."""

    wire_name: tuple[Item, ...] = ()
    wire_family: tuple[Item, ...] = ()
    access_method: str = ""
    type: TypeName | None = None
    wire_items: tuple[Item, ...] = ()
    is_default: bool = False

    @property
    def name(self) -> tuple[str, ...]:
        """The name in parts."""
        return names_in(self.wire_name)

    @property
    def family(self) -> tuple[str, ...]:
        """The family in the order written."""
        return names_in(self.wire_family)

    @property
    def items(self) -> tuple[OpClassItem, ...]:
        """The items in the order written."""
        return only(self.wire_items, OpClassItem)


class CreateOperatorFamily(
    StatementNode, frozen=True, kw_only=True, rename={"wire_name": "opfamilyname", "access_method": "amname"}
):
    """CREATE OPERATOR FAMILY."""

    wire_name: tuple[Item, ...] = ()
    access_method: str = ""

    @property
    def name(self) -> tuple[str, ...]:
        """The name in parts."""
        return names_in(self.wire_name)


class AlterOperatorFamily(
    StatementNode,
    frozen=True,
    kw_only=True,
    rename={
        "wire_name": "opfamilyname",
        "access_method": "amname",
        "is_drop": "isDrop",
        "wire_items": "items",
    },
):
    """ALTER OPERATOR FAMILY."""

    wire_name: tuple[Item, ...] = ()
    access_method: str = ""
    is_drop: bool = False
    wire_items: tuple[Item, ...] = ()

    @property
    def name(self) -> tuple[str, ...]:
        """The name in parts."""
        return names_in(self.wire_name)

    @property
    def items(self) -> tuple[OpClassItem, ...]:
        """The items in the order written."""
        return only(self.wire_items, OpClassItem)


class AlterOperator(
    StatementNode, frozen=True, kw_only=True, rename={"operator": "opername", "wire_options": "options"}
):
    """ALTER OPERATOR."""

    operator: ObjectWithArgs | None = None
    wire_options: tuple[Item, ...] = ()

    @property
    def options(self) -> tuple[DefElem, ...]:
        """The options in the order written."""
        return options(self.wire_options)


class AlterCollation(StatementNode, frozen=True, kw_only=True, rename={"wire_name": "collname"}):
    """ALTER COLLATION REFRESH VERSION."""

    wire_name: tuple[Item, ...] = ()

    @property
    def name(self) -> tuple[str, ...]:
        """The name in parts."""
        return names_in(self.wire_name)


class AlterTextSearchConfiguration(
    StatementNode, frozen=True, kw_only=True, rename={"wire_name": "cfgname", "wire_token_types": "tokentype"}
):
    """ALTER TEXT SEARCH CONFIGURATION."""

    wire_name: tuple[Item, ...] = ()
    wire_token_types: tuple[Item, ...] = ()

    @property
    def name(self) -> tuple[str, ...]:
        """The name in parts."""
        return names_in(self.wire_name)

    @property
    def token_types(self) -> tuple[str, ...]:
        """The token types in the order written."""
        return names_in(self.wire_token_types)


class AlterTextSearchDictionary(
    StatementNode, frozen=True, kw_only=True, rename={"wire_name": "dictname", "wire_options": "options"}
):
    """ALTER TEXT SEARCH DICTIONARY."""

    wire_name: tuple[Item, ...] = ()
    wire_options: tuple[Item, ...] = ()

    @property
    def name(self) -> tuple[str, ...]:
        """The name in parts."""
        return names_in(self.wire_name)

    @property
    def options(self) -> tuple[DefElem, ...]:
        """The options in the order written."""
        return options(self.wire_options)
