"""Tables that carry money, states, events and people, told by their names and types, never by a value."""

from __future__ import annotations

import re
from collections import Counter

from pgaudit.review.evidence.inventory.facts import counted, fact, listed, some
from pgaudit.review.evidence.inventory.shape import own_tables
from pgaudit.review.evidence.records import Record, Trust
from probes.catalog.catalog import Catalog
from probes.catalog.expression import text_of
from probes.catalog.navigation import Relation
from probes.catalog.navigation.relations import Column
from probes.catalog.rows import PgConstraint, PgExtension, PgType
from probes.checks._support.columns import Types, declared_columns

_AMOUNT = re.compile(r"(^|_)(amount|price|total|subtotal|balance|fee|fees|cost|tax|payout|refund)(_|$)")
_MONEY_TABLE = re.compile(r"(invoice|payment|payout|refund|transaction|ledger|charge|billing|wallet|balance)")
_STATE = re.compile(r"(^|_)(status|state|stage|phase)$")
_EVENT_TABLE = re.compile(r"(webhook|outbox|inbox|event|delivery|deliveries|job|queue|notification|mail|message)")
_IDEMPOTENT = re.compile(r"(idempot|external_id|event_id|delivery_key|request_id|provider_id|reference)")
_AUDIT_TABLE = re.compile(r"(audit|history|journal|changelog|revision)")
_PERSONAL = re.compile(
    r"(^|_)(email|phone|mobile|birth|birthday|dob|ssn|passport|iban|address|street|first_name|last_name|full_name|latitude)"
)
_NUMBERS = frozenset(
    {Types.REAL, Types.DOUBLE, Types.MONEY, Types.NUMERIC, Types.INTEGER, Types.BIGINT, Types.SMALLINT}
)


def _amounts(catalog: Catalog) -> Record:
    columns = [column for column in declared_columns(catalog, _NUMBERS) if _AMOUNT.search(column.name.lower())]
    types = Counter(column.type.sql for column in columns)
    with_currency = {
        table.oid for table in own_tables(catalog) if any("currency" in row.name for row in table.column_rows)
    }
    tables = sorted({column.relation.qualified_name for column in columns})
    lonely = sorted({c.relation.qualified_name for c in columns if c.row.relation not in with_currency})
    told = ", ".join(f"{count} {kind}" for kind, count in types.most_common())
    return fact(
        "inventory/amounts",
        "Columns of money",
        f"{counted(len(columns), 'column')} in {counted(len(tables), 'table')} "
        f"{'looks like an amount' if len(columns) == 1 else 'look like amounts'} of money: {told}; "
        f"{len(lonely) or 'none'} of the tables {'has' if len(lonely) <= 1 else 'have'} no column for the currency"
        if columns
        else "no column looks like an amount of money",
        trust=Trust.INFERRED,
        columns=len(columns),
        types=tuple(f"{kind}: {count}" for kind, count in types.most_common()),
        tables=some(tables),
        tables_without_currency=some(lonely),
    )


def _audit_trail(catalog: Catalog) -> Record:
    tables = own_tables(catalog)
    trails = sorted(table.qualified_name for table in tables if _AUDIT_TABLE.search(table.name))
    money = [table for table in tables if _MONEY_TABLE.search(table.name)]
    triggered = [table for table in money if any(not one.is_internal and one.enabled != "D" for one in table.triggers)]
    bare = sorted({table.qualified_name for table in money} - {table.qualified_name for table in triggered})
    extension = any(row.name == "pgaudit" for row in catalog.rows(PgExtension))
    return fact(
        "inventory/audit_trail",
        "Audit trail",
        f"{counted(len(money), 'table')} {'is' if len(money) == 1 else 'are'} named after money; "
        f"{_with_trigger(len(triggered), len(money))} a trigger that is switched on; "
        f"tables of history: {listed(trails) if trails else 'none'}"
        if money
        else f"no table is named after money; tables of history: {listed(trails) if trails else 'none'}",
        trust=Trust.INFERRED,
        money_tables=len(money),
        with_enabled_trigger=len(triggered),
        without_trigger=some(bare),
        history_tables=some(trails),
        statement_log_extension=extension,
    )


