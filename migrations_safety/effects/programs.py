"""Code that a statement runs: DO blocks, procedures, functions and triggers, as far as they are written out."""

from __future__ import annotations

from functools import cache

from migrations_safety.effects.defaults import candidates
from migrations_safety.effects.dispatch import handler_of
from migrations_safety.effects.model import Conditional, Effects, Reason, When
from migrations_safety.effects.run import Refused, Run
from migrations_safety.script.bodies import Body, Embedded, body_of
from probes.catalog.names import quoted
from probes.catalog.rows import PgProc, PgTrigger
from probes.sql.parse import Parsed, ParseFailure, parse_statement
from probes.sql.tree.routines import DoBlock
from probes.sql.tree.utility import Call

_MAX_DEPTH = 2
_UNREADABLE = frozenset({"c", "internal"})


def do_block(run: Run, _statement: DoBlock) -> None:
    """Work out DO: statements outside of branches are certain, the others happen in some states."""
    if run.parsed is None:
        run.record.opaque = "a DO block executes code"
        return
    body = body_of(run.parsed, _text(run.parsed))
    if body is not None:
        run_body(run, body, "the DO block")


def _text(parsed: Parsed) -> str:
    """A DO statement with the block's source, as PL/pgSQL's own parser wants it."""
    tree = parsed.tree
    if not isinstance(tree, DoBlock):
        return ""
    found = {option.name: option.value for option in tree.args}
    source = found.get("as")
    return f"do {dollar_quoted(source if isinstance(source, str) else '')}"


def call(run: Run, statement: Call) -> None:
    """Work out CALL."""
    name = statement.call.name if statement.call else ()
    count = len(statement.call.args) if statement.call else 0
    rows = candidates(run, name, count)
    if len(rows) != 1:
        if not rows and run.world.knows_all:
            run.refuse("42883", f"procedure {'.'.join(name)} does not exist")
        run.record.opaque = f"procedure {'.'.join(name)} executes code"
        return
    run_function(run, rows[0], None)


def dollar_quoted(source: str) -> str:
    """Text between dollar quotes that it does not contain."""
    tag = "$body$"
    while tag in source:
        tag = f"{tag[:-1]}_$"
    return f"{tag}{source}{tag}"


def run_function(run: Run, row: PgProc, when: When | None) -> None:
    """Note what a function's body does.

    Args:
        run: The statement that calls it.
        row: The function.
        when: In which states the body runs; None for certainly.
    """
    if row.kind == "a":
        return
    body = None if run.depth > _MAX_DEPTH else body_of_function(row)
    if body is None:
        run.record.opaque = f"{row.name} executes code that cannot be read"
        return
    run_body(run, body, row.name, when)


def body_of_function(row: PgProc) -> Body | None:
    """The statements of a function in the catalog; None where its source is not known."""
    if row.source is None or row.language in _UNREADABLE or row.has_sql_body:
        return None
    kind = "procedure" if row.kind == "p" else "function"
    head = f"create {kind} f({_parameters(row)}){'' if row.kind == 'p' else _returns(row)}"
    return _body(f"{head} language {row.language} as {dollar_quoted(row.source)}")


@cache
def _body(sql: str) -> Body | None:
    parsed = parse_statement(sql)
    return None if isinstance(parsed, ParseFailure) else body_of(parsed, sql)


def _parameters(row: PgProc) -> str:
    """The names of parameters, which a body may assign to; their types do not matter to its parser."""
    modes = row.argument_modes or ("i",) * len(row.argument_names)
    words = {"o": "out ", "b": "inout "}
    pairs = zip(row.argument_names, modes, strict=False)
    return ", ".join(f"{words.get(mode, '')}{quoted(name)} text" for name, mode in pairs if name and mode != "t")


def _returns(row: PgProc) -> str:
    modes = row.argument_modes
    columns = [name for name, mode in zip(row.argument_names, modes, strict=False) if mode == "t"]
    if columns:
        return f" returns table ({', '.join(f'{quoted(name)} text' for name in columns)})"
    several = "setof " if row.returns_set else ""
    if "o" in modes or "b" in modes:
        return f" returns {several}record" if several else ""
    return f" returns {several}{_RESULTS.get(row.returns, 'text')}"


_RESULTS = {2278: "void", 2279: "trigger", 3838: "event_trigger"}
"""Oids of the result types that decide what RETURN may be written with."""


def run_triggers(run: Run, relation: int, event: int) -> None:
    """Note what the triggers of users do that an event fires."""
    for trigger in run.world.where(PgTrigger, "relation", relation):
        if trigger.is_internal or trigger.enabled == "D" or not trigger.type_bits & event:
            continue
        function = run.world.one(PgProc, trigger.function)
        when = Conditional(Reason.FUNCTION_BODY, f"trigger {trigger.name}")
        if function is None:
            run.record.opaque = f"trigger {trigger.name} calls a function that is not known"
        else:
            run_function(run, function, when)


def run_body(run: Run, body: Body, name: str, when: When | None = None) -> None:
    """Note what the statements of a body do, and change the world as far as they certainly run."""
    if body.dark:
        run.record.opaque = f"{name} executes code that cannot be read ({body.dark[0].detail or body.language})"
    for one in body.statements:
        sometimes = when
        if one.is_conditional and sometimes is None:
            sometimes = Conditional(Reason.FUNCTION_BODY, f"a branch of {name}")
        _run_embedded(run, one, name, sometimes)


def _run_embedded(run: Run, one: Embedded, name: str, when: When | None) -> None:
    outcome = one.outcome
    if isinstance(outcome, ParseFailure):
        run.record.opaque = f"{name} contains a statement that cannot be read"
        return
    handler = handler_of(type(outcome.tree).__name__)
    if handler is None:
        return
    inner = run.inner(outcome)
    mark = run.world.mark()
    try:
        handler(inner, outcome.tree)
    except Refused as refused:
        if when is None and not one.is_expression:
            raise
        inner.record.may_refuse(refused.sqlstate, str(refused), _as_conditional(when))
    if when is not None:
        run.world.undo(mark)
    merge(run, inner.record.effects(), when)


def _as_conditional(when: When | None) -> Conditional:
    return when if isinstance(when, Conditional) else Conditional(Reason.FUNCTION_BODY)


def merge(run: Run, found: Effects, when: When | None) -> None:
    """Add the effects of one statement to those of the statement that runs it."""
    record = run.record
    for lock in found.locks:
        record.lock(lock.relation, lock.mode, lock.role, when or lock.when)
    for work in found.rewrites:
        record.rewrite(work.relation, work.why, when or work.when, is_empty=work.is_empty)
    for work in found.scans:
        record.scan(work.relation, work.why, when or work.when, is_empty=work.is_empty)
    for work in found.index_builds:
        record.build(work.relation, work.why, when or work.when, is_empty=work.is_empty)
    for assumption in found.assumptions:
        record.assume(assumption)
    for wait in found.waits:
        record.wait(wait)
    if found.requires_no_transaction and when is None:
        run.refuse("25001", "it cannot be executed from a function")
    if found.refusal is not None and isinstance(found.refusal.when, Conditional):
        record.may_refuse(found.refusal.sqlstate, found.refusal.message, found.refusal.when)
    record.opaque = record.opaque or found.opaque
