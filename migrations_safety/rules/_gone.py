"""Names that code in use relies on: which statement takes them away, whether they come back, who still says them."""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.model import RelationRef, Role
from migrations_safety.rule import Flag
from migrations_safety.rules._judging import branch
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from migrations_safety.uses import in_words, queries_filling, queries_naming, query_evidence
from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgAttribute
from probes.finding import Evidence, Severity
from probes.sql.tree.atoms import RangeVar, StatementNode
from probes.sql.tree.enums import AlterTableType
from probes.sql.tree.parts import ColumnDef, name_parts, schema_and_name
from probes.sql.tree.tables import AlterTable, CreateTableAs, Rename, SetSchema

_TARGETS = frozenset({Role.TARGET, Role.VIEW, Role.MATERIALIZED_VIEW, Role.SEQUENCE})
_MAKERS = frozenset({"CreateTable", "CreateForeignTable", "CreateCompositeType"})
_NO_EVIDENCE: Evidence = {}
Name = tuple[str | None, str]
"""A schema, where one is written, and a name."""


def targets(step: Step) -> list[RelationRef]:
    """The relations in use that a statement names as what it changes; none where the server refuses it."""
    return [one for one in changed(step) if step.is_used_by_others(one)]


def changed(step: Step) -> list[RelationRef]:
    """The relations that a statement names as what it changes, the new ones too; none where the server refuses it."""
    if step.effects.is_refused:
        return []
    return [lock.relation for lock in step.effects.locks if lock.role in _TARGETS and not lock.relation.is_described]


def target(step: Step) -> RelationRef | None:
    """The first of them."""
    return next(iter(targets(step)), None)


def is_old_column(step: Step, named: RangeVar, name: str) -> bool:
    """Whether the column stood before the script. Without a catalog every column that the script did not make did."""
    look = step.look
    relation = look.relation(named)
    column = None if relation is None else look.column(relation, name)
    if look.catalog is None or relation is None:
        return column is None
    return column is not None and _stood_before(look.catalog, relation.oid, column.number)


def _stood_before(catalog: Catalog, oid: int, number: int) -> bool:
    return any(one.number == number for one in catalog.grouped(PgAttribute, "relation").get(oid, ()))


def added_columns(tree: AlterTable) -> list[str]:
    """Names of the columns that ADD COLUMN adds."""
    definitions = (one.definition for one in tree.commands if one.kind is AlterTableType.ADD_COLUMN)
    return [one.name for one in definitions if isinstance(one, ColumnDef)]


# ---- names that are made


def made_names(tree: StatementNode | None) -> Iterator[Name]:
    """Names of the relations, types and routines that a statement makes, or gives to what had another."""
    match tree:
        case None:
            return
        case CreateTableAs(into=into) if into is not None:
            yield into.relation.schema, into.relation.name
        case Rename(relation=relation, old_name=None) if relation is not None:
            yield relation.schema, tree.new_name
        case Rename(relation=None, new_name=new_name):
            yield None, new_name
        case SetSchema(relation=relation, new_schema=new_schema) if relation is not None:
            yield new_schema, relation.name
        case _ if type(tree).__name__.startswith("Create"):
            yield from _created(tree)
        case _:
            return


def _created(tree: StatementNode) -> Iterator[Name]:
    base = getattr(tree, "base", tree)
    for attribute in ("view", "sequence"):
        named = getattr(tree, attribute, None)
        if isinstance(named, RangeVar):
            yield named.schema, named.name
            return
    name: object = getattr(tree, "name", None)
    named = getattr(base, "relation", None)
    if isinstance(name, tuple) and name:
        yield schema_and_name(name_parts(name))
    elif isinstance(named, RangeVar) and type(tree).__name__ in _MAKERS:
        yield named.schema, named.name


class Names:
    """What a script makes, by name: read once, when first asked.

    What an earlier file makes counts as in use, because code of that deploy may know it: what a catalog does not have
    apart, which no code in use can name.
    """

    def __init__(self, script: Script) -> None:
        self._script = script
        self._made: dict[str, list[tuple[int, str, str | None]]] | None = None
        self._added: dict[tuple[str, str, str], int] = {}

    @classmethod
    def of(cls, script: Script) -> Names:
        """The names of this script, read once for all rules."""
        found = script.memo.setdefault(cls.__name__, cls(script))
        assert isinstance(found, cls)  # noqa: S101 - nobody else uses the key
        return found

    def comes_back(self, step: Step, schema: str | None, name: str) -> bool:
        """Whether a later statement of the file makes something of that name."""
        file = step.statement.file
        return any(
            index > step.index and made_in == file and _may_be(made, schema) for index, made_in, made in self._of(name)
        )

    def made_before(self, step: Step, schema: str | None, name: str) -> bool:
        """Whether an earlier statement of the file made something of that name."""
        file = step.statement.file
        return any(
            index < step.index and made_in == file and _may_be(made, schema) for index, made_in, made in self._of(name)
        )

    def is_new_column(self, step: Step, relation: RelationRef, column: str) -> bool:
        """Whether no code in use can know the column: the catalog lacks it, or else the file itself added it."""
        catalog = self._script.look.catalog
        if catalog is not None and relation.oid > 0:
            rows = catalog.grouped(PgAttribute, "relation").get(relation.oid, ())
            return all(one.name != column for one in rows)
        self._of("")
        return self._added.get((step.statement.file, relation.name, column), step.index) < step.index

    def _of(self, name: str) -> list[tuple[int, str, str | None]]:
        if self._made is None:
            self._made = {}
            for step in self._script.all_steps():
                for schema, made in made_names(step.tree):
                    self._made.setdefault(made, []).append((step.index, step.statement.file, schema))
                for table, column in _new_columns(step.tree):
                    self._added.setdefault((step.statement.file, table, column), step.index)
        return self._made.get(name, [])


def _new_columns(tree: StatementNode | None) -> Iterator[tuple[str, str]]:
    match tree:
        case AlterTable():
            for name in added_columns(tree):
                yield tree.relation.name, name
        case Rename(relation=relation, old_name=old) if relation is not None and old:
            yield relation.name, tree.new_name
        case _:
            return


def _may_be(made: str | None, schema: str | None) -> bool:
    """Whether two schemas may be one, where either may not be written."""
    return None in (made, schema) or made == schema


# ---- flags


def vanishing(
    step: Step,
    catalog: Catalog | None,
    what: str,
    relation: RelationRef,
    columns: tuple[str, ...] = (),
    more: Evidence = _NO_EVIDENCE,
    *,
    is_dropped: bool = False,
) -> Flag:
    """The flag for names that go while code may still say them, worse where a live query does.

    Args:
        step: The statement.
        catalog: The database before the script.
        what: What happens, such as `column note of orders is dropped`.
        relation: The relation, or the one that has the columns.
        columns: The columns; none for the relation itself.
        more: Evidence beside the queries.
        is_dropped: Whether the columns go for good: INSERTs that rely on their places count too.
    """
    schema, table = relation.schema, relation.name
    wanted: tuple[str | None, ...] = columns or (None,)
    queries = [query for name in wanted for query in queries_naming(catalog, schema, table, name)]
    if is_dropped:
        oid = relation.oid
        queries += [query for name in columns for query in queries_filling(catalog, oid, schema, table, name)]
    by_id = {query.query_id or query.shape: query for query in queries}
    found = sorted(by_id.values(), key=lambda query: -query.calls)
    said = in_words(found) or "code that is running may still name it"
    return Flag(
        message=f"{what}: {said}{branch(step)}",
        evidence={**query_evidence(catalog, found), **more},
        severity=Severity.HIGH if found else None,
    )
