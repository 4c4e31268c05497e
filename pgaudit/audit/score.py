"""The readiness score: one number, and the arithmetic behind it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from probes.finding import Finding, Severity

FULL_SCORE = 100
WEIGHTS = {Severity.CRITICAL: 25, Severity.HIGH: 10, Severity.MEDIUM: 4, Severity.LOW: 1, Severity.INFO: 0}
"""Points a check costs, once, at the severity of its worst open finding: the hundredth finding of a kind is no news."""


class ScoreTerm(msgspec.Struct, frozen=True):
    """What the checks of one severity cost."""

    severity: Severity
    checks: int
    points_each: int


class Score(msgspec.Struct, frozen=True):
    """100 less the terms, not below 0. Checks that could not run neither cost nor earn: `not_checked` says how many."""

    value: int
    terms: tuple[ScoreTerm, ...]
    not_checked: int


def score(findings: Iterable[Finding], not_checked: int) -> Score:
    """The score of a run. Suppressed findings cost nothing."""
    worst: dict[str, Severity] = {}
    for finding in findings:
        if finding.suppressed is None:
            known = worst.get(finding.check)
            if known is None or finding.severity.rank > known.rank:
                worst[finding.check] = finding.severity
    found = list(worst.values())
    terms = tuple(
        ScoreTerm(severity, found.count(severity), points) for severity, points in WEIGHTS.items() if severity in found
    )
    lost = sum(term.checks * term.points_each for term in terms)
    return Score(max(0, FULL_SCORE - lost), terms, not_checked)
