"""Changes that a model drafts: gated and proved in a shadow database, printed with a badge or dropped with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from pgaudit.review.backends.offline.backend import OfflineBackend
from pgaudit.review.deciding.decisions import decide
from pgaudit.review.documents.checking import check_grounding
from pgaudit.review.documents.envelope import Document, Review, reviewed
from pgaudit.review.documents.formats import Format
from pgaudit.review.documents.parts import Basis, Change, Mode
from pgaudit.review.drafting.court import DraftCourt
from pgaudit.review.evidence.records import Badge, Record, RecordKind
from pgaudit.review.redaction.wire import Redaction
from pgaudit.review.rendering.registry import render
from pgaudit.review.shadow.server import shadow_server
from probes.catalog.rows import PgClass
from probes.finding import Evidence
from tests.conftest import ServerPool
from tests.pgaudit.review.fake_api import FakeApi, Step
from tests.pgaudit.review.llm.drafting import FAULT, SCHEMA, Bench, bench_of, drafting
from tests.pgaudit.review.llm.models import without_the_model
from tests.servers import fresh_database

GOOD = "create index concurrently things_owner_id_id_idx on app.things (owner_id, id)"
WITH_CODE = (Format.AUTHORITY, Format.PANEL, Format.EXPERT, Format.DIAGNOSIS)


@pytest.fixture(scope="module")
def bench(server_pool: ServerPool) -> Iterator[Bench]:
    with fresh_database(server_pool.get(18)) as database, shadow_server(18) as shadows:
        database.execute(SCHEMA)
        with bench_of(database, shadows) as made:
            yield made


def written(api: FakeApi, bench: Bench, wanted: Format = Format.EXPERT, *, shadow: bool = True) -> Review:
    backend = bench.backend(api, shadow=shadow)
    document = backend.write(bench.pack, decide(bench.pack), wanted)
    assert api.rejected == []
    check_grounding(document, bench.pack.ids())
    return reviewed(bench.pack, wanted, document, backend.reviewer, "2026-01-01T00:00:00Z")


def offline(bench: Bench, wanted: Format = Format.EXPERT) -> Document:
    return OfflineBackend().write(bench.pack, decide(bench.pack), wanted)


def drafted(review: Review) -> list[Change]:
    changes: tuple[Change, ...] = review.document.changes  # type: ignore[union-attr]
    return [one for one in changes if one.why.basis is Basis.MODEL]


@pytest.mark.pg("== 18")
@pytest.mark.parametrize("wanted", WITH_CODE, ids=lambda one: one.value)
def test_a_good_draft_is_proven_and_printed_behind_our_own_changes(api: FakeApi, bench: Bench, wanted: Format) -> None:
    api.respond = drafting(GOOD)
    review = written(api, bench, wanted)
    (change,) = drafted(review)
    own: tuple[Change, ...] = offline(bench, wanted).changes  # type: ignore[union-attr]
    assert review.document.changes[:-1] == own  # type: ignore[union-attr]
    assert (change.proof.badge, change.number) == (Badge.PROVEN, own[-1].number + 1)
    assert change.sql == (GOOD,)
    assert not change.transactional
    assert change.rollback == ("drop index concurrently app.things_owner_id_id_idx",)
    assert [(one.relation, one.mode) for one in change.locks] == [("app.things", "SHARE UPDATE EXCLUSIVE")]
    assert change.proof.gate is not None
    assert "SHARE UPDATE EXCLUSIVE on app.things" in change.proof.gate.locks
    assert not change.proof.gate.blocks
    for form in ("markdown", "html"):
        text = render(review, form)
        assert "drafted by the language model" in text
        assert "things_owner_id_id_idx" in text


@pytest.mark.pg("== 18")
def test_a_format_without_a_place_for_code_takes_no_draft(api: FakeApi, bench: Bench) -> None:
    def respond(body: dict[str, Any]) -> Step:
        asked = body["messages"][0]["content"][1]
        assert asked["text"].endswith("\nNo changes.")
        asked["text"] = asked["text"].replace("No changes.", "Changes may be drafted.")
        return drafting(GOOD)(body)

    api.respond = respond
    review = written(api, bench, Format.CARD)
    assert "none was asked for" in (review.reviewer.reason or "")
    assert without_the_model(review.document) == offline(bench, Format.CARD)


REJECTED = {
    "drop table": (("drop table app.things",), "of a kind that a draft may not hold"),
    "copy to program": (("copy app.things to program 'touch /tmp/canary'",), "of a kind that a draft may not hold"),
    "a volatile block": (("do $$ begin perform pg_sleep(0); end $$",), "of a kind that a draft may not hold"),
    "a second statement behind a comment": ((f"{GOOD} -- done\n; drop table app.things",), "is not one statement"),
    "a second statement within a comment": ((f"{GOOD} /* ; drop table app.things */",), "it holds a comment"),
    "an invented table": (("create index concurrently on app.dragons (owner_id)",), "names a table that none"),
    "an index that is there": (("create index concurrently on app.things (id)",), "it would leave behind: "),
    "another column": (("create index concurrently on app.things (id, owner_id)",), "the finding is still there"),
    "a new fault": (("alter table app.things alter column owner_id type int4",), "it would leave behind: "),
    "a column that is there": (("alter table app.things add column owner_id bigint",), "PostgreSQL would refuse it: "),
    "what the server refuses": (
        (
            "alter table app.things add constraint things_owner_id_check check (owner_id[1] = 1) not valid",
            "alter table app.things validate constraint things_owner_id_check",
        ),
        "the server refused it: ",
    ),
    "more than it declares": (
        (GOOD, "alter table app.things alter column owner_id set statistics 0"),
        "changed what it does not declare",
    ),
    "nothing of the fault": (("alter table app.things alter column owner_id set statistics 0",), "declare"),
}


@pytest.mark.pg("== 18")
@pytest.mark.parametrize(("sql", "says"), REJECTED.values(), ids=REJECTED.keys())
def test_a_bad_draft_is_dropped_with_its_reason_and_changes_nothing(
    api: FakeApi, bench: Bench, sql: tuple[str, ...], says: str
) -> None:
    api.respond = drafting(*sql)
    backend = bench.backend(api)
    document = backend.write(bench.pack, decide(bench.pack), Format.DIAGNOSIS)
    assert says in (backend.reviewer.reason or "")
    assert without_the_model(document) == offline(bench, Format.DIAGNOSIS)
    assert backend.reviewer.mode is Mode.OFFLINE
    (outcome,) = backend.ledger.parts
    assert (outcome.changes, says in (outcome.problem or "")) == (0, True)


@pytest.mark.pg("== 18")
def test_what_the_gate_stops_on_a_large_table_is_rejected_before_it_runs(bench: Bench) -> None:
    blocking = ("create index things_owner_id_id_idx on app.things (owner_id, id)",)
    fault = next(one for one in bench.pack.of(RecordKind.FINDING) if one.topic == FAULT)
    assert DraftCourt(bench.catalog, bench.checks, bench.prover).judged(blocking, [fault]).proof.badge is Badge.PROVEN
    large = bench.catalog.replacing(
        {
            PgClass: tuple(
                msgspec.structs.replace(one, pages=20_000_000, tuples=2e9) if one.name == "things" else one
                for one in bench.catalog.rows(PgClass)
            )
        }
    )
    proof = DraftCourt(large, bench.checks, bench.prover).judged(blocking, [fault]).proof
    assert (proof.badge, proof.reason.startswith("the gate stops it: ")) == (Badge.REJECTED, True), proof
    assert proof.gate is not None
    assert proof.gate.blocks


@pytest.mark.pg("== 18")
def test_a_draft_for_a_statement_of_the_workload_applies_and_proves_nothing(bench: Bench) -> None:
    facts: Evidence = {"query": "select id from app.things where owner_id = $1 order by id", "calls": 7}
    slow = Record("workload/statement:1", RecordKind.QUERY, "workload/statement", "Statement", "80% of all", facts)
    proof = DraftCourt(bench.catalog, bench.checks, bench.prover).judged((GOOD,), [slow]).proof
    assert (proof.badge, "no finding whose silence" in proof.reason) == (Badge.APPLIES, True)


@pytest.mark.pg("== 18")
def test_without_a_shadow_a_draft_is_gated_and_stays_unproven(api: FakeApi, bench: Bench) -> None:
    api.respond = drafting(GOOD)
    (change,) = drafted(written(api, bench, shadow=False))
    assert (change.proof.badge, change.proof.reason) == (Badge.UNPROVEN, "no shadow database was wanted")
    assert change.proof.gate is not None
    api.respond = drafting("create index concurrently on app.things (id)")
    assert drafted(written(api, bench, shadow=False)) == []


@pytest.mark.pg("== 18")
def test_a_draft_in_pseudonyms_comes_back_in_names(api: FakeApi, bench: Bench) -> None:
    def respond(body: dict[str, Any]) -> Step:
        text = str(body["messages"])
        assert "things" not in text.replace("Its places", "")
        return hashed(body)

    backend = bench.backend(api, Redaction.HASHED)
    redactor = backend._redactor
    names = {name: pseudonym for name in ("app", "things", "owner_id") for pseudonym in [redactor._name(name)]}
    hashed = drafting(f'create index concurrently on {names["app"]}."{names["things"]}" ({names["owner_id"]}, id)')
    api.respond = respond
    document = backend.write(bench.pack, decide(bench.pack), Format.DIAGNOSIS)
    (change,) = [one for one in document.changes if one.why.basis is Basis.MODEL]  # type: ignore[union-attr]
    assert change.sql == ("create index concurrently on app.things (owner_id, id)",)
    assert "app.things" in change.why.text


@pytest.mark.pg("== 18")
def test_every_change_of_ours_has_the_verdict_of_the_gate(bench: Bench) -> None:
    changes = [one.change for one in bench.pack.of(RecordKind.FINDING) if one.change]
    assert changes
    assert all(one.proof.gate is not None for one in changes)
