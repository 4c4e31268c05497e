"""Statements about the session and the cluster: settings, code that is not looked into, what refuses a transaction."""

from __future__ import annotations

from migrations_safety.effects.run import Run
from probes.sql.tree.enums import DiscardTarget, VariableSetKind
from probes.sql.tree.utility import Discard, Set

_FOLLOWED = frozenset({"search_path", "timezone"})


def set_variable(run: Run, statement: Set) -> None:
    """SET and RESET of what decides effects."""
    name = (statement.name or "").lower()
    name = "timezone" if name == "time zone" else name
    if name not in _FOLLOWED:
        return
    if statement.kind is VariableSetKind.SET_VALUE:
        values = [str(value) for value in statement.args]
        text = ", ".join(f'"{value}"' for value in values) if name == "search_path" else "".join(values)
        run.world.settings[name] = text
    else:
        server = run.world.base.server
        run.world.settings[name] = server.search_path if name == "search_path" else server.timezone


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
