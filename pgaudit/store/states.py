"""What became of each finding since the run before: a pure function of what was known and what was seen.

Nothing that was not checked is ever called fixed.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from pgaudit.store.magnitude import moved
from probes.finding import ObjectRef, Severity, Skip


@enum.unique
class State(enum.Enum):
    """How a finding stands after a run."""

    NEW = "new"
    REOPENED = "reopened"
    """It was fixed once, and is back."""
    WORSE = "worse"
    BETTER = "better"
    UNCHANGED = "unchanged"
    FIXED = "fixed"
    """Its check ran, its object is there, and the fault is not."""
    GONE = "gone"
    """Its object was dropped."""
    SUPPRESSED = "suppressed"
    """Somebody has accepted it."""
    NOT_CHECKED = "not_checked"
    """This run could not tell. What was known before still stands."""

    @property
    def is_open(self) -> bool:
        """Whether the fault is there, as far as is known."""
        return self not in {State.FIXED, State.GONE}


class Sighting(msgspec.Struct, frozen=True):
    """A finding as one run saw it."""

    fingerprint: str
    check: str
    object: ObjectRef
    severity: Severity
    magnitude: float | None = None
    unit: str = ""
    """The evidence key that the magnitude was taken from."""
    suppressed: bool = False
    object_oid: int | None = None
    """Where the object is a row of the catalog."""


class Tracked(msgspec.Struct, frozen=True):
    """A finding as earlier runs left it."""

    fingerprint: str
    check: str
    object: ObjectRef
    severity: Severity
    state: State
    magnitude: float | None = None
    """The one it is compared with: that of the last run in which it was new, worse or better."""
    object_oid: int | None = None
    absent_runs: int = 0
    """In how many runs in a row a later version of pgaudit did not report it."""


class Coverage(msgspec.Struct, frozen=True):
    """What one run was able to tell."""

    checked: frozenset[str]
    """Checks that ran to their end."""
    skips: tuple[Skip, ...] = ()
    in_scope: Callable[[ObjectRef], bool] = lambda _object: True
    """Whether the run was to look at an object."""
    exists: Callable[[ObjectRef], bool | None] = lambda _object: None
    """Whether an object is in the catalog; None where that cannot be said."""
    same_tool: bool = True
    """Whether the same version of pgaudit judged the run before."""
    same_cluster: bool = True
    """Whether object oids mean what they meant in the run before."""
    counters_restarted: bool = False
    """Whether cumulative counters began anew since the run before."""
    usage_checks: frozenset[str] = frozenset()
    """Checks that judge cumulative counters."""


class Followed(msgspec.Struct, frozen=True):
    """A finding after the run."""

    fingerprint: str
    check: str
    object: ObjectRef
    severity: Severity
    state: State
    magnitude: float | None
    """To be compared with next time."""
    reason: str | None = None
    """Why it was not checked, or what else is to be said."""
    moved_from: str | None = None
    """The fingerprint it had before its object was renamed."""
    object_oid: int | None = None
    absent_runs: int = 0
    is_seen: bool = True
    """Whether this run reported it."""


def follow(known: Iterable[Tracked], seen: Iterable[Sighting], coverage: Coverage) -> list[Followed]:
    """Every finding that was seen, and every open one that was not, each with its state."""
    before = {one.fingerprint: one for one in known}
    sightings = list(seen)
    now = {one.fingerprint for one in sightings}
    missing = [one for one in before.values() if one.state.is_open and one.fingerprint not in now]
    renamed = _renamed([one for one in sightings if one.fingerprint not in before], missing, coverage)
    followed = [_seen(one, renamed.get(one.fingerprint) or before.get(one.fingerprint), coverage) for one in sightings]
    moved_away = {one.fingerprint for one in renamed.values()}
    followed += [_unseen(one, coverage) for one in missing if one.fingerprint not in moved_away]
    return followed


def _renamed(fresh: Sequence[Sighting], missing: Sequence[Tracked], coverage: Coverage) -> Mapping[str, Tracked]:
    """By new fingerprint, what it was called: the same check on the same row of the same catalog, and only one."""
    if not coverage.same_cluster:
        return {}
    by_row: dict[tuple[str, str, int], list[Tracked]] = {}
    for old in missing:
        if old.object_oid is not None:
            by_row.setdefault((old.check, old.object.kind, old.object_oid), []).append(old)
    found: dict[str, Tracked] = {}
    taken: set[str] = set()
    for one in fresh:
        if one.object_oid is None:
            continue
        candidates = by_row.get((one.check, one.object.kind, one.object_oid), [])
        certain = [old for old in candidates if old.fingerprint not in taken]
        if len(certain) == 1 and len(candidates) == 1:
            found[one.fingerprint] = certain[0]
            taken.add(certain[0].fingerprint)
    return found


def _seen(one: Sighting, earlier: Tracked | None, coverage: Coverage) -> Followed:
    state, magnitude = _state_of(one, earlier, coverage)
    moved_from = earlier.fingerprint if earlier and earlier.fingerprint != one.fingerprint else None
    return Followed(
        fingerprint=one.fingerprint,
        check=one.check,
        object=one.object,
        severity=one.severity,
        state=state,
        magnitude=magnitude,
        reason=f"was {earlier.object}" if earlier and moved_from else None,
        moved_from=moved_from,
        object_oid=one.object_oid,
    )


def _state_of(one: Sighting, earlier: Tracked | None, coverage: Coverage) -> tuple[State, float | None]:
    if one.suppressed:
        return State.SUPPRESSED, one.magnitude
    if earlier is None:
        return State.NEW, one.magnitude
    if not earlier.state.is_open:
        return State.REOPENED, one.magnitude
    difference = one.severity.rank - earlier.severity.rank
    if difference == 0 and not (coverage.counters_restarted and one.check in coverage.usage_checks):
        difference = moved(earlier.magnitude, one.magnitude, one.unit)
    if difference == 0:
        return State.UNCHANGED, one.magnitude if earlier.magnitude is None else earlier.magnitude
    return (State.WORSE if difference > 0 else State.BETTER), one.magnitude


def _unseen(one: Tracked, coverage: Coverage) -> Followed:
    reason = _why_not_checked(one, coverage)
    if reason is not None:
        state = State.NOT_CHECKED
    else:
        state = State.GONE if coverage.exists(one.object) is False else State.FIXED
        if one.absent_runs:
            reason = "another version of pgaudit no longer reports it"
    return Followed(
        fingerprint=one.fingerprint,
        check=one.check,
        object=one.object,
        severity=one.severity,
        state=state,
        magnitude=one.magnitude,
        reason=reason,
        object_oid=one.object_oid,
        absent_runs=0 if coverage.same_tool else one.absent_runs + 1,
        is_seen=False,
    )


def _why_not_checked(one: Tracked, coverage: Coverage) -> str | None:
    """Why its absence says nothing; None where it does."""
    if not coverage.in_scope(one.object):
        return "outside of what this run was to look at"
    for skip in coverage.skips:
        if skip.check == one.check and (skip.object is None or _covers(skip.object, one.object)):
            return f"{skip.reason}{f' (needs {skip.needs})' if skip.needs else ''}"
    if one.check not in coverage.checked:
        return "its check did not run"
    if coverage.counters_restarted and one.check in coverage.usage_checks:
        return "counters began anew"
    if not coverage.same_tool:
        return "judged by another version of pgaudit"
    return None


def _covers(skipped: ObjectRef, one: ObjectRef) -> bool:
    """Whether what could not be judged is the object, or the table or schema that it is part of."""
    if skipped == one:
        return True
    if skipped.schema != one.schema:
        return skipped.kind == "schema" and skipped.name == one.schema
    return one.table == skipped.name or (one.name == skipped.name and one.table == skipped.table)
