"""Financial table without an audit trail.

What: A table of payments, invoices, refunds or the like keeps amounts that can be changed, and no trigger records who
changed what.

Why it matters: When a customer disputes a refund, or the books are audited, the row shows what is and not what was. An
amount that was edited by a support tool or a hand-written UPDATE has no past, and neither a fraud nor an honest mistake
can be told from a change that was in order.

When it is harmless: Rows are only ever inserted, as in a ledger, and nobody has UPDATE or DELETE on them; or the trail
is kept by logical decoding elsewhere.

How to fix it safely: Attach the trigger that already guards other tables; CREATE TRIGGER takes a short lock, and each
later write costs one row more. Where there is none yet, write one that stores old and new row, time and user in a table
that the application may not change.

How it is decided: Tables whose name ends in a word for money on the move and that have a column of amounts. Any trigger
of the user for UPDATE whose own or whose function's name speaks of audit, history, log, change, track or version
counts, and so does a table beside it with that in its name. The remedy copies such a trigger from another financial
table, with its events.

Known limits: Trails that an application writes are not seen. A disabled trigger counts; constraints/disabled_trigger
reports it.

Sources: https://www.postgresql.org/docs/current/plpgsql-trigger.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import qualified, quoted
from probes.catalog.navigation import Relation
from probes.catalog.rows import PgAttribute, PgProc, PgTrigger, PgType
from probes.check import Needs, Thresholds, check
from probes.checks._support.refs import SCOPE, relation_ref
from probes.checks._support.wording import amounts_of
from probes.finding import Advice, Confidence, Fix, Observed, Severity

_FINANCIAL = re.compile(
    r"(^|_)(payments?|invoices?|refunds?|payouts?|charges?|transfers?|withdrawals?|deposits?|credit_notes?|"
    r"balances?|wallets?|settlements?|salar(y|ies))$",
    re.IGNORECASE,
)
_TRAIL = re.compile(r"audit|histor|log|change|track|version|journal", re.IGNORECASE)
_ROW, _BEFORE, _INSERT, _DELETE, _UPDATE = 1, 2, 4, 8, 16
_EVENTS = ((_INSERT, "insert"), (_UPDATE, "update"), (_DELETE, "delete"))


@check(
    title="Financial table without an audit trail",
    severity=Severity.LOW,
    confidence=Confidence.LOW,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgType, PgTrigger, PgProc)),
    sources=("https://www.postgresql.org/docs/current/plpgsql-trigger.html",),
)
def financial_table_without_audit_trail(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    """Yield each financial table whose changes leave no trace."""
    tables = [table for table in catalog.tables if _is_financial(table)]
    names = {row.name.lower() for row in catalog.tables_in_scope if _TRAIL.search(row.name)}
    models = [found for table in tables for found in [_trail(table)] if found and not found.columns]
    model = models[0] if models else None
    for table in tables:
        if _trail(table) is None and not any(table.name.lower() in name for name in names):
            yield _observed(table, model)


def _is_financial(table: Relation) -> bool:
    return not table.row.is_partition and bool(_FINANCIAL.search(table.name)) and bool(amounts_of(table))


def _trail(table: Relation) -> PgTrigger | None:
    for trigger in table.triggers:
        function = table.catalog.find(PgProc, trigger.function)
        names = (trigger.name, function.name if function else "")
        if not trigger.is_internal and trigger.type_bits & _UPDATE and any(map(_TRAIL.search, names)):
            return trigger
    return None


def _observed(table: Relation, model: PgTrigger | None) -> Observed:
    columns = tuple(column.name for column in amounts_of(table))
    return Observed(
        object=relation_ref(table),
        message=(
            f"changes of {', '.join(columns[:3])} in {table.qualified_name} leave no trace: no trigger records what "
            "was there before"
        ),
        evidence={"columns": columns, "trigger_elsewhere": model.name if model else None},
        remedy=_remedy(table, model),
    )


def _remedy(table: Relation, model: PgTrigger | None) -> Fix | Advice:
    function = table.catalog.find(PgProc, model.function) if model else None
    is_plain = model and model.type_bits & _ROW and not model.type_bits & _BEFORE and not model.has_condition
    if not model or not function or not is_plain or model.old_table or model.new_table:
        return Advice(
            "Write a trigger function that stores the old and the new row, the time and session_user in a table that "
            "the application may not change, and attach it AFTER INSERT OR UPDATE OR DELETE. Your auditors, and "
            "no catalog, say what must be kept and for how long."
        )
    events = " or ".join(word for bit, word in _EVENTS if model.type_bits & bit)
    called = qualified(table.catalog.schema_name(function.namespace), function.name)
    name = quoted(f"{table.name[:50]}_audit")
    declared = f"create trigger {name} after {events} on {table.sql} for each row execute function {called}()"
    return Fix(
        sql=(declared,),
        changes=("pg_trigger",),
        note="The function is the one of another financial table: see that it asks for no column that is missing here.",
    )
