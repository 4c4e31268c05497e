"""Evidence for the question about a table: what it is, what it refers to, what rows obey, and how it would be."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator

import msgspec

from pgaudit.errors import BadConfiguration
from pgaudit.review.asking.about import concerns, evidence_about
from pgaudit.review.asking.prisma import model, model_name
from pgaudit.review.asking.seeds import NoSeedError, seeds
from pgaudit.review.asking.sql_layout import laid_out
from pgaudit.review.asking.tables import table_record
from pgaudit.review.deciding.decisions import decide
from pgaudit.review.evidence.effects import with_effects
from pgaudit.review.evidence.inventory.facts import counted, fact, listed
from pgaudit.review.evidence.records import Pack, ProposedChange, Record, RecordKind, Trust, record_id
from probes.catalog.catalog import Catalog
from probes.catalog.expression import text_of
from probes.catalog.navigation import Policy, Relation
from probes.finding import Evidence, ObjectRef
from probes.render.render import render

FIELDS = "asked/fields"
RELATIONSHIPS = "asked/relationships"
RULES = "asked/rules"
POLICIES = "asked/policies"
DEFINITION = "asked/definition"
SEED = "asked/seed"
NO_SEED = "asked/no_seed"
_TABLE_KINDS = ("r", "p")
_CLOSE = 0.6
_NOT_SHAPE = ("comment on", "grant ", "revoke ", "alter default", "set ", "reset ")
_SHOWN_NAMES = 3
_TIMES = {1: "", 2: " (declared twice)"}


def entity(catalog: Catalog, name: str) -> Relation:
    """The table of that name, with or without its schema. Raises BadConfiguration where it is not one."""
    schema, _, bare = name.rpartition(".")
    tables = [one for one in catalog.relations if one.row.kind in _TABLE_KINDS and not one.row.is_partition]
    found = [one for one in tables if one.name == bare and schema in ("", one.schema)]
    if len(found) == 1:
        return found[0]
    if found:
        places = ", ".join(sorted(one.qualified_name for one in found)[:_SHOWN_NAMES])
        raise BadConfiguration("--entity", f"{name} is in several schemas", f"write one of {places}")
    names = {one.name: one.qualified_name for one in tables}
    near = difflib.get_close_matches(bare, names, n=_SHOWN_NAMES, cutoff=_CLOSE)
    advice = f"did you mean {', '.join(names[one] for one in near)}?" if near else "name a table of the database"
    raise BadConfiguration("--entity", f"no table is called {name}", advice)


def schema_evidence(catalog: Catalog, pack: Pack, table: Relation) -> Pack:
    """The evidence about a table."""
    about = concerns([table, *table.leaves])
    words = {table.name.lower(), table.qualified_name.lower()}

    def wanted(record: Record) -> bool:
        if record.kind is RecordKind.FINDING:
            return about(record.object)
        if record.kind is RecordKind.QUERY:
            return bool(words & set(str(record.facts.get("query")).lower().split()))
        return record.kind is RecordKind.SKIP and about(record.object)

    added = (
        table_record(catalog, table),
        _fields(table),
        _relationships(table),
        _rules(table),
        _policies(table),
        _seed(catalog, table),
    )
    return evidence_about(pack, wanted, added)


def with_definition(catalog: Catalog, pack: Pack, table: Relation) -> Pack:
    """The pack with the table's definition as the changes that stood their proof leave it."""
    changes = decide(pack).changes
    after = _after(catalog, [sql for one in changes for sql in one.change.sql]) if changes else None
    shown = after.relation(table.oid) if after is not None else None
    relation = shown or table
    ran = "change 1 below has" if len(changes) == 1 else f"the {len(changes)} changes below have"
    state = f"once {ran} run" if shown is not None else "as it is"
    record = _record(
        DEFINITION,
        table,
        f"the definition of {table.qualified_name} {state}",
        {"prisma": model(relation), "sql": tuple(_ddl(relation.catalog, relation))},
    )
    return msgspec.structs.replace(pack, records=(*pack.records, record))


def _after(catalog: Catalog, statements: list[str]) -> Catalog | None:
    """The catalog as these statements leave it; None where one of them cannot be followed."""
    from migrations_safety.script.model import ScriptText  # noqa: PLC0415 - prediction is loaded when it is needed
    from migrations_safety.script.reader import read_script  # noqa: PLC0415
    from migrations_safety.timeline import Timeline  # noqa: PLC0415

    text = "".join(f"{one.rstrip().rstrip(';')};\n" for one in statements).encode()
    timeline = Timeline(catalog, catalog.server.major)
    for step in timeline.steps(read_script([ScriptText(file="changes.sql", content=text)])):
        if step.effects.is_refused:
            return None
    return timeline.catalog()


