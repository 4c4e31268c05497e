"""The parts of statements that hold no list of mixed things: names, roles, partitions, small clauses.

Expressions and queries stay ``Raw`` JSON until they are asked for (``probes.sql.expressions``, ``probes.sql.queries``),
because most statements are judged without looking into them. Locations are byte offsets into the text that was parsed.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from probes.sql.tree.enums import PublicationObjectType, RoleKind

Source: TypeAlias = msgspec.Raw
"""An expression or a query as the parser's JSON, not decoded yet; empty (false) when the statement has none."""

NOTHING = msgspec.Raw()


class Node(msgspec.Struct, frozen=True, gc=False, kw_only=True, repr_omit_defaults=True):
    """Anything the parser builds."""


class StatementNode(Node, frozen=True, kw_only=True):
    """A whole statement."""


class Text(Node, frozen=True, kw_only=True):
    """A string."""

    sval: str = ""


class Integer(Node, frozen=True, kw_only=True):
    """An integer."""

    ival: int = 0


class Decimal(Node, frozen=True, kw_only=True):
    """A number that is no integer, as written."""

    fval: str = ""


class Boolean(Node, frozen=True, kw_only=True):
    """A boolean."""

    boolval: bool = False


class Bits(Node, frozen=True, kw_only=True):
    """A bit string, as written."""

    bsval: str = ""


class StringItem(Node, frozen=True, kw_only=True):
    """A list element that can only be a name."""

    String: Text = Text()


class Star(Node, frozen=True, kw_only=True):
    """``*``."""


class Literal(Node, frozen=True, kw_only=True, rename={"is_null": "isnull"}):
    """A constant as written."""

    ival: Integer | None = None
    fval: Decimal | None = None
    sval: Text | None = None
    boolval: Boolean | None = None
    bsval: Bits | None = None
    is_null: bool = False
    location: int = 0

    @property
    def value(self) -> str | int | bool | None:
        """The constant as Python sees it (decimals and bit strings as text), or None for NULL."""
        if self.ival is not None:
            return self.ival.ival
        if self.sval is not None:
            return self.sval.sval
        if self.boolval is not None:
            return self.boolval.boolval
        if self.fval is not None:
            return self.fval.fval
        return None if self.bsval is None else self.bsval.bsval


class Alias(Node, frozen=True, kw_only=True, rename={"name": "aliasname"}):
    """The name a relation goes by inside one query."""

    name: str = ""


class RangeVar(
    Node,
    frozen=True,
    kw_only=True,
    rename={
        "catalog": "catalogname",
        "schema": "schemaname",
        "name": "relname",
        "inherits": "inh",
        "persistence": "relpersistence",
    },
):
    """A relation as a statement names it."""

    catalog: str | None = None
    schema: str | None = None
    name: str = ""
    inherits: bool = False
    """False after ONLY."""
    persistence: str = "p"
    """``p`` permanent, ``u`` unlogged, ``t`` temporary; as written in this statement."""
    alias: Alias | None = None
    location: int = 0

    @property
    def parts(self) -> tuple[str, ...]:
        """The name as its one or two parts."""
        return (self.name,) if self.schema is None else (self.schema, self.name)


class RoleSpec(Node, frozen=True, kw_only=True, rename={"kind": "roletype", "name": "rolename"}):
    """A role as a statement names it."""

    kind: RoleKind = RoleKind.CSTRING
    name: str | None = None


