"""What makes a rule look at a statement: words for its kind and for what it does.

`AlterTable`, `CreateIndex` ... name the class of the tree. `AlterTable:ADD_COLUMN`, `AlterTable:ADD_CONSTRAINT:CHECK`,
`Drop:TABLE`, `Rename:COLUMN` are narrower. `+lock`, `+work`, `+held`, `+waits`, `+refused`, `+opaque` are effects,
`CreateIndex&+lock` is one with that effect, and `*` is every statement.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from migrations_safety.effects.model import Effects, RelationRef
from probes.catalog.locks import LockMode

if TYPE_CHECKING:
    from migrations_safety.timeline import Step
    from probes.sql.tree.tables import AlterTableCommand

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


def triggers_of(step: Step) -> tuple[str, ...]:
    """The words for a statement, broadest first."""
    tree, effects = step.tree, _of_effects(step, step.effects)
    if tree is None:
        return (EVERY, *effects)
    name = type(tree).__name__
    found = [EVERY, name]
    if LOCK in effects:
        found.append(f"{name}&{LOCK}")
    if name == "AlterTable":
        for command in tree.commands:  # type: ignore[attr-defined]
            found += command_triggers(command)
    elif name in _WITH_OBJECT_TYPE:
        found.append(f"{name}:{tree.object_type.name}")  # type: ignore[attr-defined]
    return (*found, *effects)


def command_triggers(command: AlterTableCommand) -> Iterator[str]:
    """The words for a subcommand of ALTER TABLE."""
    kind = command.kind.name
    yield f"{COMMANDS}{kind}"
    if kind == "ADD_CONSTRAINT":
        constraint = getattr(command.definition, "kind", None)
        if constraint is not None:
            yield f"{COMMANDS}{kind}:{constraint.name}"


def _of_effects(step: Step, effects: Effects) -> list[str]:
    found: list[str] = []
    for lock in effects.locks:
        if lock.mode.strength >= _STRONG and step.is_used_by_others(lock.relation):
            found.append(LOCK)
            break
    work = effects.rewrites or effects.scans or effects.index_builds
    if work and any(map(step.is_used_by_others, _worked_on(effects))):
        found.append(WORK)
    if step.held:
        found.append(HELD)
    if effects.waits:
        found.append(WAITS)
    if effects.is_refused:
        found.append(REFUSED)
    if effects.opaque:
        found.append(OPAQUE)
    return found


def _worked_on(effects: Effects) -> Iterator[RelationRef]:
    return (one.relation for one in (*effects.rewrites, *effects.scans, *effects.index_builds))
