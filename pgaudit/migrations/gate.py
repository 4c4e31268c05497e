"""The gate: what pending SQL would lock, rewrite, break and leave behind, judged on a catalog or on nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from migrations_safety.judging import Judging, Verdict
from migrations_safety.pointing import place_of
from migrations_safety.rewrites.model import Rewrite
from migrations_safety.rule import Profile
from migrations_safety.script.model import Opaque, ScriptText, Statement
from migrations_safety.script.reader import read_script
from migrations_safety.timeline import Step, Timeline
from pgaudit.migrations.accepting import Accepting
from pgaudit.migrations.as_written import AsWritten
from pgaudit.migrations.grading import grade
from pgaudit.migrations.publishing import Publisher
from pgaudit.migrations.session_settings import timeouts_of
from pgaudit.reports.gate_contract import SHOWN_SQL_BYTES, GateFinding, GateStatement
from probes.catalog.catalog import Catalog
from probes.finding import Evidence, EvidenceValue, Severity
from probes.sql.parse import ParseFailure

if TYPE_CHECKING:
    from pgaudit.migrations.facts import Facts, RelationFacts

_OWN_TITLES = {
    "unparsable": "Cannot be parsed",
    "opaque": "Cannot be judged",
    "unused-suppression": "A suppression that silences nothing",
}
_NOTHING: Evidence = {}


class GateRun(msgspec.Struct, frozen=True):
    """What the gate found, and the catalog as the migration leaves it (None where there was none to begin with)."""

    statements: tuple[GateStatement, ...]
    findings: tuple[GateFinding, ...]
    after: Catalog | None
    incomplete: bool
    notes: tuple[str, ...]
    titles: dict[str, str]
    touched: tuple[RelationFacts, ...] = ()
    """What is known of the tables that the statements touch."""


def gate_scripts(
    texts: Iterable[ScriptText],
    catalog: Catalog | None,
    server_major: int,
    *,
    today: date,
    profile: Profile = Profile.DEFAULT,
    placeholders: Mapping[str, frozenset[str]] | None = None,
) -> GateRun:
    """Judge SQL texts in the order in which they would run.

    Args:
        texts: What a runner would send.
        catalog: The database before, or None.
        server_major: 13 to 18.
        today: The day that suppressions are judged by.
        profile: Which rules run.
        placeholders: Names that migrations write behind each placeholder, which tell the schema it stands for.
    """
    judging = Judging(profile)
    facts = _facts_of(catalog)
    found = _Findings(facts, Accepting(today, judging.asked))
    timeline = Timeline(catalog, server_major, placeholders=placeholders, settings=timeouts_of(catalog))
    last: Step | None = None
    for step in timeline.steps(read_script(texts)):
        found.look(step)
        with timeline.before():
            found.add(judging.judge(step))
        last = step
    found.add(judging.judge_script(last))
    found.finish()
    notes = [] if catalog is not None else ["no database was given: every table is taken for a large one"]
    notes += [f"rule {rule} broke and said nothing more: {error}" for rule, error in judging.failed.items()]
    return GateRun(
        statements=tuple(found.statements),
        findings=found.in_order(),
        after=timeline.catalog() if catalog is not None else None,
        incomplete=found.incomplete or bool(judging.failed),
        notes=tuple(notes),
        titles=found.titles,
        touched=facts.touched if facts else (),
    )


def _facts_of(catalog: Catalog | None) -> Facts | None:
    if catalog is None:
        return None
    from pgaudit.migrations.facts import Facts  # noqa: PLC0415 - a gate without a database starts sooner

    return Facts(catalog)


class _Findings:
    """Findings as they come, statement by statement; no statement is kept but those with suppressions."""

    def __init__(self, facts: Facts | None, accepting: Accepting) -> None:
        self.statements: list[GateStatement] = []
        self.incomplete = False
        self.titles = dict(_OWN_TITLES)
        self._findings: list[GateFinding] = []
        self._facts = facts
        self._accepting = accepting
        self._written = AsWritten()
        self._publisher = Publisher(self._written)
        self._messages: dict[str, str] = {}
        """Many statements are told the same."""
        self._evidence: dict[tuple[tuple[str, EvidenceValue], ...], Evidence] = {}
        self._seen: dict[str, int] = {}
        self._worded: tuple[Statement | None, str] = None, ""
        """The statement that was last told of, and what its findings have in common."""

    def look(self, step: Step) -> None:
        """Take a statement, and say what cannot be judged of it."""
        statement = step.statement
        self._written.meet(step)
        self.statements.append(self._publisher.published(step))
        for one in (step, *step.embedded):
            if one.statement.suppressions:
                self._accepting.meet(one.statement)
            if self._facts is not None:
                self._facts.touch(lock.relation.oid for lock in one.effects.locks)
        match statement.outcome:
            case ParseFailure(message=message):
                where = statement.failure_position
                self._say("unparsable", Severity.HIGH, f"PostgreSQL cannot parse this: {message}", step, where)
                self.incomplete = True
            case Opaque(reason=reason, detail=detail):
                self._say("opaque", Severity.INFO, f"not judged ({reason.value}): {detail}", step)
                self.incomplete = True
            case _ if step.effects.opaque:
                self._say("opaque", Severity.INFO, f"may do more than is listed: {step.effects.opaque}", step)
            case _:
                pass

    def add(self, verdicts: Iterable[Verdict]) -> None:
        """Take what rules said."""
        for one in verdicts:
            rule, flag, statement = one.rule, one.flag, one.step.statement
            self.titles[rule.id] = rule.title
            graded = grade(rule, flag, one.step, self._facts)
            where = place_of(rule, flag, statement)
            found = self._finding(
                rule.id, graded.severity, flag.message, statement, one.step.index, where, graded.evidence
            )
            self._findings.append(_with_rewrite(found, flag.rewrite, one.step))

    def finish(self) -> None:
        """Say which comments silence nothing."""
        for one in self._accepting.idle():
            where = (one.line, 1)
            found = self._finding("unused-suppression", Severity.LOW, one.why, one.statement, None, where)
            self._findings.append(found)

    def in_order(self) -> tuple[GateFinding, ...]:
        """The findings by statement; those about files last."""
        last = len(self.statements)
        return tuple(sorted(self._findings, key=lambda one: last if one.statement is None else one.statement))

    def _say(
        self, rule: str, severity: Severity, message: str, step: Step, where: tuple[int, int] | None = None
    ) -> None:
        self._findings.append(self._finding(rule, severity, message, step.statement, step.index, where))

    def _finding(
        self,
        rule: str,
        severity: Severity,
        message: str,
        statement: Statement,
        index: int | None,
        where: tuple[int, int] | None,
        evidence: Evidence = _NOTHING,
    ) -> GateFinding:
        line, column = where or (statement.line, statement.column)
        message, evidence = self._written.text(message, statement), self._written.evidence(evidence, statement)
        return GateFinding(
            id=self._identity(rule, statement),
            rule=rule,
            severity=severity,
            file=statement.file,
            line=line,
            statement=index,
            message=self._messages.setdefault(message, message),
            evidence=self._evidence.setdefault(tuple(evidence.items()), evidence),
            safe_rewrite=None,
            suppressed=self._accepting.suppression(rule, statement),
            column=column,
        )

    def _identity(self, rule: str, statement: Statement) -> str:
        """Stable under lines that move: the rule, the file and the statement's text, counted where they repeat."""
        if self._worded[0] is not statement:
            words = " ".join(statement.sql[:SHOWN_SQL_BYTES].split())
            self._worded = statement, f"\x1f{statement.file}\x1f{words}"
        found = f"v1:{_digest(rule + self._worded[1])}"
        count = self._seen[found] = self._seen.get(found, 0) + 1
        return found if count == 1 else f"{found}-{count}"