class CollateClause(Node, frozen=True, kw_only=True, rename={"wire_names": "collname"}):
    """A collation as written."""

    wire_names: tuple[StringItem, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The collation's name in parts."""
        return strings(self.wire_names)


class PartitionElem(
    Node,
    frozen=True,
    kw_only=True,
    rename={"expression": "expr", "wire_collation": "collation", "wire_opclass": "opclass"},
):
    """One element of a partition key."""

    name: str | None = None
    expression: Source = NOTHING
    wire_collation: tuple[StringItem, ...] = ()
    wire_opclass: tuple[StringItem, ...] = ()

    @property
    def collation(self) -> tuple[str, ...]:
        """The collation's name in parts, empty when none is written."""
        return strings(self.wire_collation)

    @property
    def opclass(self) -> tuple[str, ...]:
        """The operator class's name in parts, empty when none is written."""
        return strings(self.wire_opclass)


class PartitionBound(
    Node,
    frozen=True,
    kw_only=True,
    rename={"list_values": "listdatums", "lower": "lowerdatums", "upper": "upperdatums"},
):
    """FOR VALUES ... or DEFAULT."""

    strategy: str | None = None
    """``r``, ``l`` or ``h``; None for DEFAULT."""
    is_default: bool = False
    modulus: int = 0
    remainder: int = 0
    list_values: tuple[Source, ...] = ()
    lower: tuple[Source, ...] = ()
    upper: tuple[Source, ...] = ()
    location: int = 0


class PartitionCmd(Node, frozen=True, kw_only=True, rename={"partition": "name"}):
    """The partition that ATTACH or DETACH names."""

    partition: RangeVar
    bound: PartitionBound | None = None
    concurrent: bool = False


class ReplicaIdentity(Node, frozen=True, kw_only=True, rename={"kind": "identity_type", "index_name": "name"}):
    """REPLICA IDENTITY: ``d`` default, ``f`` full, ``n`` nothing, ``i`` using index."""

    kind: str = "d"
    index_name: str | None = None


class AlteredConstraint(
    Node,
    frozen=True,
    kw_only=True,
    rename={
        "name": "conname",
        "alters_enforceability": "alterEnforceability",
        "alters_deferrability": "alterDeferrability",
        "initially_deferred": "initdeferred",
        "alters_inheritability": "alterInheritability",
        "no_inherit": "noinherit",
    },
):
    """What ALTER CONSTRAINT changes."""

    name: str = ""
    alters_enforceability: bool = False
    is_enforced: bool = False
    alters_deferrability: bool = False
    deferrable: bool = False
    initially_deferred: bool = False
    alters_inheritability: bool = False
    no_inherit: bool = False


class TableLike(Node, frozen=True, kw_only=True, rename={"option_bits": "options"}):
    """LIKE another relation inside CREATE TABLE."""

    relation: RangeVar
    option_bits: int = 0
    """Added: 1 comments, 2 compression, 4 constraints, 8 defaults, 16 generated, 32 identity, 64 indexes,
    128 statistics, 256 storage."""


class AccessPriv(Node, frozen=True, kw_only=True, rename={"name": "priv_name", "wire_columns": "cols"}):
    """One privilege of GRANT, or one role of GRANT role."""

    name: str | None = None
    """None means ALL."""
    wire_columns: tuple[StringItem, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns the privilege is restricted to."""
        return strings(self.wire_columns)


class VacuumRelation(Node, frozen=True, kw_only=True, rename={"wire_columns": "va_cols"}):
    """A table that VACUUM or ANALYZE names."""

    relation: RangeVar | None = None
    wire_columns: tuple[StringItem, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns to analyze."""
        return strings(self.wire_columns)


class PublicationTable(
    Node, frozen=True, kw_only=True, rename={"row_filter": "whereClause", "wire_columns": "columns"}
):
    """A table of a publication."""

    relation: RangeVar
    row_filter: Source = NOTHING
    wire_columns: tuple[StringItem, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The column list, empty when none is written."""
        return strings(self.wire_columns)


class PublicationObject(Node, frozen=True, kw_only=True, rename={"kind": "pubobjtype", "table": "pubtable"}):
    """One entry of a publication."""

    kind: PublicationObjectType = PublicationObjectType.TABLE
    name: str | None = None
    table: PublicationTable | None = None


class StatsElem(Node, frozen=True, kw_only=True, rename={"expression": "expr"}):
    """A column or an expression of extended statistics."""

    name: str | None = None
    expression: Source = NOTHING


class ResultTarget(Node, frozen=True, kw_only=True, rename={"value": "val"}):
    """A column written to by INSERT or UPDATE, or one output of a query."""

    name: str | None = None
    value: Source = NOTHING
    location: int = 0


class TriggerTransition(Node, frozen=True, kw_only=True, rename={"is_new": "isNew"}):
    """REFERENCING NEW/OLD TABLE AS."""

    name: str = ""
    is_new: bool = False


class FunctionCall(Node, frozen=True, kw_only=True, rename={"wire_name": "funcname"}):
    """The function that CALL names."""

    wire_name: tuple[StringItem, ...] = ()
    args: tuple[Source, ...] = ()
    location: int = 0

    @property
    def name(self) -> tuple[str, ...]:
        """The name in parts."""
        return strings(self.wire_name)


def strings(items: tuple[StringItem, ...]) -> tuple[str, ...]:
    """The names in a list of names."""
    return tuple([item.String.sval for item in items])
