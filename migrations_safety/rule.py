"""How a rule is declared. A rule judges the effects of a statement; it never derives a lock from syntax."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from typing import Protocol

import msgspec

from migrations_safety.effects.model import RelationRef
from migrations_safety.timeline import Step
from probes.finding import Evidence, Severity


class Flag(msgspec.Struct, frozen=True, gc=False):
    """What a rule yields about a statement."""

    message: str
    evidence: Evidence = {}
    blocked: tuple[RelationRef, ...] = ()
    """Relations on which other sessions wait: their sizes and traffic decide how bad it is."""
    works: bool = False
    """Whether the statement does work proportional to them while it blocks."""
    safe_rewrite: tuple[str, ...] | None = None
    """Statements in order that reach the same end; a BEGIN or COMMIT among them is meant."""
    severity: Severity | None = None
    """Where this case is worse or milder than the rule's default, whatever the sizes are."""


@enum.unique
class Group(enum.Enum):
    """What a rule is about, and so whether it runs unasked."""

    BLOCKS = "blocks"
    """Other sessions wait."""
    BREAKS = "breaks"
    """The deploy fails, or the application that is running does."""
    LOSES = "loses"
    """Data may be lost."""
    PREFERS = "prefers"
    """There is a better way; runs only with --profile pedantic."""


class Judge(Protocol):
    """The function of a rule."""

    def __call__(self, step: Step) -> Iterator[Flag]:
        """Yield what is wrong with the statement."""
        ...


class Rule(msgspec.Struct, frozen=True):
    """A declared rule. `page` is the docstring of its function."""

    id: str
    title: str
    group: Group
    severity: Severity
    """Without a database, and where sizes say nothing."""
    page: str
    judge: Judge


def rule(title: str, group: Group, severity: Severity) -> Callable[[Judge], Rule]:
    """Declare the decorated function as a rule; its id is the function's name with hyphens."""

    def declare(judge: Judge) -> Rule:
        name: str = getattr(judge, "__name__", "")
        return Rule(name.replace("_", "-"), title, group, severity, judge.__doc__ or "", judge)

    return declare
