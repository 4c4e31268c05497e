"""Checks as rows of data: for families whose members differ in a condition and in what a reader is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from textwrap import fill
from typing import Any

import msgspec

from probes.catalog.catalog import Catalog
from probes.catalog.rows import Row
from probes.check import Check, Needs, Thresholds, Unchecked
from probes.finding import Confidence, Observed, Severity

_PAGE_COLUMNS = 120


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One check of a family. Texts are whole sentences of its own."""

    id: str
    title: str
    severity: Severity
    areas: tuple[type[Row], ...]
    judge: Callable[[Catalog, Any], Iterator[Observed | Unchecked]]
    what: str
    why: str
    harmless: str
    fix: str
    decided: str
    limits: str
    source: str
    """Address of the page that supports it."""
    confidence: Confidence = Confidence.HIGH
    thresholds: type[Thresholds] = Thresholds
    pedantic: bool = False
    min_version_num: int = 130000
    counters_days: float = 0.0
    primary: bool = False
    aliases: tuple[str, ...] = ()


def check_of(rule: Rule) -> Check:
    """The check that a row stands for."""
    return Check(
        id=rule.id,
        title=rule.title,
        severity=rule.severity,
        confidence=rule.confidence,
        needs=Needs(
            areas=rule.areas,
            min_version_num=rule.min_version_num,
            counters_days=rule.counters_days,
            primary=rule.primary,
        ),
        sources=(rule.source,),
        page=page_of(rule),
        judge=rule.judge,
        thresholds=rule.thresholds,
        aliases=rule.aliases,
        pedantic=rule.pedantic,
    )


def page_of(rule: Rule) -> str:
    """The documentation page of a row."""
    parts = (
        f"{rule.title}.",
        f"What: {rule.what}",
        f"Why it matters: {rule.why}",
        f"When it is harmless: {rule.harmless}",
        f"How to fix it safely: {rule.fix}",
        f"How it is decided: {rule.decided}",
        f"Known limits: {rule.limits}",
        f"Sources: {rule.source}",
    )
    return (
        "\n\n".join(fill(part, _PAGE_COLUMNS, break_long_words=False, break_on_hyphens=False) for part in parts) + "\n"
    )
