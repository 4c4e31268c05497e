"""The gate: what pending SQL would lock, rewrite, break and leave behind, judged on a catalog or on nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date

import msgspec

from migrations_safety.effects.model import Always, Effects
from migrations_safety.rule import Flag, Group, Rule
from migrations_safety.rules.registry import all_rules
from migrations_safety.script.model import Opaque, ScriptText, Statement
from migrations_safety.script.reader import read_script, unclosed_begins
from migrations_safety.timeline import Step, Timeline
from pgaudit.migrations.grading import grade
from pgaudit.reports.gate_contract import GateEffects, GateFinding, GateLock, GateStatement
from probes.catalog.catalog import Catalog
from probes.finding import Evidence, Severity, Suppression
from probes.sql.parse import ParseFailure

_SHOWN_SQL_CHARACTERS = 2_000


class GateRun(msgspec.Struct, frozen=True):
    """What the gate found, and the catalog as the migration leaves it (None where there was none to begin with)."""

    statements: tuple[GateStatement, ...]
    findings: tuple[GateFinding, ...]
    after: Catalog | None
    incomplete: bool
    notes: tuple[str, ...]
    titles: dict[str, str]


def gate_scripts(
    texts: Iterable[ScriptText], catalog: Catalog | None, server_major: int, *, pedantic: bool, today: date
) -> GateRun:
    """Judge SQL texts in the order in which they would run.

    Args:
        texts: What a runner would send.
        catalog: The database before, or None.
        server_major: 13 to 18.
        pedantic: Run rules of taste too.
        today: The day that suppressions are judged by.
    """
    judging = _Judging(catalog, pedantic=pedantic, today=today)
    timeline = Timeline(catalog, server_major)
    for step in timeline.steps(read_script(texts)):
        judging.look(step)
    judging.finish()
    return GateRun(
        statements=tuple(judging.statements),
        findings=tuple(judging.findings),
        after=timeline.catalog() if catalog is not None else None,
        incomplete=judging.incomplete,
        notes=() if catalog is not None else ("no database was given: every table is taken for a large one",),
        titles={rule.id: rule.title for rule in judging.rules} | _OWN_TITLES,
    )


_OWN_TITLES = {
    "unparsable": "Cannot be parsed",
    "opaque": "Cannot be judged",
    "unclosed-transaction": "BEGIN without an end",
}


class _Judging:
    """Findings as they come, statement by statement; no statement is kept."""

    def __init__(self, catalog: Catalog | None, *, pedantic: bool, today: date) -> None:
        self.rules = [rule for rule in all_rules() if pedantic or rule.group is not Group.PREFERS]
        self.statements: list[GateStatement] = []
        self.findings: list[GateFinding] = []
        self.incomplete = False
        self._catalog = catalog
        self._today = today
        self._begins: list[Statement] = []
        self._seen: dict[str, int] = {}

    def look(self, step: Step) -> None:
        """Judge one statement."""
        statement = step.statement
        self.statements.append(published(step))
        match statement.outcome:
            case ParseFailure(message=message):
                line, column = statement.failure_position
                self._add("unparsable", Severity.HIGH, f"PostgreSQL cannot parse this: {message}", step, (line, column))
                self.incomplete = True
            case Opaque(reason=reason, detail=detail):
                self._add("opaque", Severity.INFO, f"not judged ({reason.value}): {detail}", step)
                self.incomplete = True
            case _:
                self._judge(step)
        if statement.transaction.is_block:
            self._begins.append(statement)

    def finish(self) -> None:
        """What only the end of the script shows."""
        for statement in unclosed_begins(self._begins):
            message = "this transaction is never ended: everything in it is rolled back"
            self.findings.append(self._finding("unclosed-transaction", Severity.HIGH, message, statement, None))

    def _judge(self, step: Step) -> None:
        if step.effects.opaque:
            self._add("opaque", Severity.INFO, f"may do more than is listed: {step.effects.opaque}", step)
        for rule in self.rules:
            for flag in rule.judge(step):
                self._flag(rule, flag, step)

    def _flag(self, rule: Rule, flag: Flag, step: Step) -> None:
        graded = grade(rule, flag, self._catalog)
        found = self._finding(rule.id, graded.severity, flag.message, step.statement, step.index)
        self.findings.append(msgspec.structs.replace(found, evidence=graded.evidence, safe_rewrite=flag.safe_rewrite))

    def _add(
        self, rule: str, severity: Severity, message: str, step: Step, place: tuple[int, int] | None = None
    ) -> None:
        found = self._finding(rule, severity, message, step.statement, step.index)
        if place:
            found = msgspec.structs.replace(found, line=place[0], column=place[1])
        self.findings.append(found)

    def _finding(
        self, rule: str, severity: Severity, message: str, statement: Statement, index: int | None
    ) -> GateFinding:
        evidence: Evidence = {}
        return GateFinding(
            id=self._identity(rule, statement),
            rule=rule,
            severity=severity,
            file=statement.file,
            line=statement.line,
            statement=index,
            message=message,
            evidence=evidence,
            safe_rewrite=None,
            suppressed=self._suppression(rule, statement),
            column=statement.column,
        )

    def _identity(self, rule: str, statement: Statement) -> str:
        """Stable under lines that move: the rule, the file and the statement's text, counted where they repeat."""
        words = " ".join(statement.sql[:_SHOWN_SQL_CHARACTERS].split())
        digest = hashlib.sha256(f"{rule}\x1f{statement.file}\x1f{words}".encode("utf-8", "replace")).hexdigest()[:32]
        self._seen[digest] = self._seen.get(digest, 0) + 1
        return f"v1:{digest}" if self._seen[digest] == 1 else f"v1:{digest}-{self._seen[digest]}"

    def _suppression(self, rule: str, statement: Statement) -> Suppression | None:
        """`-- pgaudit: ignore[rule] reason`; without a reason, or past its day, it silences nothing."""
        for one in statement.suppressions:
            names = one.tool == "pgaudit" and (not one.rules or rule in one.rules)
            if names and one.reason.strip() and (one.expires is None or one.expires >= self._today):
                return Suppression(one.reason, "comment", one.expires.isoformat() if one.expires else None)
        return None