def _ddl(catalog: Catalog, table: Relation) -> Iterator[str]:
    """The statements that make the table, its keys, indexes and policies."""
    wanted = {(table.schema, table.name)}
    for statement in render(catalog).statements:
        there = statement.object
        mine = {(there.schema, there.name), (there.schema, there.table)} & wanted
        if mine and not statement.sql.startswith(_NOT_SHAPE) and " owner to " not in statement.sql:
            yield laid_out(statement.sql)


# ---- records


def _record(topic: str, table: Relation, says: str, facts: Evidence) -> Record:
    return fact(
        topic,
        table.qualified_name,
        says,
        subject=ObjectRef(table.kind.noun, table.name, table.schema),
        values=facts,
    )


def _fields(table: Relation) -> Record:
    columns = tuple(f"{one.name} {one.type.sql}{' not null' if one.row.not_null else ''}" for one in table.columns)
    nullable = sum(1 for one in table.columns if not one.row.not_null)
    return _record(
        FIELDS,
        table,
        f"{table.qualified_name} has {counted(len(columns), 'column')}, {nullable or 'none'} of which may be null",
        {"columns": columns, "model": model_name(table.name)},
    )


def _relationships(table: Relation) -> Record:
    keys = Counter(
        f"({', '.join(key.column_names)}) to {key.referenced.qualified_name}"
        for key in table.foreign_keys
        if key.referenced
    )
    out = [f"{key}{_TIMES.get(times, f' (declared {times} times)')}" for key, times in keys.items()]
    into = sorted({key.referencing.qualified_name for key in table.referenced_by})
    told = f"refers by {listed(out)}" if out else "refers to no table"
    back = f"{listed(into)} {'refers' if len(into) == 1 else 'refer'} to it" if into else "no table refers to it"
    facts: Evidence = {"out": tuple(out), "into": tuple(into)}
    return _record(RELATIONSHIPS, table, f"{table.qualified_name} {told}; {back}", facts)


def _rules(table: Relation) -> Record:
    checks = tuple(one.name for one in table.constraints if one.row.kind == "c")
    unique = tuple(
        f"{one.name} ({', '.join(one.column_names)})" for one in table.constraints if one.row.kind in ("u", "p")
    )
    triggers = tuple(one.name for one in table.triggers if not one.name.startswith("RI_ConstraintTrigger"))
    return _record(
        RULES,
        table,
        f"{table.qualified_name} has {_none_or(len(unique), 'unique or primary key')}, "
        f"{_none_or(len(checks), 'CHECK constraint')} and {_none_or(len(triggers), 'trigger')}",
        {"checks": checks, "keys": unique, "triggers": triggers},
    )


def _none_or(count: int, noun: str) -> str:
    return counted(count, noun) if count else f"no {noun}"


def _policies(table: Relation) -> Record:
    row = table.row
    state = "forced, for its owner too" if row.force_row_security else "on, but not for its owner"
    told = tuple(map(_policy_sql, table.policies))
    return _record(
        POLICIES,
        table,
        f"row security of {table.qualified_name} is {state if row.row_security else 'off'}; it has "
        f"{counted(len(told), 'policy', 'policies') if told else 'no policy'}",
        {"row_security": row.row_security, "forced": row.force_row_security, "policies": told},
    )


def _policy_sql(policy: Policy) -> str:
    using, check = text_of(policy.row.using), text_of(policy.row.check)
    kind = "" if policy.row.permissive else " as restrictive"
    parts = [f" using {_bracketed(using)}" if using else "", f" with check {_bracketed(check)}" if check else ""]
    command = policy.command.name.lower()
    return (
        f"create policy {policy.sql} on {policy.relation.sql}{kind} for {command} to {', '.join(policy.role_names)}"
        f"{''.join(parts)}"
    )


def _bracketed(expression: str) -> str:
    """The expression in the brackets that a policy needs, where it does not have them yet."""
    depth = 0
    for place, sign in enumerate(expression):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth == 0:
            return expression if place == len(expression) - 1 and place else f"({expression})"
    return f"({expression})"


def _seed(catalog: Catalog, table: Relation) -> Record:
    try:
        made = seeds(table)
    except NoSeedError as reason:
        return Record(
            id=record_id(RecordKind.SKIP, NO_SEED, ObjectRef("table", table.name, table.schema)),
            kind=RecordKind.SKIP,
            topic=NO_SEED,
            title=table.qualified_name,
            says=f"no sample rows were made up: {reason}",
        )
    change = with_effects(ProposedChange(made), catalog)
    others = f" and for {counted(len(made) - 1, 'table')} that it needs" if len(made) > 1 else ""
    record = _record(SEED, table, f"a sample row for {table.qualified_name}{others}", {"sql": made})
    return msgspec.structs.replace(record, change=msgspec.structs.replace(change, rollback=()), trust=Trust.CATALOG)
