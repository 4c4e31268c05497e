"""How a rule is declared. A rule judges effects; it never derives a lock from syntax.

One module below `migrations_safety.rules` is one rule: its docstring is its page and holds its examples, which are
tests. The module's name, with hyphens, is its id.
"""

from __future__ import annotations

import enum
import sys
from collections.abc import Callable, Iterator
from typing import TypeAlias

import msgspec

from migrations_safety.effects.model import RelationRef
from migrations_safety.rewrites.model import Rewrite
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.finding import Evidence, Severity
from probes.sql.tree.tables import AlterTableCommand


class Flag(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What a rule yields about a statement."""

    message: str
    evidence: Evidence = {}
    blocked: tuple[RelationRef, ...] = ()
    """Relations on which other sessions wait: their sizes and traffic decide how bad it is."""
    works: bool = False
    """Whether work proportional to them is done while they are blocked."""
    refused: bool = False
    """Whether it explains why the server refuses the statement."""
    rewrite: Rewrite | None = None
    """Statements that reach the same end safely."""
    severity: Severity | None = None
    """Where this case is worse or milder than the rule's default."""
    location: int | None = None
    """What to point at, as a location of the statement's tree."""
    command: AlterTableCommand | None = None
    """The subcommand of ALTER TABLE to point at; by default the first that the rule is triggered by."""


@enum.unique
class Area(enum.Enum):
    """What a rule is about."""

    LOCKS = "locks"
    TRANSACTIONS = "transactions"
    COMPATIBILITY = "compatibility"
    DATA = "data"
    DESIGN = "design"
    SECURITY = "security"
    STYLE = "style"


@enum.unique
class Profile(enum.Enum):
    """When a rule runs. Each profile includes those before it."""

    DEFAULT = "default"
    """What blocks, breaks or loses."""
    STRICT = "strict"
    """What good habits would prevent."""
    PEDANTIC = "pedantic"
    """Matters of taste."""

    @property
    def rank(self) -> int:
        """0 for the default."""
        return list(Profile).index(self)


@enum.unique
class LastResort(enum.Enum):
    """A rule that speaks only where no other rule has said it already."""

    WORKS = "works"
    """Silent about relations that another flag says are blocked during work."""
    REFUSED = "refused"
    """Silent where another flag explains the refusal."""


Judge: TypeAlias = Callable[[Step], Iterator[Flag]]
ScriptJudge: TypeAlias = Callable[[Script], Iterator[tuple[Step, Flag]]]


class Rule(msgspec.Struct, frozen=True):
    """A declared rule."""

    id: str
    title: str
    area: Area
    severity: Severity
    """Without a database, and where sizes say nothing."""
    profile: Profile
    triggers: tuple[str, ...]
    page: str
    judge: Judge | None = None
    judge_script: ScriptJudge | None = None
    squawk: tuple[str, ...] = ()
    last_resort: LastResort | None = None
    checks: tuple[str, ...] = ()
    """Checks that judge the same on a catalog. With one they speak, of the database afterwards; without, the rule."""


def rule(
    title: str,
    *,
    area: Area,
    severity: Severity,
    triggers: tuple[str, ...],
    profile: Profile = Profile.DEFAULT,
    squawk: tuple[str, ...] = (),
    last_resort: LastResort | None = None,
    checks: tuple[str, ...] = (),
) -> Callable[[Judge], Rule]:
    """Declare the decorated function as a rule that judges statements one by one.

    Args:
        title: A few words, without a full stop.
        area: What it is about.
        severity: Without a database, and where sizes say nothing.
        triggers: The statements or effects that it must see; `migrations_safety.triggers` has their names.
        profile: When it runs.
        squawk: Names of squawk's rules whose suppression silences this one.
        last_resort: Set for a rule that speaks only where no other has.
        checks: Ids of the checks that say the same where there is a catalog, so that it speaks only without.
    """

    def declare(judge: Judge) -> Rule:
        return Rule(
            id=_id_of(judge.__module__),
            title=title,
            area=area,
            severity=severity,
            profile=profile,
            triggers=triggers,
            page=sys.modules[judge.__module__].__doc__ or "",
            judge=judge,
            squawk=squawk,
            last_resort=last_resort,
            checks=checks,
        )

    return declare


def script_rule(
    title: str,
    *,
    area: Area,
    severity: Severity,
    triggers: tuple[str, ...],
    profile: Profile = Profile.DEFAULT,
    squawk: tuple[str, ...] = (),
    checks: tuple[str, ...] = (),
) -> Callable[[ScriptJudge], Rule]:
    """Declare the decorated function as a rule that judges the whole script, after its last statement.

    It runs only where some statement had one of its triggers. The arguments are those of `rule`.
    """

    def declare(judge: ScriptJudge) -> Rule:
        return Rule(
            id=_id_of(judge.__module__),
            title=title,
            area=area,
            severity=severity,
            profile=profile,
            triggers=triggers,
            page=sys.modules[judge.__module__].__doc__ or "",
            judge_script=judge,
            squawk=squawk,
            checks=checks,
        )

    return declare


def _id_of(module: str) -> str:
    return module.rpartition(".")[2].replace("_", "-")
