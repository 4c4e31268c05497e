"""A search_path stays changed behind the migration.

What: SET search_path for the session that the file does not take back, or ALTER ROLE, ALTER DATABASE or ALTER SYSTEM
that sets it.

Why it matters: Later files of the same run, and after a pooler the application itself, go on with it: tables are made
in another schema, names find other objects. Set for a role or database, it changes what every unqualified name means
from the next connection on, in functions too, which then take objects from whoever may create in the first schema.

When it is harmless: The runner opens a connection for each file, and no pooler stands between.

What to do: SET LOCAL search_path inside the transaction, or write names with their schema.

Known limits: set_config() is not looked at.

Sources: https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-PATH
https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-SEARCH-PATH

Unsafe::

    set search_path = app;

Unsafe::

    alter role app set search_path = app, public;

Safe::

    begin;
    set local search_path = app;
    commit;

Safe::

    set search_path = app;
    reset search_path;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, script_rule
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.administration import AlterDatabaseSet, AlterRoleSet
from probes.sql.tree.atoms import StatementNode
from probes.sql.tree.enums import DiscardTarget, VariableSetKind
from probes.sql.tree.utility import AlterSystem, Discard, Set

_NAME = "search_path"


def _takes_back(tree: StatementNode | None) -> bool:
    match tree:
        case Set(name=name, kind=kind):
            is_own = name == _NAME and kind in {VariableSetKind.RESET, VariableSetKind.SET_DEFAULT}
            return is_own or kind is VariableSetKind.RESET_ALL
        case Discard(target=target):
            return target is DiscardTarget.ALL
        case _:
            return False


@script_rule(
    "search_path left changed",
    area=Area.SECURITY,
    severity=Severity.LOW,
    triggers=("Set", "AlterRoleSet", "AlterDatabaseSet", "AlterSystem"),
    profile=Profile.STRICT,
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag paths that outlive the file."""
    for step in script.all_steps():
        match step.tree:
            case Set(name="search_path", kind=VariableSetKind.SET_VALUE, is_local=False):
                if not any(_takes_back(other.tree) for other in script.later_in_file(step)):
                    yield step, Flag(message="search_path stays changed for whatever the session runs next")
            case AlterRoleSet(setting=setting) | AlterDatabaseSet(setting=setting) | AlterSystem(setting=setting):
                if setting is not None and setting.name == _NAME and setting.kind is VariableSetKind.SET_VALUE:
                    yield step, Flag(message="unqualified names mean something else from the next connection on")
            case _:
                pass
