"""From the command line's words to a picture: resolving the target and taking or loading it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from pgaudit.cli.terminal import remark
from pgaudit.errors import BadConfiguration
from probes.catalog.scope import Scope

if TYPE_CHECKING:
    from pgaudit.server.database_target import Target
    from pgaudit.server.target import SnapshotTarget


def resolve(argument: str | None, dsn: str | None) -> Target | SnapshotTarget:
    """What to audit, its notes said on stderr. Raises the errors of `pgaudit.server.target`."""
    from pgaudit.server.process_list import hide_argument
    from pgaudit.server.target import SnapshotTarget, resolve_target

    if argument is not None and dsn is not None:
        raise BadConfiguration("--dsn", "it stands beside TARGET", "give one of the two")
    given = argument if argument is not None else dsn
    target = resolve_target(given, environment=os.environ, configured={}, stdin=sys.stdin)
    if not isinstance(target, SnapshotTarget):
        if given is not None and target.has_password:
            hide_argument(given)
        for note in target.notes:
            remark(note)
        if target.looks_pooled:
            remark(f"this looks like a connection pooler ({', '.join(target.pooler_hints)}): prefer the direct URL")
    return target


def scope_of(
    schemas: list[str] | None, excluded: list[str] | None, excluded_tables: list[str] | None, hinted: str | None
) -> Scope:
    """The scope of the flags; a schema named by the URL counts where no flag names one."""
    wanted = tuple(schemas or ((hinted,) if hinted else ()))
    default = Scope()
    return Scope(
        include_schemas=wanted,
        exclude_schemas=default.exclude_schemas + tuple(excluded or ()),
        exclude_tables=tuple(excluded_tables or ()),
    )
