"""Running checks over a catalog: findings, skips and failures, each with its reason."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping

import msgspec

from pgaudit.audit.bytes_of_names import runnable
from probes.catalog.catalog import Catalog, NotCollectedError
from probes.catalog.rows import Row
from probes.check import Check, Thresholds, Unchecked
from probes.checks._support.ages import age_in_words
from probes.finding import Advice, Failure, Finding, Fix, Observed, Severity, Skip, fingerprint
from probes.memory import without_garbage_collection

log = logging.getLogger(__name__)

_SECONDS_A_DAY = 86_400


class Policy(msgspec.Struct, frozen=True):
    """What the user changed about a check: thresholds and severities by check id."""

    thresholds: Mapping[str, Thresholds] = {}
    severities: Mapping[str, Severity] = {}


class Outcome(msgspec.Struct, frozen=True):
    """All that a run of checks gave. Nothing that was not checked is missing from `skipped`."""

    findings: tuple[Finding, ...]
    skipped: tuple[Skip, ...]
    failed: tuple[Failure, ...]
    checked: tuple[str, ...]
    """Ids of the checks that ran to their end."""
    check_ms: Mapping[str, float] = {}
    """How long each of them took."""


@without_garbage_collection()  # checks leave no circles, and would have theirs looked for among millions of rows
def run_checks(
    catalog: Catalog,
    checks: Iterable[Check],
    policy: Policy | None = None,
    *,
    progress: Callable[[str], None] | None = None,
) -> Outcome:
    """Findings, worst first, of every check that can run on this catalog; one broken check never ends the run.

    Args:
        catalog: The picture.
        checks: Checks to run.
        policy: Thresholds and severities that differ from the defaults.
        progress: Told the id of each check before it runs.
    """
    policy = policy or Policy()
    findings: list[Finding] = []
    skipped: list[Skip] = []
    failed: list[Failure] = []
    took_ms: dict[str, float] = {}
    for check in checks:
        if progress:
            progress(check.id)
        hindrance = why_not(catalog, check)
        if hindrance:
            skipped.append(hindrance)
            continue
        began = time.perf_counter()
        try:
            found, unchecked = _judge(catalog, check, policy)
        except NotCollectedError as absent:  # a check may read a need only on some path
            skipped.append(_absence(check, absent.row_type, catalog))
        except Exception as error:
            log.debug("check=%s failed", check.id, exc_info=True)
            failed.append(Failure(check.id, f"{type(error).__name__}: {error}"))
        else:
            findings += found
            skipped += unchecked
            took_ms[check.id] = (time.perf_counter() - began) * 1000
    findings.sort(key=lambda finding: (-finding.severity.rank, finding.check, str(finding.object), finding.id))
    return Outcome(tuple(findings), tuple(skipped), tuple(failed), tuple(took_ms), took_ms)


def why_not(catalog: Catalog, check: Check) -> Skip | None:
    """The reason why a check cannot run on this catalog; None where it can."""
    needs = check.needs
    if catalog.server.version_num < needs.min_version_num:
        major = needs.min_version_num // 10000
        return Skip(check.id, f"PostgreSQL {catalog.server.major} has nothing of the kind", f"PostgreSQL {major}")
    for row_type in needs.areas:
        if catalog.absent(row_type):
            return _absence(check, row_type, catalog)
    if needs.primary and catalog.server.in_recovery:
        return Skip(check.id, "counters of a standby are its own", "the primary")
    age_seconds = catalog.server.counters_age_seconds
    if age_seconds / _SECONDS_A_DAY < needs.counters_days:
        unit = "day" if needs.counters_days == 1 else "days"
        reason = f"counters are {age_in_words(age_seconds)} old, too young to tell"
        return Skip(check.id, reason, f"counters of at least {needs.counters_days:g} {unit}")
    return None


def _absence(check: Check, row_type: type[Row], catalog: Catalog) -> Skip:
    absent = catalog.absent(row_type)
    assert absent is not None  # noqa: S101 - the caller has just seen it
    return Skip(check.id, f"{row_type.area}: {absent.reason}", absent.needs)


def _judge(catalog: Catalog, check: Check, policy: Policy) -> tuple[list[Finding], list[Skip]]:
    at = policy.thresholds.get(check.id) or check.thresholds()
    findings: dict[str, Finding] = {}
    skips: list[Skip] = []
    for seen in check.judge(catalog.restricted_to(check.needs.areas), at):
        match seen:
            case Observed():
                graded = runnable(grade(check, seen, policy), catalog.server.encoding)
                findings.setdefault(graded.id, graded)
            case Unchecked():
                skips.append(Skip(check.id, seen.reason, seen.needs, seen.object))
    return list(findings.values()), skips


def grade(check: Check, seen: Observed, policy: Policy) -> Finding:
    """The finding that an observed fault becomes."""
    return Finding(
        id=fingerprint(check.id, seen.object, seen.key),
        check=check.id,
        severity=policy.severities.get(check.id) or seen.severity or check.severity,
        confidence=seen.confidence or check.confidence,
        object=seen.object,
        message=seen.message,
        evidence=seen.evidence,
        fix=seen.remedy if isinstance(seen.remedy, Fix) else None,
        advice=seen.remedy.text if isinstance(seen.remedy, Advice) else None,
    )
