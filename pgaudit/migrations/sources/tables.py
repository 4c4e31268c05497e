"""The state tables of every tool: their names, the columns that tell them apart, and the columns that are read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pgaudit.migrations.sources.interface import SourceOptions, Tool

TEXT_TYPES = frozenset({"varchar", "text", "bpchar"})
INTEGER_TYPES = frozenset({"int2", "int4", "int8"})


@dataclass(frozen=True, slots=True)
class StateTable:
    """What identifies a tool's state table, and what of it is read.

    `read` columns must be there, `also_read` ones are read where they are. `typed` narrows a column to types. `without`
    columns belong to another tool. `in_schema` is given where the schema itself is the mark.
    """

    tool: Tool
    names: tuple[str, ...]
    read: tuple[str, ...]
    also_read: tuple[str, ...] = ()
    typed: tuple[tuple[str, frozenset[str]], ...] = ()
    without: tuple[str, ...] = ()
    in_schema: str | None = None
    beside: str | None = None
    not_beside: str | None = None


STATE_TABLES = (
    StateTable(
        Tool.PRISMA, ("_prisma_migrations",), ("migration_name", "checksum", "finished_at", "rolled_back_at"), ("id",)
    ),
    StateTable(Tool.DRIZZLE, ("__drizzle_migrations",), ("hash", "created_at"), ("name",)),
    StateTable(
        Tool.SUPABASE,
        ("schema_migrations",),
        ("version",),
        ("name",),
        without=("dirty",),
        in_schema="supabase_migrations",
    ),
    StateTable(
        Tool.FLYWAY,
        ("flyway_schema_history",),
        ("installed_rank", "version", "description", "type", "checksum", "success"),
    ),
    StateTable(
        Tool.LIQUIBASE,
        ("databasechangelog", "DATABASECHANGELOG"),
        ("id", "author", "filename", "orderexecuted", "exectype", "md5sum"),
    ),
    StateTable(Tool.GOOSE, ("goose_db_version",), ("id", "version_id", "is_applied")),
    StateTable(Tool.GOLANG_MIGRATE, ("schema_migrations",), ("version", "dirty"), typed=(("version", INTEGER_TYPES),)),
    StateTable(
        Tool.ECTO, ("schema_migrations",), ("version",), typed=(("version", INTEGER_TYPES),), without=("dirty",)
    ),
    StateTable(
        Tool.RAILS,
        ("schema_migrations",),
        ("version",),
        typed=(("version", TEXT_TYPES),),
        without=("statements", "dirty", "inserted_at"),
        beside="ar_internal_metadata",
    ),
    StateTable(
        Tool.DBMATE,
        ("schema_migrations",),
        ("version",),
        typed=(("version", TEXT_TYPES),),
        without=("statements", "dirty", "inserted_at"),
        not_beside="ar_internal_metadata",
    ),
    StateTable(Tool.ATLAS, ("atlas_schema_revisions",), ("version", "applied", "total", "error", "hash")),
    StateTable(Tool.SQLX, ("_sqlx_migrations",), ("version", "success", "checksum")),
    StateTable(Tool.DIESEL, ("__diesel_schema_migrations",), ("version",)),
    StateTable(Tool.SQITCH, ("changes",), ("project", "change"), ("planned_at",), typed=(("change_id", TEXT_TYPES),)),
    StateTable(Tool.NODE_PG_MIGRATE, ("pgmigrations",), ("name",), ("id",)),
    StateTable(Tool.ALEMBIC, ("alembic_version",), ("version_num",)),
    StateTable(Tool.DJANGO, ("django_migrations",), ("app", "name")),
    StateTable(Tool.KNEX, ("knex_migrations",), ("name", "batch"), ("id",)),
    StateTable(Tool.TYPEORM, ("migrations",), ("timestamp", "name"), without=("batch",)),
)

# Tables in which a tool notes that it is running, with the column that says so.
LOCK_TABLES = (
    (Tool.LIQUIBASE, "databasechangeloglock", "locked"),
    (Tool.KNEX, "knex_migrations_lock", "is_locked"),
)

# Tools that are recognised by their table alone, so that the report can say what applied the schema.
RECOGNISED = (
    ("Sequelize", "SequelizeMeta", ("name",)),
    ("MikroORM", "mikro_orm_migrations", ("name", "executed_at")),
    ("Kysely", "kysely_migration", ("name", "timestamp")),
    ("Laravel", "migrations", ("migration", "batch")),
    ("Entity Framework Core", "__EFMigrationsHistory", ("MigrationId", "ProductVersion")),
    ("Doctrine", "doctrine_migration_versions", ("version",)),
    ("Phinx", "phinxlog", ("version", "migration_name")),
    ("yoyo", "_yoyo_migration", ("migration_hash",)),
    ("refinery", "refinery_schema_history", ("version", "name")),
    ("tern", "schema_version", ("version",)),
    ("Graphile Migrate", "migrations", ("hash", "previous_hash")),
    ("pgroll", "migrations", ("schema", "name", "parent", "done")),
)


@dataclass(frozen=True, slots=True)
class FoundColumn:
    """A column of a candidate table, and whether the role may read it."""

    name: str
    type_name: str
    readable: bool


@dataclass(frozen=True, slots=True)
class FoundTable:
    """A table whose name is one that a tool uses."""

    schema: str
    name: str
    columns: tuple[FoundColumn, ...]
    schema_usable: bool = True

    def column(self, name: str) -> FoundColumn | None:
        """The column of that name."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True)