def _with_rewrite(finding: GateFinding, rewrite: Rewrite | None, step: Step) -> GateFinding:
    """The finding with the safe sequence; what is in a DO block cannot be exchanged for one."""
    if rewrite is not None and step.statement.is_templated:
        from migrations_safety.rewrites.templated import with_placeholders  # noqa: PLC0415 - few files are templates

        rewrite = with_placeholders(rewrite, step.statement)
    if rewrite is None:
        return finding
    note = "; ".join(filter(None, (rewrite.note, rewrite.differs))) or None
    if step.in_body is not None:
        said = f"instead, outside of the DO block: {'; '.join(rewrite.lines())}"
        return msgspec.structs.replace(finding, note="; ".join(filter(None, (said, note))))
    return msgspec.structs.replace(finding, safe_rewrite=rewrite.lines(), rollback=rewrite.rollback, note=note)


def problems_as_findings(problems: Sequence[tuple[str, str, str, int]]) -> tuple[GateFinding, ...]:
    """Findings for what is wrong with the set of migrations: (kind, message, file, line) each."""
    return tuple(
        GateFinding(
            id=f"v1:{_digest(kind + file + message)}",
            rule=f"migrations-{kind.replace('_', '-')}",
            severity=Severity.HIGH,
            file=file,
            line=line,
            statement=None,
            message=message,
            evidence=_NOTHING,
            safe_rewrite=None,
            suppressed=None,
        )
        for kind, message, file, line in problems
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
