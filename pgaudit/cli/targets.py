"""From the command line's words to a picture: resolving the target and taking or loading it."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

from pgaudit.cli.terminal import remark
from pgaudit.errors import BadConfiguration
from probes.catalog.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pgaudit.config import Configuration, TargetSection
    from pgaudit.server.database_target import Target
    from pgaudit.server.target import SnapshotTarget

_NAME = re.compile(r"[\w.-]*\w(?<!\.pgsnapshot)")
"""What may be the name of a configured target: neither a URL, nor key=value, nor a file, nor `-`."""


def resolve(
    argument: str | None, dsn: str | None, configured: Mapping[str, TargetSection] | None = None
) -> Target | SnapshotTarget:
    """What to audit, its notes said on stderr.

    Args:
        argument: TARGET.
        dsn: `--dsn`, which says the same.
        configured: Targets by name; None for those of the configuration file of this folder.

    Raises:
        PgauditError: Those of `pgaudit.server.target`.
    """
    from pgaudit.server.process_list import hide_argument
    from pgaudit.server.target import ConfiguredTarget, SnapshotTarget, resolve_target

    if argument is not None and dsn is not None:
        raise BadConfiguration("--dsn", "it stands beside TARGET", "give one of the two")
    given = argument if argument is not None else dsn
    if configured is None:
        configured = _configured_here() if given and _NAME.fullmatch(given) else {}
    targets = {name: ConfiguredTarget(one.url_env, one.url) for name, one in configured.items()}
    target = resolve_target(given, environment=os.environ, configured=targets, stdin=sys.stdin)
    if not isinstance(target, SnapshotTarget):
        if given is not None and target.has_password:
            hide_argument(given)
        for note in target.notes:
            remark(note)
        if target.looks_pooled:
            remark(f"this looks like a connection pooler ({', '.join(target.pooler_hints)}): prefer the direct URL")
    return target


def _configured_here() -> Mapping[str, TargetSection]:
    from pathlib import Path

    from pgaudit.config import load_configuration

    return load_configuration(Path.cwd()).configuration.targets


def scope_of(
    configuration: Configuration,
    schemas: list[str] | None,
    excluded: list[str] | None,
    excluded_tables: list[str] | None,
    application_roles: list[str] | None,
    hinted: str | None,
) -> Scope:
    """The scope of flags, configuration and URL, the first that speaks winning; exclusions add up."""
    default = Scope()
    return Scope(
        include_schemas=tuple(schemas or configuration.schemas or ((hinted,) if hinted else ())),
        exclude_schemas=(*default.exclude_schemas, *configuration.exclude_schemas, *(excluded or ())),
        exclude_tables=(*configuration.exclude_tables, *(excluded_tables or ())),
        application_roles=tuple(application_roles or configuration.application_roles),
        tenant_column=configuration.tenancy.column,
        tenant_schema_pattern=configuration.tenancy.schema_pattern,
    )