def _with_trigger(count: int, of: int) -> str:
    if of == 1:
        return "it has" if count else "it does not have"
    return f"{count or 'none'} of them {'has' if count <= 1 else 'have'}"


def _states(catalog: Catalog) -> Record:
    columns = [column for column in declared_columns(catalog) if _STATE.search(column.name.lower())]
    guarded = [column for column in columns if _is_guarded(column)]
    names = {f"{column.relation.qualified_name}.{column.name}" for column in columns}
    open_ones = sorted(names - {f"{column.relation.qualified_name}.{column.name}" for column in guarded})
    return fact(
        "inventory/states",
        "Columns of state",
        f"{counted(len(columns), 'column')} {'holds' if len(columns) == 1 else 'hold'} a state; an enum, a CHECK or a "
        "foreign key limits "
        f"{'all' if len(guarded) == len(columns) else len(guarded) or 'none'} of them"
        if columns
        else "no column looks like the state of something",
        trust=Trust.INFERRED,
        columns=len(columns),
        limited=len(guarded),
        unlimited=some(open_ones),
    )


def _is_guarded(column: Column) -> bool:
    kind = column.catalog.find(PgType, column.row.type)
    if kind and kind.kind in {"e", "d"}:
        return True
    rows = column.catalog.grouped(PgConstraint, "relation").get(column.row.relation, ())
    return any(row.kind in {"c", "f"} and column.row.number in row.columns for row in rows)


def _events(catalog: Catalog) -> Record:
    tables = [table for table in own_tables(catalog) if _EVENT_TABLE.search(table.name)]
    keyed = [table for table in tables if _has_unique_key(table)]
    names = sorted(table.qualified_name for table in tables)
    return fact(
        "inventory/events",
        "Tables of events, deliveries and queues",
        f"{counted(len(tables), 'table')} {'is' if len(tables) == 1 else 'are'} named after events, messages or "
        f"deliveries; {len(keyed) or 'none'} of them {'has' if len(keyed) <= 1 else 'have'} a unique key that stops a "
        "repeated delivery"
        if tables
        else "no table is named after events, deliveries or a queue",
        trust=Trust.INFERRED,
        tables=some(names),
        with_idempotency_key=some(sorted(table.qualified_name for table in keyed)),
        without_idempotency_key=some(sorted(set(names) - {table.qualified_name for table in keyed})),
    )


def _has_unique_key(table: Relation) -> bool:
    """Whether a unique index covers a column that looks like a key from outside."""
    for index in table.indexes:
        if index.row.unique and any(_IDEMPOTENT.search(name) for name in table.column_names(index.key_columns)):
            return True
    return False


def _personal(catalog: Catalog) -> Record:
    columns = [column for column in declared_columns(catalog) if _PERSONAL.search(column.name.lower())]
    tables = {column.relation.qualified_name: column.relation for column in columns}
    open_ones = sorted(name for name, table in tables.items() if not table.row.row_security)
    return fact(
        "inventory/personal_data",
        "Personal data",
        f"{counted(len(columns), 'column')} in {counted(len(tables), 'table')} "
        f"{'looks' if len(columns) == 1 else 'look'} like personal data; {len(open_ones) or 'none'} of the tables "
        f"{'is' if len(open_ones) <= 1 else 'are'} without row level security"
        if columns
        else "no column looks like personal data by its name",
        trust=Trust.INFERRED,
        columns=len(columns),
        tables=some(sorted(tables)),
        without_row_security=some(open_ones),
    )


def _rules(catalog: Catalog) -> Record:
    soft = sorted(
        column.relation.qualified_name
        for column in declared_columns(catalog)
        if column.name.lower() in {"deleted_at", "is_deleted"}
    )
    partial = sum(1 for row in catalog.indexes_in_scope if "deleted" in (text_of(row.predicate) or ""))
    return fact(
        "inventory/soft_deletes",
        "Soft deletes",
        f"{counted(len(soft), 'table marks', 'tables mark')} rows as deleted instead of deleting them; "
        f"{counted(partial, 'index leaves', 'indexes leave')} such rows out"
        if soft
        else "no table marks rows as deleted: deletes are real",
        trust=Trust.INFERRED,
        tables=some(soft),
        partial_indexes=partial,
    )


FACTS = (_amounts, _audit_trail, _states, _events, _personal, _rules)
"""Each gives one record."""