def published(step: Step) -> GateStatement:
    """A statement in its published shape."""
    statement = step.statement
    sql = statement.text[statement.start : min(statement.end, statement.start + _SHOWN_SQL_CHARACTERS)]
    return GateStatement(
        file=statement.file,
        line=statement.line,
        sql=sql.decode("utf-8", "replace"),
        transaction=statement.transaction.id if statement.transaction.is_block else None,
        effects=_published_effects(step.effects),
        column=statement.column,
    )


def _published_effects(effects: Effects) -> GateEffects:
    return GateEffects(
        locks=tuple(
            GateLock(
                relation=lock.relation.qualified_name,
                mode=lock.mode.value,
                role=lock.role.value,
                when="always" if isinstance(lock.when, Always) else lock.when.reason.value,
            )
            for lock in effects.locks
        ),
        rewrites=_names(work.relation.qualified_name for work in effects.rewrites),
        scans=_names(work.relation.qualified_name for work in effects.scans),
        index_builds=_names(work.relation.qualified_name for work in effects.index_builds),
        requires_no_transaction=effects.requires_no_transaction,
        error=effects.refusal.message if effects.refusal and effects.is_refused else None,
    )


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def problems_as_findings(problems: Sequence[tuple[str, str, str, int]]) -> tuple[GateFinding, ...]:
    """Findings for what is wrong with the set of migrations: (kind, message, file, line) each."""
    return tuple(
        GateFinding(
            id=f"v1:{hashlib.sha256(f'{kind}{file}{message}'.encode()).hexdigest()[:32]}",
            rule=f"migrations-{kind.replace('_', '-')}",
            severity=Severity.HIGH,
            file=file,
            line=line,
            statement=None,
            message=message,
            evidence={},
            safe_rewrite=None,
            suppressed=None,
        )
        for kind, message, file, line in problems
    )
