"""A column that another of a new type takes the place of, and what the parts of the sequence ask about it."""

from __future__ import annotations

from dataclasses import dataclass

from migrations_safety.effects.dependents import uses_column
from migrations_safety.effects.naming import make_object_name
from migrations_safety.effects.run import Run
from migrations_safety.rewrites.constraints import Target
from migrations_safety.timeline import Step
from probes.catalog.expression import text_of
from probes.catalog.names import qualified, quoted
from probes.catalog.rows import PgAttribute, PgClass, PgIndex


@dataclass(frozen=True, slots=True)
class Exchange:
    """The column, and the statement that gives it another type."""

    step: Step
    target: Target
    relation: PgClass
    column: PgAttribute
    type: str
    """As written."""
    using: str | None
    """The expression behind USING, as written."""

    @property
    def run(self) -> Run:
        """What can be asked about the database."""
        return self.step.look.run

    @property
    def head(self) -> str:
        """`alter table name`."""
        return self.target.head

    @property
    def table(self) -> str:
        """The table, named as in the statement."""
        return self.target.table

    @property
    def old(self) -> str:
        """The column, as SQL."""
        return quoted(self.column.name)

    @property
    def new_name(self) -> str:
        """The name of the column that takes its place."""
        return beside(self.column.name)

    @property
    def new(self) -> str:
        """That column, as SQL."""
        return quoted(self.new_name)

    @property
    def function_name(self) -> str:
        """The name of the function that keeps both equal."""
        return make_object_name(self.relation.name, self.column.name, "sync")

    @property
    def trigger_name(self) -> str:
        """The name of the trigger that calls it, behind all others of the table."""
        return make_object_name("zz", self.column.name, "sync")

    @property
    def indexes(self) -> list[PgIndex]:
        """The indexes that mention the column."""
        column = self.column
        return [one for one in self.step.look.indexes(self.relation) if uses_column(one, column.number, column.name)]

    @property
    def default(self) -> str | None:
        """The column's default; empty where it has none, None where it is not known."""
        row = self.run.default_of(self.column)
        return text_of(row.expression) if row else ""

    @property
    def takes_numbers(self) -> bool:
        """Whether the default draws from a sequence."""
        return "nextval" in (self.default or "")

    def columns(self, numbers: tuple[int, ...]) -> list[str]:
        """Columns of the table as SQL, the new one in place of the old."""
        names = self.run.column_names(self.relation.oid, numbers)
        return [self.new if name == self.column.name else quoted(name) for name in names]


def beside(name: str) -> str:
    """The name of what is to take the place of something."""
    return make_object_name(name, "", "new")


def name_of_row(run: Run, relation: PgClass) -> str:
    """A relation with its schema, as SQL."""
    return qualified(run.world.schema_name(relation.namespace), relation.name)
