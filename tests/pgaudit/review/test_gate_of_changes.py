"""What our own gate says of what our own reviews propose."""

from __future__ import annotations

import pytest

from pgaudit.review.evidence.effects import with_effects
from pgaudit.review.evidence.gating import gated, objection_of
from pgaudit.review.evidence.records import Pack, ProposedChange, RecordKind
from tests.pgaudit.review.packs import take
from tests.servers import Database

VALUES_ARE_CUT = {"schema/money_as_float", "schema/type_timetz"}
"""Remedies that drop a part of values on purpose: whoever runs them has to mean it."""


def test_changes_of_a_review_pass_the_gate_or_say_why_not(demo_pack: Pack) -> None:
    changes = {one.id: (one.topic, one.change) for one in demo_pack.of(RecordKind.FINDING) if one.change}
    assert len(changes) > 60
    verdicts = {topic: change.proof.gate for topic, change in changes.values()}
    assert None not in verdicts.values()
    stopped = {topic for topic, change in changes.values() if change.proof.gate and change.proof.gate.blocks}
    assert stopped <= VALUES_ARE_CUT
    for _, change in changes.values():
        told = "As a migration it does not pass: " in (change.note or "")
        assert told == (change.proof.gate is not None and change.proof.gate.blocks)


@pytest.mark.pg("== 18")
def test_locks_rewrites_scans_and_refusals_stand_in_the_verdict(database: Database) -> None:
    with database.connect() as connection:
        connection.execute("create table orders (id integer primary key, note text)")
    catalog = take(database.dsn).catalog

    def change(*sql: str) -> ProposedChange:
        return with_effects(ProposedChange(sql, note="First."), catalog)

    rewriting = change("alter table orders alter column id type bigint").proof.gate
    assert rewriting is not None
    assert (rewriting.rewrites, "ACCESS EXCLUSIVE on public.orders" in rewriting.locks) == (("public.orders",), True)
    scanning = change("alter table orders alter column note set not null").proof.gate
    assert scanning is not None
    assert scanning.scans == ("public.orders",)
    refused = change("alter table orders add column note text")
    assert refused.proof.gate is not None
    assert refused.proof.gate.blocks
    assert (refused.note or "").startswith("First. As a migration it does not pass: PostgreSQL would refuse it: ")
    assert objection_of(gated(["create index concurrently on orders (note)"], catalog)) is None
