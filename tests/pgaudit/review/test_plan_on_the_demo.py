"""What a review says to run is run: every change as it is printed, in its order, on the database it was written of."""

from __future__ import annotations

import re

import pytest

from pgaudit.review.deciding.decisions import decide
from pgaudit.review.documents.formats import Format
from pgaudit.review.evidence.records import Badge, Pack, RecordKind
from pgaudit.review.rendering.registry import render
from tests.pgaudit.review.carrying_out import CarriedOut
from tests.pgaudit.review.packs import review

PROVED = {Badge.PROVEN, Badge.APPLIES}
FRAME = {
    "begin",
    "commit",
    "set local lock_timeout = '2s'",
    "set lock_timeout = '2s'",
    "set lock_timeout = 0",
    "set statement_timeout = 0",
    "reset lock_timeout",
    "reset statement_timeout",
}


def test_every_change_of_the_demo_is_proven_or_applies(demo_pack: Pack) -> None:
    changes = decide(demo_pack).changes
    assert {one.title: one.change.proof for one in changes if one.change.proof.badge not in PROVED} == {}
    assert sum(one.change.proof.badge is Badge.PROVEN for one in changes) > 60


def test_only_what_nothing_of_a_structure_shows_is_not_proven(demo_pack: Pack) -> None:
    applies = {one.issue for one in decide(demo_pack).changes if one.change.proof.badge is Badge.APPLIES}
    assert applies <= {
        "durability/collation_version_mismatch",  # a copy has today's versions
        "sequences/behind_column_max",  # and no rows
        "sessions/idle_in_transaction",  # and no sessions
    }


def test_nothing_is_rejected(demo_pack: Pack) -> None:
    proofs = {record.id: record.change.proof for record in demo_pack.records if record.change}
    assert {name: proof for name, proof in proofs.items() if proof.badge is Badge.REJECTED} == {}


@pytest.mark.parametrize("wanted", list(Format), ids=lambda one: one.value)
def test_no_format_prints_sql_that_was_not_tried(demo_pack: Pack, wanted: Format) -> None:
    tried = {
        " ".join(statement.split())
        for one in decide(demo_pack).changes
        if one.change.proof.badge in PROVED
        for statement in (*one.change.sql, *one.change.rollback)
    }
    blocks = re.findall(r"^```sql\n(.*?)^```", render(review(demo_pack, wanted), "markdown"), re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in block.splitlines() if line and not re.match(r"-- (?!back: )", line)]
    printed = {line.removeprefix("-- back: ").rstrip(";") for line in lines}
    assert printed - FRAME - tried == set()
    assert bool(printed) is (wanted not in {Format.CARD, Format.CHECKLIST})


def test_the_changes_run_in_their_order(carried_out: CarriedOut) -> None:
    assert carried_out.refused == {}


def test_every_finding_that_a_change_names_is_gone(carried_out: CarriedOut) -> None:
    named = {record.id for one in decide(carried_out.before).changes for record in one.records}
    left = {record.id for record in carried_out.after.of(RecordKind.FINDING)} & named
    # The second audit holds a transaction of its own open.
    assert {one for one in left if not one.startswith("sessions/")} == set()


def test_validation_queries_give_what_they_promise(carried_out: CarriedOut) -> None:
    assert {query.sql: given for query, given in carried_out.answers if given != query.expects} == {}
    assert len(carried_out.answers) > 20


def test_the_ways_back_run_in_the_opposite_order(carried_out: CarriedOut) -> None:
    assert carried_out.stuck == {}
    changes = decide(carried_out.before).changes
    assert sum(bool(one.change.rollback) for one in changes) > len(changes) / 2
