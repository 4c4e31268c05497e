"""What makes a rule look at a statement: words for its kind and for what it does.

`AlterTable`, `CreateIndex` ... name the class of the tree. `AlterTable:ADD_COLUMN`, `AlterTable:ADD_CONSTRAINT:CHECK`,
`Drop:TABLE`, `Rename:COLUMN` are narrower. `+lock`, `+work`, `+held`, `+waits`, `+refused`, `+opaque` are effects,
`CreateIndex&+lock` is one with that effect, and `*` is every statement.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from migrations_safety.effects.model import Effects
from probes.catalog.locks import LockMode

if TYPE_CHECKING:
    from migrations_safety.timeline import Step
    from probes.sql.tree.tables import AlterTable, AlterTableCommand

EVERY = "*"
COMMANDS = "AlterTable:"
"""How the words for subcommands begin."""
LOCK = "+lock"
"""A lock of SHARE UPDATE EXCLUSIVE or more on something that others use."""
WORK = "+work"
"""A rewrite, a scan or an index built, of something that others use."""
HELD = "+held"
"""Earlier statements of the transaction hold locks."""
WAITS = "+waits"
"""It waits for other transactions beside its locks."""
REFUSED = "+refused"
OPAQUE = "+opaque"
EFFECTS = (LOCK, WORK, HELD, WAITS, REFUSED, OPAQUE)

_WITH_OBJECT_TYPE = frozenset({"Drop", "Rename", "SetSchema", "SetOwner"})
_STRONG = LockMode.SHARE_UPDATE_EXCLUSIVE.strength


def triggers_of(step: Step) -> Iterator[str]:
    """The words for a statement, broadest first."""
    yield EVERY
    tree, effects = step.tree, tuple(_of_effects(step, step.effects))
    if tree is not None:
        name = type(tree).__name__
        yield name
        if LOCK in effects:
            yield f"{name}&{LOCK}"
        if name == "AlterTable":
            yield from _of_commands(tree)  # type: ignore[arg-type]
        elif name in _WITH_OBJECT_TYPE:
            yield f"{name}:{tree.object_type.name}"  # type: ignore[attr-defined]
    yield from effects


def _of_commands(tree: AlterTable) -> Iterator[str]:
    for command in tree.commands:
        yield from command_triggers(command)


def command_triggers(command: AlterTableCommand) -> Iterator[str]:
    """The words for a subcommand of ALTER TABLE."""
    kind = command.kind.name
    yield f"{COMMANDS}{kind}"
    if kind == "ADD_CONSTRAINT":
        constraint = getattr(command.definition, "kind", None)
        if constraint is not None:
            yield f"{COMMANDS}{kind}:{constraint.name}"


def _of_effects(step: Step, effects: Effects) -> Iterator[str]:
    if any(lock.mode.strength >= _STRONG and step.is_used_by_others(lock.relation) for lock in effects.locks):
        yield LOCK
    work = (*effects.rewrites, *effects.scans, *effects.index_builds)
    if any(step.is_used_by_others(one.relation) for one in work):
        yield WORK
    if step.held:
        yield HELD
    if effects.waits:
        yield WAITS
    if effects.is_refused:
        yield REFUSED
    if effects.opaque:
        yield OPAQUE
