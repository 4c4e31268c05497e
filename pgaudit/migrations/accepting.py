"""Comments that silence rules: which finding each silences, and which of them silence nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import msgspec

from migrations_safety.rules._index import PROFILES, SQUAWK
from migrations_safety.script.model import Statement, SuppressionScope
from migrations_safety.script.model import Suppression as Comment
from probes.finding import Suppression

OWN_RULES = frozenset({"unparsable", "opaque", "unused-suppression"})
"""Rules of the gate itself, which have no module."""


class Idle(msgspec.Struct, frozen=True):
    """A comment that silences nothing, and why."""

    statement: Statement
    line: int
    why: str


class Accepting:
    """Remembers the comments of a run and what they silenced."""

    def __init__(self, today: date, asked: frozenset[str]) -> None:
        """Prepare.

        Args:
            today: The day by which expiry is judged.
            asked: Ids of the rules that this run asks.
        """
        self._today = today
        self._asked = asked | OWN_RULES
        self._known = {name.replace("_", "-") for name in PROFILES} | OWN_RULES
        self._seen: dict[tuple[str, int], tuple[Comment, Statement]] = {}
        self._used: set[tuple[str, int, str]] = set()

    def meet(self, statement: Statement) -> None:
        """Remember the comments that speak of a statement."""
        for comment in statement.suppressions:
            self._seen.setdefault((statement.file, comment.line), (comment, statement))

    def suppression(self, rule: str, statement: Statement) -> Suppression | None:
        """The comment that silences a rule on a statement; without a reason, or past its day, none does."""
        for comment in statement.suppressions:
            named = _named(comment, rule)
            if named is None or _fault(comment, self._today):
                continue
            self._used.add((statement.file, comment.line, named))
            reason = comment.reason if comment.tool == "pgaudit" else "squawk-ignore"
            return Suppression(reason, "comment", comment.expires.isoformat() if comment.expires else None)
        return None

    def idle(self) -> Iterator[Idle]:
        """Our own comments that silence nothing, in order; those of rules that were not asked are left alone."""
        for (file, line), (comment, statement) in self._seen.items():
            if comment.tool != "pgaudit":
                continue
            fault = _fault(comment, self._today)
            if fault:
                yield Idle(statement, line, fault)
                continue
            for name in comment.rules or ("",):
                why = self._why_idle(file, line, name, comment.scope)
                if why:
                    yield Idle(statement, line, why)

    def _why_idle(self, file: str, line: int, name: str, scope: SuppressionScope) -> str | None:
        where = "in this file" if scope is SuppressionScope.FILE else "on this statement"
        if name and name not in self._known:
            return f"there is no rule {name}: see `pgaudit rules`"
        if (file, line, name) in self._used or (name and name not in self._asked):
            return None
        return f"{name or 'no rule'} {'says nothing' if name else 'says anything'} {where}: take the comment out"


def _named(comment: Comment, rule: str) -> str | None:
    """The name by which a comment names a rule; empty where it names all, None where it does not."""
    if not comment.rules:
        return ""
    if comment.tool == "pgaudit":
        return rule if rule in comment.rules else None
    return next((theirs for theirs in comment.rules if rule in SQUAWK.get(theirs, ())), None)


def _fault(comment: Comment, today: date) -> str | None:
    if comment.tool == "pgaudit" and not comment.reason.strip():
        return "it needs a reason behind the bracket, and silences nothing without one"
    if comment.expires is not None and comment.expires < today:
        return f"it expired on {comment.expires.isoformat()} and silences nothing any more"
    return None
