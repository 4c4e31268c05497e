"""The parts of statements that hold lists of mixed things: types, options, columns, and ``Item``."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Protocol, TypeVar

import msgspec

from probes.sql.tree.atoms import (
    NOTHING,
    AccessPriv,
    AlteredConstraint,
    Boolean,
    CollateClause,
    Decimal,
    Integer,
    Literal,
    Node,
    PartitionCmd,
    PartitionElem,
    PublicationObject,
    RangeVar,
    ReplicaIdentity,
    ResultTarget,
    RoleSpec,
    Source,
    Star,
    StatsElem,
    StringItem,
    TableLike,
    Text,
    TriggerTransition,
    VacuumRelation,
    strings,
)
from probes.sql.tree.enums import (
    ConstraintType,
    DefElemAction,
    DropBehavior,
    NullsOrder,
    ParameterMode,
    PartitionStrategy,
    SortDirection,
    VariableSetKind,
)

_Part = TypeVar("_Part", bound=Node)
_REMEMBERED = 64
_LIST = b"["
_FAST = 1
"""How hard zlib tries: what it would save beyond is not worth the time."""


class _Place(Protocol):
    """Something of the grammar that holds one of several parts."""

    @property
    def value(self) -> object: ...


class Items(Node, frozen=True, kw_only=True):
    """A list of mixed things."""

    items: tuple[Item, ...] = ()


class Modifier(Node, frozen=True, kw_only=True):
    """A place for one modifier of a type; no field is set for what is no constant."""

    A_Const: Literal | None = None
    Integer: Integer | None = None
    Float: Decimal | None = None
    String: Text | None = None

    @property
    def value(self) -> object:
        """The constant as Python sees it."""
        held = self.A_Const or self.Integer or self.Float or self.String
        return None if held is None else _plain(held)


class TypeName(
    Node,
    frozen=True,
    kw_only=True,
    rename={"wire_names": "names", "wire_typmods": "typmods", "wire_bounds": "arrayBounds"},
):
    """A type as written; ``int`` arrives as ``pg_catalog.int4``."""

    wire_names: tuple[StringItem, ...] = ()
    setof: bool = False
    pct_type: bool = False
    wire_typmods: tuple[Modifier, ...] = ()
    wire_bounds: tuple[Item, ...] = ()
    location: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The name's parts, ``pg_catalog`` included where the parser added it."""
        return strings(self.wire_names)

    @property
    def typmods(self) -> tuple[object, ...]:
        """The modifiers in parentheses; constants as Python values, anything else as None."""
        return values(self.wire_typmods)

    @property
    def array_dimensions(self) -> int:
        """How many ``[]`` follow."""
        return len(self.wire_bounds)


class DefElem(
    Node,
    frozen=True,
    kw_only=True,
    rename={"namespace": "defnamespace", "name": "defname", "wire_arg": "arg", "action": "defaction"},
):
    """One option: a name and perhaps a value."""

    namespace: str | None = None
    name: str = ""
    wire_arg: Item | None = None
    action: DefElemAction = DefElemAction.UNSPEC
    location: int = 0

    @property
    def value(self) -> object:
        """The option's value: str, int, bool, a tuple of them, a node; None when only the name is written."""
        return None if self.wire_arg is None else self.wire_arg.value

    @property
    def is_on(self) -> bool:
        """Whether a boolean option is switched on, as the server's ``defGetBoolean`` decides."""
        value = self.value
        if value is None:
            return True
        if isinstance(value, str):
            return value.lower() in ("true", "on", "1")
        return bool(value)


