"""Statements about tables and their indexes."""

from __future__ import annotations

import msgspec

from probes.sql.tree.atoms import (
    NOTHING,
    Node,
    PartitionBound,
    RangeVar,
    RoleSpec,
    Source,
    StatementNode,
    StatsElem,
    StringItem,
    strings,
)
from probes.sql.tree.enums import (
    AlterTableType,
    DropBehavior,
    ObjectType,
    OnCommit,
)
from probes.sql.tree.parts import (
    DefElem,
    IndexElem,
    Item,
    PartitionSpec,
    TypeName,
    decode_item,
    decode_table_elements,
    names_in,
    only,
    options,
    packed,
    relations,
    roles,
    values,
)


class AlterTableCommand(
    Node,
    frozen=True,
    kw_only=True,
    rename={"kind": "subtype", "new_owner": "newowner", "wire_definition": "def", "number": "num"},
):
    """One subcommand of ALTER TABLE."""

    kind: AlterTableType
    name: str | None = None
    """The column, constraint, trigger, rule, index, tablespace or access method it is about."""
    number: int = 0
    """A column by number (expression index columns in ALTER INDEX)."""
    new_owner: RoleSpec | None = None
    wire_definition: Source = NOTHING
    behavior: DropBehavior = DropBehavior.RESTRICT
    missing_ok: bool = False
    recurse: bool = False

    @property
    def definition(self) -> object:
        """What follows: ColumnDef, Constraint, PartitionCmd, RangeVar, a tuple of DefElem ...; decoded at each call."""
        return decode_item(self.wire_definition)

    @property
    def expression(self) -> Source:
        """The value of SET DEFAULT (empty for DROP DEFAULT) or SET EXPRESSION."""
        return self.wire_definition

    @property
    def cascade(self) -> bool:
        """Whether CASCADE was written."""
        return self.behavior is DropBehavior.CASCADE


class _CommandItem(Node, frozen=True, kw_only=True):
    AlterTableCmd: AlterTableCommand


class Into(
    Node,
    frozen=True,
    kw_only=True,
    rename={
        "relation": "rel",
        "wire_columns": "colNames",
        "access_method": "accessMethod",
        "wire_options": "options",
        "on_commit": "onCommit",
        "tablespace": "tableSpaceName",
        "skip_data": "skipData",
    },
):
    """The table that CREATE TABLE AS, SELECT INTO or CREATE MATERIALIZED VIEW makes."""

    relation: RangeVar
    wire_columns: tuple[StringItem, ...] = ()
    access_method: str | None = None
    wire_options: tuple[Item, ...] = ()
    on_commit: OnCommit = OnCommit.NOOP
    tablespace: str | None = None
    skip_data: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names given to it."""
        return strings(self.wire_columns)

    @property
    def options(self) -> tuple[DefElem, ...]:
        """Storage parameters."""
        return options(self.wire_options)


class AlterTable(StatementNode, frozen=True, kw_only=True, rename={"wire_commands": "cmds", "object_type": "objtype"}):
    """ALTER TABLE, and the same subcommands on views, indexes, sequences, types and foreign tables."""

    relation: RangeVar
    wire_commands: tuple[_CommandItem, ...] = ()
    object_type: ObjectType = ObjectType.TABLE
    missing_ok: bool = False

    @property
    def commands(self) -> tuple[AlterTableCommand, ...]:
        """The subcommands in the order written."""
        return tuple([item.AlterTableCmd for item in self.wire_commands])


class CreateTable(
    StatementNode,
    frozen=True,
    kw_only=True,
    rename={
        "wire_elements": "tableElts",
        "wire_inherits": "inhRelations",
        "bound": "partbound",
        "partition_by": "partspec",
        "of_type": "ofTypename",
        "wire_options": "options",
        "on_commit": "oncommit",
        "tablespace": "tablespacename",
        "access_method": "accessMethod",
    },
):
    """CREATE TABLE."""

    relation: RangeVar
    wire_elements: Source = NOTHING
    """Most of what is written: many statements are kept, and few asked for this again."""
    wire_inherits: tuple[Item, ...] = ()
    bound: PartitionBound | None = None
    """Set for PARTITION OF."""
    partition_by: PartitionSpec | None = None
    of_type: TypeName | None = None
    wire_options: tuple[Item, ...] = ()
    on_commit: OnCommit = OnCommit.NOOP
    tablespace: str | None = None
    access_method: str | None = None
    if_not_exists: bool = False

    @property
    def elements(self) -> tuple[object, ...]:
        """Columns, table constraints and LIKE clauses in the order written; decoded at each call."""
        return decode_table_elements(bytes(self.wire_elements))

    def packed(self) -> CreateTable:
        """The same statement in less room, for those who keep many: `elements` unpacks what it is asked for."""
        return msgspec.structs.replace(self, wire_elements=packed(self.wire_elements))

    @property
    def inherits(self) -> tuple[RangeVar, ...]:
        """Parents; the partitioned table for PARTITION OF."""
        return relations(self.wire_inherits)

    @property
    def options(self) -> tuple[DefElem, ...]:
        """The options in the order written."""
        return options(self.wire_options)


class CreateForeignTable(
    StatementNode, frozen=True, kw_only=True, rename={"server": "servername", "wire_options": "options"}
):
    """CREATE FOREIGN TABLE."""

    base: CreateTable
    server: str = ""
    wire_options: tuple[Item, ...] = ()

    @property
    def options(self) -> tuple[DefElem, ...]:
        """The options in the order written."""
        return options(self.wire_options)


class CreateTableAs(StatementNode, frozen=True, kw_only=True, rename={"object_type": "objtype"}):
    """CREATE TABLE AS, SELECT INTO's rewritten form, CREATE MATERIALIZED VIEW."""

    query: Source = NOTHING
    into: Into | None = None
    object_type: ObjectType = ObjectType.TABLE
    if_not_exists: bool = False


