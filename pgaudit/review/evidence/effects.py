"""What a fix locks and for how long, told by the gate's own prediction; and the statements that take it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from pgaudit.reports.contract import ReportFinding
from pgaudit.review.evidence.by_analogy import by_analogy
from pgaudit.review.evidence.finishing import finished
from pgaudit.review.evidence.gating import gated, objection_of, verdict_of
from pgaudit.review.evidence.records import LockEstimate, ProposedChange
from pgaudit.review.evidence.rollback import rollback_of
from probes.catalog.catalog import Catalog

if TYPE_CHECKING:
    from migrations_safety.effects.model import Effects, Lock

BYTES_A_SECOND = {"rewrite": 52_428_800, "scan": 209_715_200, "index build": 41_943_040}
"""What ordinary hardware manages, for estimates: they are named as such wherever they are shown."""
CATALOG_ONLY_SECONDS = 0.05
_INDEXES = frozenset({"i", "I"})
_STRENGTH = (
    "ACCESS SHARE",
    "ROW SHARE",
    "ROW EXCLUSIVE",
    "SHARE UPDATE EXCLUSIVE",
    "SHARE",
    "SHARE ROW EXCLUSIVE",
    "EXCLUSIVE",
    "ACCESS EXCLUSIVE",
)


def change_of(finding: ReportFinding, catalog: Catalog) -> ProposedChange | None:
    """The change that a finding calls for; None where no SQL mends it."""
    fix = finding.fix
    own = ProposedChange(fix.sql, fix.transactional, fix.note) if fix else None
    change = by_analogy(finding, own, catalog)
    return None if change is None else with_effects(finished(change, catalog), catalog)


def with_effects(change: ProposedChange, catalog: Catalog) -> ProposedChange:
    """The change with its locks, its way back and what the gate says of it; its note says where that would stop it."""
    locks = _locks(change.sql, catalog)
    run = gated(change.sql, catalog)
    objection = objection_of(run)
    told = None if objection is None else f"As a migration it does not pass: {objection}."
    return msgspec.structs.replace(
        change,
        locks=locks or (),
        locks_known=locks is not None,
        rollback=rollback_of(change.sql, catalog),
        proof=msgspec.structs.replace(change.proof, gate=verdict_of(run)),
        note=" ".join(filter(None, (change.note, told))) or None,
    )


def _locks(sql: tuple[str, ...], catalog: Catalog) -> tuple[LockEstimate, ...] | None:
    """The strongest lock on each relation; None where a statement could not be judged."""
    from migrations_safety.script.model import ScriptText  # noqa: PLC0415 - prediction is loaded when it is needed
    from migrations_safety.script.reader import read_script  # noqa: PLC0415
    from migrations_safety.timeline import Timeline  # noqa: PLC0415
    from probes.sql.parse import Parsed  # noqa: PLC0415

    text = "".join(f"{statement.rstrip().rstrip(';')};\n" for statement in sql)
    strongest: dict[str, LockEstimate] = {}
    steps = Timeline(catalog, catalog.server.major).steps(
        read_script([ScriptText(file="fix.sql", content=text.encode())])
    )
    for step in steps:
        if not isinstance(step.statement.outcome, Parsed) or step.effects.is_refused:
            return None
        for estimate in _estimates(step.effects, catalog):
            known = strongest.get(estimate.relation)
            if known is None or _weight(estimate) > _weight(known):
                strongest[estimate.relation] = estimate
    return tuple(strongest.values())


def _weight(estimate: LockEstimate) -> tuple[int, float]:
    rank = _STRENGTH.index(estimate.mode) if estimate.mode in _STRENGTH else len(_STRENGTH)
    return rank, estimate.held_seconds


def _estimates(effects: Effects, catalog: Catalog) -> list[LockEstimate]:
    works = {
        "rewrite": {work.relation.qualified_name for work in effects.rewrites},
        "scan": {work.relation.qualified_name for work in effects.scans},
        "index build": {work.relation.qualified_name for work in effects.index_builds},
    }
    found: list[LockEstimate] = []
    for lock in _of_tables(effects.locks):
        name = lock.relation.qualified_name
        size = _bytes(name, catalog)
        work = next((kind for kind, relations in works.items() if name in relations), "")
        work = "index build" if work == "scan" and effects.index_builds else work
        seconds = round(size / BYTES_A_SECOND[work], 2) if work else 0.0
        found.append(LockEstimate(name, lock.mode.value, size, work, max(seconds, CATALOG_ONLY_SECONDS)))
    return found


def _of_tables(locks: Sequence[Lock]) -> list[Lock]:
    """The locks that other sessions can meet: one on an index stands beside the lock on its table, which says more."""
    return [one for one in locks if one.relation.kind not in _INDEXES] or list(locks)


def _bytes(name: str, catalog: Catalog) -> int:
    schema, _, bare = name.partition(".")
    relation = catalog.relation_named(schema, bare)
    if relation:
        return relation.heap_bytes
    return next((index.bytes for index in catalog.indexes if index.qualified_name == name), 0)