class Constraint(
    Node,
    frozen=True,
    kw_only=True,
    rename={
        "kind": "contype",
        "name": "conname",
        "initially_deferred": "initdeferred",
        "expression": "raw_expr",
        "no_inherit": "is_no_inherit",
        "wire_keys": "keys",
        "wire_including": "including",
        "wire_exclusions": "exclusions",
        "wire_options": "options",
        "index_name": "indexname",
        "tablespace": "indexspace",
        "predicate": "where_clause",
        "referenced": "pktable",
        "wire_referencing_columns": "fk_attrs",
        "wire_referenced_columns": "pk_attrs",
        "wire_set_columns": "fk_del_set_cols",
        "match_type": "fk_matchtype",
        "on_update": "fk_upd_action",
        "on_delete": "fk_del_action",
    },
):
    """A column or table constraint (NULL, DEFAULT, GENERATED and DEFERRABLE count as constraints in the grammar)."""

    kind: ConstraintType = ConstraintType.NULL
    name: str | None = None
    deferrable: bool = False
    initially_deferred: bool = False
    is_enforced: bool = False
    """Set for CHECK, FOREIGN KEY and NOT NULL unless written NOT ENFORCED; meaningless for the other kinds."""
    skip_validation: bool = False
    """NOT VALID was written."""
    initially_valid: bool = False
    no_inherit: bool = False
    expression: Source = NOTHING
    """CHECK condition, DEFAULT value or GENERATED expression."""
    generated_when: str | None = None
    """``a`` ALWAYS or ``d`` BY DEFAULT."""
    generated_kind: str | None = None
    """``s`` STORED or ``v`` VIRTUAL."""
    nulls_not_distinct: bool = False
    wire_keys: tuple[StringItem, ...] = ()
    without_overlaps: bool = False
    wire_including: tuple[StringItem, ...] = ()
    wire_exclusions: tuple[Item, ...] = ()
    wire_options: tuple[Item, ...] = ()
    index_name: str | None = None
    """USING INDEX names this one."""
    tablespace: str | None = None
    access_method: str | None = None
    predicate: Source = NOTHING
    referenced: RangeVar | None = None
    wire_referencing_columns: tuple[StringItem, ...] = ()
    wire_referenced_columns: tuple[StringItem, ...] = ()
    wire_set_columns: tuple[StringItem, ...] = ()
    fk_with_period: bool = False
    match_type: str | None = None
    """``s`` simple, ``f`` full, ``p`` partial."""
    on_update: str | None = None
    """``a`` no action, ``r`` restrict, ``c`` cascade, ``n`` set null, ``d`` set default."""
    on_delete: str | None = None
    location: int = 0

    @property
    def keys(self) -> tuple[str, ...]:
        """Columns of a PRIMARY KEY, UNIQUE or NOT NULL constraint."""
        return strings(self.wire_keys)

    @property
    def including(self) -> tuple[str, ...]:
        """Columns carried along in the index."""
        return strings(self.wire_including)

    @property
    def exclusions(self) -> tuple[tuple[IndexElem, tuple[str, ...]], ...]:
        """For EXCLUDE: each element with the name of its operator in parts."""
        found: list[tuple[IndexElem, tuple[str, ...]]] = []
        for item in self.wire_exclusions:
            match item.value:
                case (IndexElem() as element, tuple(operator)):
                    found.append((element, tuple(part for part in operator if isinstance(part, str))))
                case _:
                    pass
        return tuple(found)

    @property
    def options(self) -> tuple[DefElem, ...]:
        """Storage parameters of the index, or sequence options of an identity."""
        return options(self.wire_options)

    @property
    def referencing_columns(self) -> tuple[str, ...]:
        """Columns of the foreign key as written at table level (empty at column level)."""
        return strings(self.wire_referencing_columns)

    @property
    def referenced_columns(self) -> tuple[str, ...]:
        """Columns referenced (empty means the primary key)."""
        return strings(self.wire_referenced_columns)

    @property
    def set_columns(self) -> tuple[str, ...]:
        """Columns that ON DELETE SET NULL or SET DEFAULT is restricted to."""
        return strings(self.wire_set_columns)


class _ConstraintItem(Node, frozen=True, kw_only=True):
    Constraint: Constraint


class ColumnDef(
    Node,
    frozen=True,
    kw_only=True,
    rename={
        "name": "colname",
        "type": "typeName",
        "storage": "storage_name",
        "default": "raw_default",
        "collation": "collClause",
        "wire_constraints": "constraints",
        "wire_options": "fdwoptions",
    },
):
    """A column as CREATE TABLE, ADD COLUMN or ALTER COLUMN TYPE writes it."""

    name: str = ""
    type: TypeName | None = None
    compression: str | None = None
    storage: str | None = None
    default: Source = NOTHING
    """The USING expression of ALTER COLUMN TYPE (a DEFAULT is among the constraints)."""
    collation: CollateClause | None = None
    wire_constraints: tuple[_ConstraintItem, ...] = ()
    wire_options: tuple[Item, ...] = ()
    location: int = 0

    @property
    def constraints(self) -> tuple[Constraint, ...]:
        """The column's constraints in the order written."""
        return tuple([item.Constraint for item in self.wire_constraints])

    @property
    def options(self) -> tuple[DefElem, ...]:
        """Options of a foreign table's column."""
        return options(self.wire_options)


