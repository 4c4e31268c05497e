"""Proving proposed SQL: it runs in a copy of the structure, the finding is gone, and nothing else has changed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Self

import msgspec

from pgaudit.audit.run import Policy, run_checks
from pgaudit.errors import PgauditError
from pgaudit.review.evidence.records import Badge, Proof, Record
from pgaudit.review.proving import NO_SHADOW
from pgaudit.review.shadow.allowing import AS_SUPERUSER, SYSTEM, Allowed, allowed, side_effects
from pgaudit.review.shadow.building import Built, build, tear_down
from pgaudit.review.shadow.likeness import REBUILT, Likeness, is_provable, reads_what_is_lent
from pgaudit.review.shadow.server import ShadowServer, shadow_server
from pgaudit.review.shadow.trying import RefusedError, Shadow
from probes.catalog.catalog import Catalog
from probes.catalog.rows import Group, PgDatabase, PgDbRoleSetting, PgSetting, Row
from probes.check import Check
from probes.finding import Finding, ObjectRef

_COUNTERS = "it ran in the copy; the check reads counters, sessions or settings, which a copy does not have"
_NOT_SHOWN = "it ran in the copy; what the finding rests on is not part of a structure, so its silence proves nothing"
_UNDECLARED = "it ran in the copy and the finding was gone; nobody declared what it may change"


class ShadowProver:
    """Proves changes in a shadow database that is built when the first is asked for.

    Args:
        catalog: The audited database; with operator classes where it was collected for this.
        checks: Those whose findings are to disappear.
        policy: As they were run.
        dsn: A server of the user's to use; by default one of our own is started.
        server: A server that runs already; what is made on it is removed at the end.

    Use it as a context manager: leaving it removes the shadow.
    """

    def __init__(
        self,
        catalog: Catalog,
        checks: Iterable[Check],
        policy: Policy | None = None,
        *,
        dsn: str | None = None,
        server: ShadowServer | None = None,
    ) -> None:
        self._catalog = catalog
        self._checks = {check.id: check for check in checks}
        self._policy = policy or Policy()
        self._dsn = dsn
        self._given = server
        self._stack = contextlib.ExitStack()
        self._court: _Court | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def prove(self, records: Sequence[Record]) -> Mapping[str, Proof]:
        """A proof for the change of each record, by record id."""
        import psycopg  # noqa: PLC0415 - the driver is loaded when it is needed

        wanted = [record for record in records if record.change is not None]
        if not wanted:
            return {}
        try:
            self._court = court = self._court_for([record.topic for record in wanted])
        except PgauditError as error:
            return _unproven(wanted, f"{NO_SHADOW}: {error.happened}")
        except psycopg.Error as error:
            said = error.diag.message_primary or type(error).__name__
            return _unproven(wanted, f"{NO_SHADOW}: {said}")
        return {record.id: _proof(court, record) for record in wanted}

    def _court_for(self, topics: Iterable[str]) -> _Court:
        """The shadow with the checks of these topics; it is built once, and judged anew where a check is new to it."""
        used = [self._checks[topic] for topic in dict.fromkeys(topics) if topic in self._checks]
        if self._court is None:
            return self._open(used)
        return self._court.with_checks(used)

    def _open(self, used: Sequence[Check]) -> _Court:
        major = self._catalog.server.major
        server = self._given or self._stack.enter_context(shadow_server(major, dsn=self._dsn))
        built = build(server, self._catalog)
        if self._given or not server.throw_away:
            self._stack.callback(tear_down, server, built)
        shadow = Shadow(server, built, self._catalog)
        self._stack.callback(shadow.close)
        return _Court(self._catalog, used, self._policy, server, built, shadow)


def _unproven(records: Sequence[Record], reason: str) -> dict[str, Proof]:
    return {record.id: Proof(Badge.UNPROVEN, reason) for record in records}


def _proof(court: _Court, record: Record) -> Proof:
    import psycopg  # noqa: PLC0415 - the driver is loaded when it is needed

    try:
        return court.proof(record)
    except psycopg.Error as error:
        said = error.diag.message_primary or type(error).__name__
        return Proof(Badge.UNPROVEN, f"the shadow database could not be read: {said}")


class _Court:
    """A shadow with what the checks said of it before anything was tried."""

    def __init__(
        self,
        catalog: Catalog,
        checks: Sequence[Check],
        policy: Policy,
        server: ShadowServer,
        built: Built,
        shadow: Shadow,
    ) -> None:
        self._catalog = catalog
        self._server = server
        self._checks = {check.id: check for check in checks}
        self._policy = policy
        self._built = built
        self._shadow = shadow
        self._volatile = shadow.volatile_functions()
        self._first = shadow.picture()
        self._likeness = Likeness(catalog, self._first)
        self._audited = _by_id(run_checks(catalog, checks, policy).findings)
        before = run_checks(self._likeness.of(self._first), checks, policy)
        self._before = _by_id(before.findings)
        self._unjudged = {skip.object for skip in before.skipped}
        self._other_major = (
            f" (on PostgreSQL {server.major}; the database runs on {catalog.server.major})"
            if server.major != catalog.server.major
            else ""
        )

    def with_checks(self, checks: Sequence[Check]) -> _Court:
        """The same shadow, judged by these checks as well."""
        if all(check.id in self._checks for check in checks):
            return self
        more = {**self._checks, **{check.id: check for check in checks}}
        return _Court(self._catalog, list(more.values()), self._policy, self._server, self._built, self._shadow)

    def proof(self, record: Record) -> Proof:
        """The badge of one record's change."""
        change = record.change
        assert change is not None  # noqa: S101 - the caller has looked
        alone = self._server.throw_away and self._is_own(record)
        judged = allowed(self._as_in_the_copy(record, change.sql), may_set=alone)
        if isinstance(judged, Proof):
            return judged
        forbidden = side_effects(judged.functions, self._volatile, alone=alone)
        if forbidden:
            return Proof(Badge.UNPROVEN if self._is_own(record) else Badge.REJECTED, forbidden)
        try:
            if SYSTEM in judged.kinds:
                return self._as_set(record, self._shadow.settings_after(judged.sql))
            after = self._tried(judged, transactional=change.transactional)
        except RefusedError as refused:
            return self._refusal(record, refused)
        found = self._verdict(record, after)
        return msgspec.structs.replace(found, reason=found.reason + self._other_major)

    def _as_in_the_copy(self, record: Record, sql: tuple[str, ...]) -> tuple[str, ...]:
        """The check's own fix as it writes it for the copy: names of internal triggers hold object ids."""
        twin = self._before.get(record.finding or "")
        return twin.fix.sql if self._is_own(record) and twin is not None and twin.fix is not None else sql

    def _is_own(self, record: Record) -> bool:
        """Whether the change is what the check itself proposes."""
        own = self._audited.get(record.finding or "")
        return (
            own is not None and own.fix is not None and record.change is not None and own.fix.sql == record.change.sql
        )

    def _tried(self, judged: Allowed, *, transactional: bool) -> Catalog:
        try:
            return self._shadow.after(judged.sql, transactional=transactional)
        except RefusedError as refused:
            if not refused.lacks_privilege or judged.functions or not judged.kinds <= AS_SUPERUSER:
                raise
            return self._shadow.after(judged.sql, transactional=transactional, all_rights=True)

    def _as_set(self, record: Record, settings: Mapping[str, PgSetting]) -> Proof:
        """The badge of a change of settings: the check reads those of the audited server, with what was set here."""
        known, check = self._audited.get(record.finding or ""), self._checks.get(record.topic)
        if known is None or check is None or self._catalog.absent(PgSetting) is not None:
            return Proof(
                Badge.APPLIES, "it ran on a server of our own; there is no finding whose silence would prove it"
            )
        rows = tuple(settings.get(row.name, row) for row in self._catalog.rows(PgSetting))
        outcome = run_checks(self._catalog.replacing({PgSetting: rows}), [check], self._policy)
        if outcome.skipped or not outcome.checked or known.id in _by_id(outcome.findings):
            return Proof(
                Badge.APPLIES, "it ran on a server of our own; what is set counts after a restart, or is overruled"
            )
        text = "it ran on a server of our own, and with its settings in place of the audited ones the finding was"
        return Proof(Badge.PROVEN, f"{text} gone")

    def _refusal(self, record: Record, refused: RefusedError) -> Proof:
        """A refusal counts against the change only where the copy has all that it speaks of."""
        lacking = self._lacking(record.object)
        if lacking:
            return Proof(Badge.UNPROVEN, f"the copy lacks what it speaks of: {lacking}")
        if record.finding in self._audited and record.finding not in self._before:
            return Proof(Badge.UNPROVEN, f"the copy does not show the finding, and it was refused: {refused.said}")
        if refused.lacks_privilege:
            return Proof(Badge.UNPROVEN, f"it needs more rights than a proof is given: {refused.said}")
        return Proof(Badge.REJECTED, f"the server refused it: {refused.said}{self._other_major}")

    def _verdict(self, record: Record, after: Catalog) -> Proof:
        known = self._audited.get(record.finding or "")
        declared = known.fix.changes if known is not None and known.fix is not None else None
        if record.change is not None and record.change.also_changes:
            declared = (*(declared or ()), *record.change.also_changes)
        changed = changed_areas(self._first, after)
        if not changed:
            return Proof(Badge.APPLIES, "it ran in the copy and changed nothing of the structure")
        if declared is not None and not changed <= set(declared):
            beside = ", ".join(sorted(changed - set(declared)))
            return Proof(Badge.REJECTED, f"it ran, and changed what it does not declare: {beside}")
        check = self._checks.get(record.topic)
        if check is None or known is None:
            return Proof(Badge.APPLIES, "it ran in the copy; there is no finding whose silence would prove it")
        if not is_provable(check):
            return Proof(Badge.APPLIES, _COUNTERS)
        return self._silence(known, check, after, declared=declared is not None)

    def _silence(self, known: Finding, check: Check, after: Catalog, *, declared: bool) -> Proof:
        if known.id not in self._before:
            return self._not_shown(known)
        outcome = run_checks(self._likeness.of(after), [check], self._policy)
        if not outcome.checked or {skip.object for skip in outcome.skipped} - self._unjudged:
            return Proof(Badge.UNPROVEN, "it ran, and the check could not judge what it left")
        if known.id in _by_id(outcome.findings):
            if reads_what_is_lent(check):
                return Proof(Badge.APPLIES, _COUNTERS)
            return Proof(Badge.REJECTED, "it ran, and the finding is still there")
        if not declared:
            return Proof(Badge.APPLIES, _UNDECLARED)
        return Proof(Badge.PROVEN, "it ran in a copy of the structure, the finding was gone, and nothing else changed")

    def _not_shown(self, known: Finding) -> Proof:
        lacking = self._lacking(known.object)
        if lacking:
            return Proof(Badge.UNPROVEN, f"it ran, and the copy did not show the finding before: {lacking}")
        return Proof(Badge.APPLIES, _NOT_SHOWN)

    def _lacking(self, about: ObjectRef | None) -> str | None:
        """Why an object, or the table it is on, is not in the copy."""
        if about is None:
            return None
        names = {(about.schema, about.name), (about.schema, about.table)}
        for lost, reason in self._built.lacking.items():
            if (lost.schema, lost.name) in names or (lost.schema, lost.table or "") in names:
                return f"{lost.kind} {lost}: {reason}"
        return None


