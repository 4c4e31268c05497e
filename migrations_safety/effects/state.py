"""Statements about the session and the cluster: settings, code that is not looked into, what refuses a transaction."""

from __future__ import annotations

from migrations_safety.effects.run import NO_CATALOG, Run
from probes.catalog.rows import PgSetting
from probes.sql.tree.enums import DiscardTarget, TransactionKind, VariableSetKind
from probes.sql.tree.utility import Discard, Set, Transaction

_ENDS = frozenset({TransactionKind.COMMIT, TransactionKind.ROLLBACK, TransactionKind.PREPARE})
_FOLLOWED = frozenset({"search_path", "timezone", "role", "check_function_bodies"})


def set_variable(run: Run, statement: Set) -> None:
    """SET and RESET of what decides effects."""
    name = (statement.name or "").lower()
    name = "timezone" if name == "time zone" else name
    if name not in _FOLLOWED:
        return
    if name == "role":
        _take_role(run, statement)
    elif statement.kind is VariableSetKind.SET_VALUE:
        values = [str(value) for value in statement.args]
        text = ", ".join(f'"{value}"' for value in values) if name == "search_path" else "".join(values)
        run.world.settings[name] = text
    else:
        run.world.settings[name] = run.world.usual_settings()[name]


def _take_role(run: Run, statement: Set) -> None:
    names = [str(value) for value in statement.args]
    if statement.kind is VariableSetKind.SET_VALUE and names and names[0] != "none":
        run.world.settings["role"] = names[0]
    else:
        run.world.settings.pop("role", None)


def transaction(run: Run, statement: Transaction) -> None:
    """COMMIT and its kind end what waits; PREPARE TRANSACTION is off unless the server is told otherwise."""
    if statement.kind in _ENDS:
        run.world.pending.clear()
    if statement.kind is TransactionKind.PREPARE:
        setting = run.world.where(PgSetting, "name", "max_prepared_transactions")
        if setting and setting[0].value == "0":
            run.refuse("55000", "prepared transactions are disabled")
        if not setting:
            run.record.may_refuse("55000", "prepared transactions may be disabled", NO_CATALOG)


def discard(run: Run, statement: Discard) -> None:
    """DISCARD ALL refuses a transaction block."""
    if statement.target is DiscardTarget.ALL:
        run.record.requires_no_transaction = True


def no_transaction(run: Run, _statement: object) -> None:
    """Statements that refuse a transaction block and touch no relation."""
    run.record.requires_no_transaction = True


def subscription(run: Run, statement: object) -> None:
    """CREATE SUBSCRIPTION refuses a transaction block when it makes a slot."""
    options = {option.name: option for option in getattr(statement, "options", ())}
    connects = "connect" not in options or options["connect"].is_on
    makes_slot = "create_slot" not in options or options["create_slot"].is_on
    if connects and makes_slot:
        run.record.requires_no_transaction = True
