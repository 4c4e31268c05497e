"""Statements that read or write rows. What they reach beyond their target is in ``probes.sql.queries``."""

from __future__ import annotations

from probes.sql.tree.atoms import (
    NOTHING,
    Node,
    RangeVar,
    ResultTarget,
    Source,
    StatementNode,
)
from probes.sql.tree.enums import (
    OnConflictAction,
)
from probes.sql.tree.parts import (
    DefElem,
    Item,
    names_in,
    only,
    options,
)
from probes.sql.tree.tables import Into


class OnConflict(Node, frozen=True, kw_only=True, rename={"where": "whereClause", "wire_targets": "targetList"}):
    """ON CONFLICT."""

    action: OnConflictAction = OnConflictAction.NONE
    wire_targets: tuple[Item, ...] = ()
    where: Source = NOTHING

    @property
    def targets(self) -> tuple[ResultTarget, ...]:
        """Columns that DO UPDATE sets."""
        return only(self.wire_targets, ResultTarget)


class Select(StatementNode, frozen=True, kw_only=True, rename={"into": "intoClause"}):
    """SELECT, VALUES, TABLE and set operations; SELECT INTO has ``into``."""

    into: Into | None = None


class Insert(
    StatementNode,
    frozen=True,
    kw_only=True,
    rename={"wire_columns": "cols", "query": "selectStmt", "on_conflict": "onConflictClause"},
):
    """INSERT."""

    relation: RangeVar
    wire_columns: tuple[Item, ...] = ()
    query: Source = NOTHING
    """Empty for DEFAULT VALUES."""
    on_conflict: OnConflict | None = None

    @property
    def columns(self) -> tuple[ResultTarget, ...]:
        """The columns in the order written."""
        return only(self.wire_columns, ResultTarget)


class Update(StatementNode, frozen=True, kw_only=True, rename={"wire_targets": "targetList", "where": "whereClause"}):
    """UPDATE."""

    relation: RangeVar
    wire_targets: tuple[Item, ...] = ()
    where: Source = NOTHING

    @property
    def targets(self) -> tuple[ResultTarget, ...]:
        """The targets in the order written."""
        return only(self.wire_targets, ResultTarget)


class Delete(StatementNode, frozen=True, kw_only=True, rename={"where": "whereClause"}):
    """DELETE."""

    relation: RangeVar
    where: Source = NOTHING


class Merge(StatementNode, frozen=True, kw_only=True, rename={"clauses": "mergeWhenClauses"}):
    """MERGE."""

    relation: RangeVar
    clauses: tuple[Source, ...] = ()


class Copy(
    StatementNode,
    frozen=True,
    kw_only=True,
    rename={
        "wire_columns": "attlist",
        "file": "filename",
        "wire_options": "options",
        "where": "whereClause",
    },
):
    """COPY."""

    relation: RangeVar | None = None
    query: Source = NOTHING
    wire_columns: tuple[Item, ...] = ()
    is_from: bool = False
    is_program: bool = False
    file: str | None = None
    wire_options: tuple[Item, ...] = ()
    where: Source = NOTHING

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns in the order written."""
        return names_in(self.wire_columns)

    @property
    def options(self) -> tuple[DefElem, ...]:
        """The options in the order written."""
        return options(self.wire_options)


class Explain(StatementNode, frozen=True, kw_only=True, rename={"wire_options": "options"}):
    """EXPLAIN."""

    query: Source = NOTHING
    wire_options: tuple[Item, ...] = ()

    @property
    def options(self) -> tuple[DefElem, ...]:
        """The options in the order written."""
        return options(self.wire_options)


class Prepare(StatementNode, frozen=True, kw_only=True):
    """PREPARE."""

    name: str = ""
    query: Source = NOTHING


class Execute(StatementNode, frozen=True, kw_only=True):
    """EXECUTE."""

    name: str = ""
    params: tuple[Source, ...] = ()


class DeclareCursor(StatementNode, frozen=True, kw_only=True, rename={"name": "portalname", "option_bits": "options"}):
    """DECLARE CURSOR."""

    name: str = ""
    option_bits: int = 0
    query: Source = NOTHING