class _IndexItem(Node, frozen=True, kw_only=True):
    IndexElem: IndexElem


class CreateIndex(
    StatementNode,
    frozen=True,
    kw_only=True,
    rename={
        "name": "idxname",
        "access_method": "accessMethod",
        "tablespace": "tableSpace",
        "wire_elements": "indexParams",
        "wire_including": "indexIncludingParams",
        "wire_options": "options",
        "predicate": "whereClause",
    },
):
    """CREATE INDEX."""

    name: str | None = None
    relation: RangeVar
    access_method: str = "btree"
    tablespace: str | None = None
    wire_elements: tuple[_IndexItem, ...] = ()
    wire_including: tuple[_IndexItem, ...] = ()
    wire_options: tuple[Item, ...] = ()
    predicate: Source = NOTHING
    unique: bool = False
    nulls_not_distinct: bool = False
    concurrent: bool = False
    if_not_exists: bool = False

    @property
    def elements(self) -> tuple[IndexElem, ...]:
        """The elements in the order written."""
        return tuple([item.IndexElem for item in self.wire_elements])

    @property
    def including(self) -> tuple[IndexElem, ...]:
        """The including in the order written."""
        return tuple([item.IndexElem for item in self.wire_including])

    @property
    def options(self) -> tuple[DefElem, ...]:
        """The options in the order written."""
        return options(self.wire_options)


class Drop(StatementNode, frozen=True, kw_only=True, rename={"wire_objects": "objects", "object_type": "removeType"}):
    """DROP of most kinds of objects."""

    wire_objects: tuple[Item, ...] = ()
    object_type: ObjectType = ObjectType.TABLE
    behavior: DropBehavior = DropBehavior.RESTRICT
    missing_ok: bool = False
    concurrent: bool = False

    @property
    def objects(self) -> tuple[object, ...]:
        """Each name as str, tuple of parts, TypeName or ObjectWithArgs."""
        return values(self.wire_objects)

    @property
    def cascade(self) -> bool:
        """Whether CASCADE was written."""
        return self.behavior is DropBehavior.CASCADE


class Rename(
    StatementNode,
    frozen=True,
    kw_only=True,
    rename={
        "object_type": "renameType",
        "relation_type": "relationType",
        "wire_object": "object",
        "old_name": "subname",
        "new_name": "newname",
    },
):
    """ALTER ... RENAME."""

    object_type: ObjectType = ObjectType.TABLE
    relation_type: ObjectType = ObjectType.TABLE
    relation: RangeVar | None = None
    wire_object: Item | None = None
    old_name: str | None = None
    new_name: str = ""
    behavior: DropBehavior = DropBehavior.RESTRICT
    missing_ok: bool = False

    @property
    def object(self) -> object:
        """The object's name as str, tuple of parts, TypeName or ObjectWithArgs; None when ``relation`` names it."""
        return None if self.wire_object is None else self.wire_object.value

    @property
    def cascade(self) -> bool:
        """Whether CASCADE was written."""
        return self.behavior is DropBehavior.CASCADE


class Truncate(
    StatementNode, frozen=True, kw_only=True, rename={"wire_relations": "relations", "restart_identity": "restart_seqs"}
):
    """TRUNCATE."""

    wire_relations: tuple[Item, ...] = ()
    restart_identity: bool = False
    behavior: DropBehavior = DropBehavior.RESTRICT

    @property
    def relations(self) -> tuple[RangeVar, ...]:
        """The relations in the order written."""
        return relations(self.wire_relations)

    @property
    def cascade(self) -> bool:
        """Whether CASCADE was written."""
        return self.behavior is DropBehavior.CASCADE