class IdentifiedTable:
    """A table that is a tool's state table, and the columns of it to read."""

    tool: Tool
    table: FoundTable
    columns: tuple[str, ...]


def names_to_find(options: SourceOptions) -> list[str]:
    """Every table name that means something, the user's own included."""
    names = {name for description in STATE_TABLES for name in description.names}
    names |= {table for _tool, table, _column in LOCK_TABLES}
    names |= {table for _label, table, _columns in RECOGNISED}
    names |= {description.beside for description in STATE_TABLES if description.beside}
    if options.state_table:
        names.add(options.state_table)
    return sorted(names)


def identify(found: Sequence[FoundTable], options: SourceOptions, tool: Tool | None = None) -> list[IdentifiedTable]:
    """The state tables among the candidates, told apart by their columns.

    Args:
        found: tables of the names that tools use.
        options: a state table that was moved or renamed is named there; it needs `tool`.
        tool: the tool whose table the options name.
    """
    by_schema: dict[str, set[str]] = {}
    for table in found:
        by_schema.setdefault(table.schema, set()).add(table.name)
    identified: list[IdentifiedTable] = []
    for table in found:
        if options.state_schema is not None and table.schema != options.state_schema:
            continue
        for description in STATE_TABLES:
            if _matches(table, description, by_schema[table.schema], options, tool):
                columns = [*description.read, *(name for name in description.also_read if table.column(name))]
                identified.append(IdentifiedTable(description.tool, table, tuple(columns)))
                break
    return identified


def _matches(
    table: FoundTable, description: StateTable, beside: set[str], options: SourceOptions, tool: Tool | None
) -> bool:
    renamed = description.tool is tool and options.state_table is not None
    names = (options.state_table,) if renamed else description.names
    placed = renamed or description.in_schema in {None, table.schema} or table.column("statements") is not None
    return (
        table.name in names
        and placed
        and all(table.column(name) for name in description.read)
        and not any(table.column(name) for name in description.without)
        and all(_is_typed(table, name, types) for name, types in description.typed)
        and (description.beside is None or renamed or description.beside in beside)
        and (description.not_beside is None or renamed or description.not_beside not in beside)
    )


def _is_typed(table: FoundTable, name: str, types: Iterable[str]) -> bool:
    column = table.column(name)
    return column is not None and column.type_name in types


def lock_tables(found: Sequence[FoundTable]) -> list[IdentifiedTable]:
    """The tables among the candidates in which a tool notes that it is running."""
    return [
        IdentifiedTable(tool, table, (column,))
        for table in found
        for tool, name, column in LOCK_TABLES
        if table.name == name and table.column(column)
    ]


def recognised(found: Sequence[FoundTable]) -> list[tuple[str, str]]:
    """Tools known by their table only, each with the table's qualified name."""
    return [
        (label, f"{table.schema}.{table.name}")
        for table in found
        for label, name, columns in RECOGNISED
        if table.name == name and all(table.column(column) for column in columns)
    ]