class IndexElem(
    Node,
    frozen=True,
    kw_only=True,
    rename={
        "expression": "expr",
        "wire_collation": "collation",
        "wire_opclass": "opclass",
        "wire_opclass_options": "opclassopts",
        "direction": "ordering",
        "nulls": "nulls_ordering",
    },
):
    """One element of an index: a column (``name``) or an expression."""

    name: str | None = None
    expression: Source = NOTHING
    wire_collation: tuple[StringItem, ...] = ()
    wire_opclass: tuple[StringItem, ...] = ()
    wire_opclass_options: tuple[Item, ...] = ()
    direction: SortDirection = SortDirection.DEFAULT
    nulls: NullsOrder = NullsOrder.DEFAULT

    @property
    def collation(self) -> tuple[str, ...]:
        """The collation's name in parts, empty when none is written."""
        return strings(self.wire_collation)

    @property
    def opclass(self) -> tuple[str, ...]:
        """The operator class's name in parts, empty when none is written."""
        return strings(self.wire_opclass)

    @property
    def opclass_options(self) -> tuple[DefElem, ...]:
        """Parameters of the operator class."""
        return options(self.wire_opclass_options)


class PartitionSpec(Node, frozen=True, kw_only=True, rename={"wire_elements": "partParams"}):
    """PARTITION BY."""

    strategy: PartitionStrategy = PartitionStrategy.RANGE
    wire_elements: tuple[Item, ...] = ()

    @property
    def elements(self) -> tuple[PartitionElem, ...]:
        """The key's elements."""
        return only(self.wire_elements, PartitionElem)


class Parameter(Node, frozen=True, kw_only=True, rename={"type": "argType", "default": "defexpr"}):
    """A parameter of a function."""

    name: str | None = None
    type: TypeName | None = None
    mode: ParameterMode = ParameterMode.DEFAULT
    default: Source = NOTHING


class ObjectWithArgs(
    Node,
    frozen=True,
    kw_only=True,
    rename={"wire_name": "objname", "wire_types": "objargs", "wire_parameters": "objfuncargs"},
):
    """A function, aggregate or operator named with its argument types."""

    wire_name: tuple[StringItem, ...] = ()
    wire_types: tuple[Item, ...] = ()
    wire_parameters: tuple[Item, ...] = ()
    args_unspecified: bool = False

    @property
    def name(self) -> tuple[str, ...]:
        """The name in parts."""
        return strings(self.wire_name)

    @property
    def types(self) -> tuple[TypeName | None, ...]:
        """Argument types; None where an operator has no left or right side."""
        return tuple([item.TypeName for item in self.wire_types])

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The arguments with their modes, as written."""
        return only(self.wire_parameters, Parameter)


class OpClassItem(Node, frozen=True, kw_only=True, rename={"kind": "itemtype", "storage": "storedtype"}):
    """One line of CREATE OPERATOR CLASS: 1 operator, 2 function, 3 storage type."""

    kind: int = 0
    name: ObjectWithArgs | None = None
    number: int = 0
    storage: TypeName | None = None


class VariableSet(Node, frozen=True, kw_only=True, rename={"wire_args": "args"}):
    """SET or RESET, alone or as a clause of ALTER ROLE, ALTER DATABASE, CREATE FUNCTION."""

    kind: VariableSetKind = VariableSetKind.SET_VALUE
    name: str | None = None
    """Always lower case."""
    wire_args: tuple[Item, ...] = ()
    is_local: bool = False

    @property
    def args(self) -> tuple[object, ...]:
        """The values, constants as Python values."""
        return values(self.wire_args)


class TableElement(Node, frozen=True, kw_only=True):
    """A place in CREATE TABLE; exactly one field is set. Tables have many, so they get less room than an ``Item``."""

    ColumnDef: ColumnDef | None = None
    Constraint: Constraint | None = None
    TableLikeClause: TableLike | None = None

    @property
    def value(self) -> object:
        """The part itself."""
        return self.ColumnDef or self.Constraint or self.TableLikeClause


class Item(Node, frozen=True, kw_only=True):
    """A place in the grammar that can hold one of many parts; exactly one field is set, none for parts nobody reads."""

    String: Text | None = None
    ColumnDef: ColumnDef | None = None
    Constraint: Constraint | None = None
    List: Items | None = None
    Integer: Integer | None = None
    A_Const: Literal | None = None
    DefElem: DefElem | None = None
    RangeVar: RangeVar | None = None
    TypeName: TypeName | None = None
    IndexElem: IndexElem | None = None
    RoleSpec: RoleSpec | None = None
    ResTarget: ResultTarget | None = None
    ObjectWithArgs: ObjectWithArgs | None = None
    FunctionParameter: Parameter | None = None
    AccessPriv: AccessPriv | None = None
    PartitionElem: PartitionElem | None = None
    PartitionCmd: PartitionCmd | None = None
    ReplicaIdentityStmt: ReplicaIdentity | None = None
    ATAlterConstraint: AlteredConstraint | None = None
    TableLikeClause: TableLike | None = None
    VacuumRelation: VacuumRelation | None = None
    PublicationObjSpec: PublicationObject | None = None
    StatsElem: StatsElem | None = None
    TriggerTransition: TriggerTransition | None = None
    CreateOpClassItem: OpClassItem | None = None
    VariableSetStmt: VariableSet | None = None
    Float: Decimal | None = None
    Boolean: Boolean | None = None
    A_Star: Star | None = None

    @property
    def value(self) -> object:
        """The part itself; names as str, numbers as int, lists as tuples, decimals as text, ``*`` as ``"*"``."""
        for name in self.__struct_fields__:
            held = getattr(self, name)
            if held is not None:
                return _plain(held)
        return None


def _plain(held: object) -> object:
    match held:
        case (
            Text(sval=value) | Integer(ival=value) | Boolean(boolval=value) | Decimal(fval=value) | Literal(value=value)
        ):
            return value
        case Items(items=items):
            return values(items)
        case Star():
            return "*"
        case _:
            return held


def values(items: Sequence[_Place]) -> tuple[object, ...]:
    """What each place holds."""
    return tuple([item.value for item in items])


def options(items: tuple[Item, ...]) -> tuple[DefElem, ...]:
    """The options in a list of options."""
    return tuple([item.DefElem for item in items if item.DefElem is not None])


def relations(items: tuple[Item, ...]) -> tuple[RangeVar, ...]:
    """The relations in a list of relations."""
    return tuple([item.RangeVar for item in items if item.RangeVar is not None])


def roles(items: tuple[Item, ...]) -> tuple[RoleSpec, ...]:
    """The roles in a list of roles."""
    return tuple([item.RoleSpec for item in items if item.RoleSpec is not None])


def name_parts(value: object) -> tuple[str, ...]:
    """The parts of an object's name, whichever way the grammar holds it; empty for anything that is not a name."""
    match value:
        case str():
            return (value,)
        case TypeName():
            return value.names
        case ObjectWithArgs():
            return value.name
        case RangeVar():
            return value.parts
        case tuple():
            return tuple(part for part in value if isinstance(part, str))
        case _:
            return ()


