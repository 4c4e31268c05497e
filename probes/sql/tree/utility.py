"""Statements about transactions, settings, locks and maintenance."""

from __future__ import annotations

from probes.sql.tree.atoms import (
    FunctionCall,
    RangeVar,
    StatementNode,
    VacuumRelation,
)
from probes.sql.tree.enums import (
    DiscardTarget,
    ReindexKind,
    TransactionKind,
    VariableSetKind,
)
from probes.sql.tree.parts import (
    DefElem,
    Item,
    VariableSet,
    only,
    options,
    relations,
    values,
)


class Transaction(
    StatementNode,
    frozen=True,
    kw_only=True,
    rename={
        "wire_options": "options",
        "savepoint": "savepoint_name",
        "prepared_id": "gid",
    },
):
    """BEGIN, COMMIT, ROLLBACK, SAVEPOINT and their relatives."""

    kind: TransactionKind = TransactionKind.BEGIN
    wire_options: tuple[Item, ...] = ()
    savepoint: str | None = None
    prepared_id: str | None = None
    chain: bool = False
    location: int = 0

    @property
    def options(self) -> tuple[DefElem, ...]:
        """The options in the order written."""
        return options(self.wire_options)


class Call(StatementNode, frozen=True, kw_only=True, rename={"call": "funccall"}):
    """CALL."""

    call: FunctionCall | None = None


class Checkpoint(StatementNode, frozen=True, kw_only=True):
    """CHECKPOINT."""


class Cluster(StatementNode, frozen=True, kw_only=True, rename={"index_name": "indexname", "wire_options": "params"}):
    """CLUSTER."""

    relation: RangeVar | None = None
    index_name: str | None = None
    wire_options: tuple[Item, ...] = ()

    @property
    def options(self) -> tuple[DefElem, ...]:
        """The options in the order written."""
        return options(self.wire_options)


class Vacuum(
    StatementNode,
    frozen=True,
    kw_only=True,
    rename={"wire_options": "options", "wire_relations": "rels", "is_vacuum": "is_vacuumcmd"},
):
    """VACUUM or ANALYZE."""

    wire_options: tuple[Item, ...] = ()
    wire_relations: tuple[Item, ...] = ()
    is_vacuum: bool = False

    @property
    def options(self) -> tuple[DefElem, ...]:
        """The options in the order written."""
        return options(self.wire_options)

    @property
    def relations(self) -> tuple[VacuumRelation, ...]:
        """The relations in the order written."""
        return only(self.wire_relations, VacuumRelation)


class Reindex(StatementNode, frozen=True, kw_only=True, rename={"wire_options": "params"}):
    """REINDEX."""

    kind: ReindexKind = ReindexKind.TABLE
    relation: RangeVar | None = None
    name: str | None = None
    """A schema, database or system."""
    wire_options: tuple[Item, ...] = ()

    @property
    def options(self) -> tuple[DefElem, ...]:
        """The options in the order written."""
        return options(self.wire_options)


class Lock(StatementNode, frozen=True, kw_only=True, rename={"wire_relations": "relations"}):
    """LOCK TABLE."""

    wire_relations: tuple[Item, ...] = ()
    mode: int = 0
    """1 ACCESS SHARE to 8 ACCESS EXCLUSIVE."""
    nowait: bool = False

    @property
    def relations(self) -> tuple[RangeVar, ...]:
        """The relations in the order written."""
        return relations(self.wire_relations)


class Set(StatementNode, frozen=True, kw_only=True, rename={"wire_args": "args"}):
    """SET or RESET."""

    kind: VariableSetKind = VariableSetKind.SET_VALUE
    name: str | None = None
    """Always lower case."""
    wire_args: tuple[Item, ...] = ()
    is_local: bool = False

    @property
    def args(self) -> tuple[object, ...]:
        """The args in the order written."""
        return values(self.wire_args)


class Show(StatementNode, frozen=True, kw_only=True):
    """SHOW."""

    name: str = ""


class SetConstraints(StatementNode, frozen=True, kw_only=True, rename={"wire_constraints": "constraints"}):
    """SET CONSTRAINTS."""

    wire_constraints: tuple[Item, ...] = ()
    deferred: bool = False

    @property
    def constraints(self) -> tuple[RangeVar, ...]:
        """The constraints in the order written."""
        return relations(self.wire_constraints)


class AlterSystem(StatementNode, frozen=True, kw_only=True, rename={"setting": "setstmt"}):
    """ALTER SYSTEM."""

    setting: VariableSet | None = None


class Discard(StatementNode, frozen=True, kw_only=True):
    """DISCARD."""

    target: DiscardTarget = DiscardTarget.ALL


class Listen(StatementNode, frozen=True, kw_only=True, rename={"channel": "conditionname"}):
    """LISTEN."""

    channel: str = ""


class Notify(StatementNode, frozen=True, kw_only=True, rename={"channel": "conditionname"}):
    """NOTIFY."""

    channel: str = ""


class Unlisten(StatementNode, frozen=True, kw_only=True, rename={"channel": "conditionname"}):
    """UNLISTEN."""

    channel: str | None = None


class Load(StatementNode, frozen=True, kw_only=True, rename={"file": "filename"}):
    """LOAD."""

    file: str = ""


class Deallocate(StatementNode, frozen=True, kw_only=True):
    """DEALLOCATE."""

    name: str | None = None


class ClosePortal(StatementNode, frozen=True, kw_only=True, rename={"name": "portalname"}):
    """CLOSE."""

    name: str | None = None


class Fetch(StatementNode, frozen=True, kw_only=True, rename={"name": "portalname", "is_move": "ismove"}):
    """FETCH or MOVE."""

    name: str = ""
    is_move: bool = False
