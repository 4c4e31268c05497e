"""A sequence gets another name while texts in use say the old one.

What: ALTER SEQUENCE, or ALTER TABLE, ... RENAME TO of a sequence that stood before the script, with nothing of the old
name made later in the file. It is graded low where the sequence serves a column, which hardly anyone names.

Why it matters: Defaults of columns and identity columns hold the sequence itself and follow. What says its name in a
text fails when it next runs: nextval('numbers') in the application, in an object-relational mapper's configuration, in
a seed file, in the body of a function.

When it is harmless: Only columns draw from it, as from those of serial and identity columns.

What to do: Find the texts first. Where code asks for numbers by name, let it ask for
nextval(pg_get_serial_sequence('table', 'column')) or leave the value to the column's default, deploy that, then rename.

Known limits: What the application's code names is not seen, nor does pg_stat_statements show it: it keeps nextval($1).
Functions that say the name are judged by another rule. A sequence cannot be kept under two names.

Sources: https://www.postgresql.org/docs/current/sql-altersequence.html
    https://www.postgresql.org/docs/current/functions-sequence.html

Given::

    create sequence numbers;
    create table orders (id serial primary key, note text);

Unsafe::

    alter sequence numbers rename to counts;

Unsafe::

    alter sequence orders_id_seq rename to purchases_id_seq;

Unsafe (with a catalog)::

    alter table numbers rename to counts;

Safe::

    create sequence fresh;
    alter sequence fresh rename to fresher;

Safe::

    begin;
    alter sequence numbers rename to numbers_old;
    create sequence numbers;
    commit;

Safe (with a catalog)::

    alter table orders alter column note set default nextval('numbers');
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.model import RelationRef
from migrations_safety.effects.run import Run
from migrations_safety.effects.sequences import is_owned
from migrations_safety.rule import Area, Flag, script_rule
from migrations_safety.rules._dependents import following
from migrations_safety.rules._gone import Names, target
from migrations_safety.rules._judging import branch
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from migrations_safety.uses import in_words, queries_naming, query_evidence
from probes.catalog.expression import text_of
from probes.catalog.rows import PgAttrdef, PgAttribute, PgClass, PgDepend
from probes.finding import Severity
from probes.sql.expressions import model as m
from probes.sql.expressions.build import parse_expression
from probes.sql.tree.enums import ObjectType
from probes.sql.tree.tables import Rename


@script_rule(
    "Renames a sequence in use",
    area=Area.COMPATIBILITY,
    severity=Severity.MEDIUM,
    triggers=("Rename:SEQUENCE", "Rename:TABLE", "Rename:INDEX"),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag renamed sequences whose old name does not come back."""
    known = Names.of(script)
    for step in script.steps_of("Rename"):
        tree, relation = step.tree, target(step)
        if not isinstance(tree, Rename) or relation is None or tree.old_name or not _is_sequence(tree, relation):
            continue
        schema, name = relation.schema, relation.name
        if not known.made_before(step, schema, name) and not known.comes_back(step, schema, name):
            yield step, _flag(script, step, relation, tree.new_name)


def _is_sequence(tree: Rename, relation: RelationRef) -> bool:
    return relation.kind == "S" if relation.kind is not None else tree.object_type is ObjectType.SEQUENCE


def _flag(script: Script, step: Step, relation: RelationRef, new_name: str) -> Flag:
    catalog, run = script.look.catalog, script.look.run
    what = f"sequence {relation.qualified_name} renamed to {new_name}"
    said = f"defaults of columns follow; code that says the old name in a text, as nextval('{relation.name}'), fails"
    evidence = following(script.look, relation)
    queries = queries_naming(catalog, relation.schema, relation.name)
    late = _late_defaults(run, relation.name) if catalog is not None else ()
    if late:
        said = f"the default of {', '.join(late)} says the old name as a text and fails"
        evidence = {**evidence, "defaults": late}
    elif queries:
        said = in_words(queries)
        evidence = {**evidence, **query_evidence(catalog, queries)}
    severity = Severity.HIGH if late or queries else (Severity.LOW if _serves_columns(run, relation) else None)
    return Flag(message=f"{what}: {said}{branch(step)}", evidence=evidence, severity=severity)


def _serves_columns(run: Run, relation: RelationRef) -> bool:
    """Whether a column owns the sequence, or has a default that draws from it."""
    ties = run.world.where(PgDepend, "referenced", relation.oid) if relation.oid else ()
    return bool(relation.oid) and (is_owned(run, relation.oid) or any(tie.catalog == "pg_attrdef" for tie in ties))


def _late_defaults(run: Run, name: str) -> tuple[str, ...]:
    """Columns with a default such as nextval('numbers'::text), which looks the name up whenever it is computed."""
    return tuple(_column(run, row) for row in run.world.store(PgAttrdef).all() if _says(row, name))


def _says(default: PgAttrdef, name: str) -> bool:
    text = text_of(default.expression) or ""
    if name not in text or "::text" not in text:
        return False
    return any(_is_late(part, name) for call in m.walk(parse_expression(text)) for part in _arguments(call))


def _arguments(call: m.Expression) -> Iterator[m.Expression]:
    if isinstance(call, m.Call) and call.name[-1] == "nextval" and call.args:
        yield from m.walk(call.args[0])


def _is_late(part: m.Expression, name: str) -> bool:
    match part:
        case m.Cast(arg=m.Constant(value=str(text)), type="text"):
            return text.rpartition(".")[2].strip('"') == name
        case _:
            return False


def _column(run: Run, row: PgAttrdef) -> str:
    table = run.world.one(PgClass, row.relation)
    columns = run.world.where(PgAttribute, "relation", row.relation)
    found = next((one.name for one in columns if one.number == row.column), "")
    return f"{table.name}.{found}" if table is not None else found