def cascades(behavior: DropBehavior) -> bool:
    """Whether CASCADE was written."""
    return behavior is DropBehavior.CASCADE


def only(items: tuple[Item, ...], kind: type[_Part]) -> tuple[_Part, ...]:
    """The parts of one kind in a list."""
    return tuple([held for held in values(items) if isinstance(held, kind)])


def names_in(items: tuple[Item, ...]) -> tuple[str, ...]:
    """The names in a list that may hold other things as well."""
    return tuple([item.String.sval for item in items if item.String is not None])


@cache
def _item_decoder() -> msgspec.json.Decoder[Item]:
    return msgspec.json.Decoder(Item)


def decode_item(source: Source) -> object:
    """What a place that can hold one of many parts holds; None for nothing, and for an expression."""
    return _decoded(bytes(source)) if source else None


@lru_cache(_REMEMBERED)
def _decoded(source: bytes) -> object:
    """What the JSON of a place holds: many rules ask the subcommand of one statement."""
    try:
        return _item_decoder().decode(source).value
    except (msgspec.DecodeError, RecursionError):
        return None


@cache
def _table_decoder() -> msgspec.json.Decoder[tuple[TableElement, ...]]:
    return msgspec.json.Decoder(tuple[TableElement, ...])


@lru_cache(_REMEMBERED)
def decode_table_elements(source: bytes) -> tuple[object, ...]:
    """The columns, constraints and LIKE clauses of a CREATE TABLE, packed or not, which effects and many rules ask."""
    if not source:
        return ()
    json = source if source.startswith(_LIST) else zlib.decompress(source)
    try:
        return values(_table_decoder().decode(json))
    except (msgspec.DecodeError, RecursionError):
        return ()


def packed(source: Source) -> Source:
    """The JSON of a list in less room, for what is kept and seldom asked for; a packed one does not begin with `[`."""
    return msgspec.Raw(zlib.compress(source, _FAST)) if source else source


def schema_and_name(parts: Sequence[str]) -> tuple[str | None, str]:
    """The last two parts of a name; the schema is None where none is written."""
    return parts[-2] if len(parts) > 1 else None, parts[-1]


def range_of(parts: Sequence[str]) -> RangeVar:
    """The relation that the parts name."""
    schema, name = schema_and_name(parts)
    return RangeVar(schema=schema, name=name)
