"""Findings that somebody has accepted: by the configuration file, or by a comment in the database itself."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator
from datetime import date

import msgspec

from pgaudit.config import Suppress
from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgClass, PgDescription
from probes.finding import Finding, Suppression

_IN_COMMENT = re.compile(r"pgaudit:ignore\[([a-z0-9_/*, -]+)\]\s*([^\n]*)", re.IGNORECASE)


class Suppressed(msgspec.Struct, frozen=True):
    """Findings with the accepted ones marked, and what is wrong with the acceptances."""

    findings: tuple[Finding, ...]
    warnings: tuple[str, ...]
    """Expired and unused ones, a line each."""


def suppress(findings: Iterable[Finding], rules: tuple[Suppress, ...], catalog: Catalog, today: date) -> Suppressed:
    """Mark what is accepted. An expired acceptance accepts nothing and is warned about.

    Args:
        findings: All findings.
        rules: Of the configuration file.
        catalog: Where comments are read.
        today: The day that expiry is judged by.
    """
    comments = list(_comment_rules(catalog))
    used: set[int] = set()
    marked: list[Finding] = []
    for finding in findings:
        found = _by_rule(finding, rules, today, used) or _by_comment(finding, comments)
        marked.append(msgspec.structs.replace(finding, suppressed=found) if found else finding)
    return Suppressed(tuple(marked), tuple(_warnings(rules, used, today)))


def _by_rule(finding: Finding, rules: tuple[Suppress, ...], today: date, used: set[int]) -> Suppression | None:
    for position, rule in enumerate(rules):
        if _covers(rule, finding):
            used.add(position)
            if not _expired(rule, today):
                expires = rule.last_day.isoformat() if rule.last_day else None
                return Suppression(rule.reason, "configuration", expires)
    return None


def _covers(rule: Suppress, finding: Finding) -> bool:
    if rule.id is not None:
        return rule.id == finding.id
    return fnmatch.fnmatchcase(finding.check, rule.check) and fnmatch.fnmatchcase(str(finding.object), rule.object)


def _expired(rule: Suppress, today: date) -> bool:
    return rule.last_day is not None and rule.last_day < today


def _warnings(rules: tuple[Suppress, ...], used: set[int], today: date) -> Iterator[str]:
    for position, rule in enumerate(rules):
        whose = f" (owner: {rule.owner})" if rule.owner else ""
        what = f"the suppression of {rule.check} on {rule.id or rule.object}{whose}"
        if _expired(rule, today):
            yield f"{what} expired on {rule.last_day}: its findings are open again"
        elif position not in used:
            yield f"{what} is not used: nothing of the kind was found"


class _CommentRule(msgspec.Struct, frozen=True):
    schema: str
    relation: str
    column: str | None
    checks: tuple[str, ...]
    reason: str


def _comment_rules(catalog: Catalog) -> Iterator[_CommentRule]:
    """`pgaudit:ignore[check] reason` in a comment on a table, its parts included, or on one column."""
    if catalog.absent(PgDescription) or catalog.absent(PgClass):
        return
    for row in catalog.rows(PgDescription):
        for match in _IN_COMMENT.finditer(row.text):
            relation = catalog.relation(row.object) if row.catalog == "pg_class" else None
            if relation and match[2].strip():
                column = relation.column(row.column) if row.column else None
                checks = tuple(part.strip() for part in match[1].split(","))
                name = column.name if column else None
                yield _CommentRule(relation.schema, relation.name, name, checks, match[2].strip())


def _by_comment(finding: Finding, rules: list[_CommentRule]) -> Suppression | None:
    for rule in rules:
        on_relation = finding.object.schema == rule.schema and rule.relation in {
            finding.object.table,
            finding.object.name,
        }
        on_column = rule.column is None or rule.column in {finding.object.name, *finding.object.columns}
        if on_relation and on_column and any(fnmatch.fnmatchcase(finding.check, check) for check in rule.checks):
            return Suppression(rule.reason, "comment")
    return None