def _by_id(findings: Iterable[Finding]) -> dict[str, Finding]:
    return {finding.id: finding for finding in findings}


_MOVING = frozenset(
    {
        "pages", "tuples", "all_visible_pages", "frozen_age_xids", "min_multixact_age", "toast_pages",
        "toast_frozen_age_xids", "is_filled", "size_bytes",
    }
)  # fmt: skip


def changed_areas(before: Catalog, after: Catalog) -> frozenset[str]:
    """Names of the areas of structure, and of the database itself, whose rows differ, sizes and ages apart."""
    return frozenset(
        row_type.area
        for row_type, _ in before.areas()
        if (row_type.group is Group.STRUCTURE or row_type in REBUILT)
        and _lasting(before, row_type) != _lasting(after, row_type)
    )


def _lasting(catalog: Catalog, row_type: type[Row]) -> object:
    """What of an area stays as it is while nobody changes it, and is the same in a copy of the database."""
    if catalog.absent(row_type) is not None:
        return None
    own = catalog.server.database_oid
    rows: Iterable[Row] = catalog.rows(row_type)
    dropped = _MOVING
    if row_type is PgDatabase:
        rows = (row for row in catalog.rows(PgDatabase) if row.oid == own)
        dropped = _MOVING | {"oid", "name"}
    if row_type is PgDbRoleSetting:
        settings = (row for row in catalog.rows(PgDbRoleSetting) if row.database in {0, own})
        rows = (msgspec.structs.replace(row, database=int(row.database == own)) for row in settings)
    return {tuple(getattr(row, name) for name in row.__struct_fields__ if name not in dropped) for row in rows}
