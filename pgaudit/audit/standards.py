"""What a project holds a database to: within which scope, by which checks, how strictly, and what it has accepted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pgaudit.audit.plugins import all_checks
from pgaudit.audit.policy import policy_of
from pgaudit.audit.run import Policy
from pgaudit.audit.selection import selected
from probes.catalog.scope import Scope
from probes.check import Check, built_in_checks

if TYPE_CHECKING:
    from pgaudit.config import Configuration, Suppress


@dataclass(frozen=True, slots=True)
class Standards:
    """How a picture is judged.

    Attributes:
        checks: Which checks run.
        policy: Severities and thresholds of theirs that differ from the defaults.
        accepted: Findings that somebody has accepted.
        scope: Schemas, tables and application roles.
    """

    checks: tuple[Check, ...]
    policy: Policy = field(default_factory=Policy)
    accepted: tuple[Suppress, ...] = ()
    scope: Scope = field(default_factory=Scope)


def usual_standards() -> Standards:
    """The built-in checks of the default profile, as they are."""
    return Standards(selected(built_in_checks(), [], [], "default"))


def standards_of(
    configuration: Configuration,
    scope: Scope,
    *,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    profile: str | None = None,
) -> Standards:
    """The standards of a configuration, where nothing else is given for them.

    Args:
        configuration: Of the project.
        scope: Schemas, tables and application roles.
        select: Check ids or areas to run instead of the configured ones.
        ignore: Check ids or areas to leave out instead of the configured ones.
        profile: Instead of the configured one.

    Raises:
        BadConfiguration: It names a check, a threshold or a profile that is none.
    """
    everything = all_checks()
    chosen = selected(
        everything, select or configuration.select, ignore or configuration.ignore, profile or configuration.profile
    )
    return Standards(chosen, policy_of(configuration.checks, everything), configuration.suppress, scope)