class SetSchema(
    StatementNode,
    frozen=True,
    kw_only=True,
    rename={
        "object_type": "objectType",
        "wire_object": "object",
        "new_schema": "newschema",
    },
):
    """ALTER ... SET SCHEMA."""

    object_type: ObjectType = ObjectType.TABLE
    relation: RangeVar | None = None
    wire_object: Item | None = None
    new_schema: str = ""
    missing_ok: bool = False

    @property
    def object(self) -> object:
        """The object's name as str, tuple of parts, TypeName or ObjectWithArgs; None when ``relation`` names it."""
        return None if self.wire_object is None else self.wire_object.value


class SetOwner(
    StatementNode,
    frozen=True,
    kw_only=True,
    rename={"object_type": "objectType", "wire_object": "object", "new_owner": "newowner"},
):
    """ALTER ... OWNER TO, for what is not a relation."""

    object_type: ObjectType = ObjectType.TABLE
    relation: RangeVar | None = None
    wire_object: Item | None = None
    new_owner: RoleSpec | None = None

    @property
    def object(self) -> object:
        """The object's name as str, tuple of parts, TypeName or ObjectWithArgs; None when ``relation`` names it."""
        return None if self.wire_object is None else self.wire_object.value


class MoveAll(
    StatementNode,
    frozen=True,
    kw_only=True,
    rename={
        "old_tablespace": "orig_tablespacename",
        "object_type": "objtype",
        "wire_roles": "roles",
        "new_tablespace": "new_tablespacename",
    },
):
    """ALTER TABLE ALL IN TABLESPACE."""

    old_tablespace: str = ""
    object_type: ObjectType = ObjectType.TABLE
    wire_roles: tuple[Item, ...] = ()
    new_tablespace: str = ""
    nowait: bool = False

    @property
    def roles(self) -> tuple[RoleSpec, ...]:
        """The roles in the order written."""
        return roles(self.wire_roles)


class DependsOnExtension(
    StatementNode, frozen=True, kw_only=True, rename={"object_type": "objectType", "wire_object": "object"}
):
    """ALTER ... DEPENDS ON EXTENSION."""

    object_type: ObjectType = ObjectType.TABLE
    relation: RangeVar | None = None
    wire_object: Item | None = None
    remove: bool = False

    @property
    def object(self) -> object:
        """The object's name as str, tuple of parts, TypeName or ObjectWithArgs; None when ``relation`` names it."""
        return None if self.wire_object is None else self.wire_object.value


class CreateSequence(StatementNode, frozen=True, kw_only=True, rename={"wire_options": "options"}):
    """CREATE SEQUENCE."""

    sequence: RangeVar
    wire_options: tuple[Item, ...] = ()
    if_not_exists: bool = False

    @property
    def options(self) -> tuple[DefElem, ...]:
        """The options in the order written."""
        return options(self.wire_options)


class AlterSequence(StatementNode, frozen=True, kw_only=True, rename={"wire_options": "options"}):
    """ALTER SEQUENCE."""

    sequence: RangeVar
    wire_options: tuple[Item, ...] = ()
    missing_ok: bool = False

    @property
    def options(self) -> tuple[DefElem, ...]:
        """The options in the order written."""
        return options(self.wire_options)


class CreateStatistics(
    StatementNode,
    frozen=True,
    kw_only=True,
    rename={
        "wire_name": "defnames",
        "wire_kinds": "stat_types",
        "wire_elements": "exprs",
        "wire_relations": "relations",
    },
):
    """CREATE STATISTICS."""

    wire_name: tuple[Item, ...] = ()
    wire_kinds: tuple[Item, ...] = ()
    wire_elements: tuple[Item, ...] = ()
    wire_relations: tuple[Item, ...] = ()
    if_not_exists: bool = False

    @property
    def name(self) -> tuple[str, ...]:
        """The name in parts."""
        return names_in(self.wire_name)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds in the order written."""
        return names_in(self.wire_kinds)

    @property
    def elements(self) -> tuple[StatsElem, ...]:
        """The elements in the order written."""
        return only(self.wire_elements, StatsElem)

    @property
    def relations(self) -> tuple[RangeVar, ...]:
        """The relations in the order written."""
        return relations(self.wire_relations)


class AlterStatistics(
    StatementNode, frozen=True, kw_only=True, rename={"wire_name": "defnames", "wire_target": "stxstattarget"}
):
    """ALTER STATISTICS SET STATISTICS."""

    wire_name: tuple[Item, ...] = ()
    wire_target: Item | None = None
    missing_ok: bool = False

    @property
    def name(self) -> tuple[str, ...]:
        """The name in parts."""
        return names_in(self.wire_name)

    @property
    def target(self) -> object:
        """The object's name as str, tuple of parts, TypeName or ObjectWithArgs; None when ``relation`` names it."""
        return None if self.wire_target is None else self.wire_target.value
