"""Reviews with a good model behind the fake, and with failures of every kind."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import msgspec
import pytest

from pgaudit.review.backends.anthropic.backend import ModelBackend, Settings, planned_for
from pgaudit.review.backends.anthropic.caller import AnthropicCaller
from pgaudit.review.backends.anthropic.cost import input_tokens, most_usd, price_of
from pgaudit.review.backends.anthropic.exchange import DEFAULT_MODEL, Answer, Caller, Lost, Request
from pgaudit.review.backends.offline.backend import OfflineBackend
from pgaudit.review.deciding.decisions import decide
from pgaudit.review.documents.checking import check_grounding
from pgaudit.review.documents.envelope import Document, reviewed
from pgaudit.review.documents.formats import Format
from pgaudit.review.documents.parts import Basis, Mode
from pgaudit.review.evidence.records import Pack, ProposedChange, Record, RecordKind
from pgaudit.review.redaction.wire import Redaction, Redactor
from pgaudit.review.rendering.registry import render
from tests.conftest import ServerPool
from tests.pgaudit.review.fake_api import KEY, FakeApi, Step
from tests.pgaudit.review.llm.models import (
    SECRET,
    backend_for,
    evidence,
    lazy,
    no_sleep,
    of_the_model,
    perfect,
    speaking,
    without_the_model,
)
from tests.pgaudit.review.packs import pack_of
from tests.servers import fresh_database

WITH_PROSE = [one for one in Format if one is not Format.CHECKLIST]


def offline(pack: Pack, wanted: Format) -> Document:
    return OfflineBackend().write(pack, decide(pack), wanted)


def redactor_of(pack: Pack) -> Redactor:
    return Redactor(pack, Redaction.NAMES, SECRET)


def written(backend: ModelBackend, pack: Pack, wanted: Format) -> Document:
    return backend.write(pack, decide(pack), wanted)


@pytest.mark.parametrize("wanted", WITH_PROSE, ids=lambda one: one.value)
def test_a_good_model_adds_prose_and_changes_nothing_else(api: FakeApi, demo_pack: Pack, wanted: Format) -> None:
    api.respond = speaking(perfect)
    backend = backend_for(api, demo_pack)
    document = written(backend, demo_pack, wanted)
    assert of_the_model(document)
    assert without_the_model(document) == offline(demo_pack, wanted)
    assert backend.reviewer.mode is Mode.MODEL
    assert api.rejected == []
    check_grounding(document, demo_pack.ids())


def test_prose_of_a_model_is_marked_where_it_is_read(api: FakeApi, demo_pack: Pack) -> None:
    api.respond = speaking(perfect)
    backend = backend_for(api, demo_pack)
    document = written(backend, demo_pack, Format.DIAGNOSIS)
    review = reviewed(demo_pack, Format.DIAGNOSIS, document, backend.reviewer, "2026-01-01T00:00:00Z")
    for form in ("markdown", "html"):
        text = render(review, form)
        assert "Language model" in text
        assert "Prose by a language model (claude-opus-5-5)" in text


def test_the_checklist_asks_no_model(api: FakeApi, demo_pack: Pack) -> None:
    assert written(backend_for(api, demo_pack), demo_pack, Format.CHECKLIST) == offline(demo_pack, Format.CHECKLIST)
    assert api.bodies == []


def test_parts_of_which_nothing_was_seen_are_not_asked_about(api: FakeApi, demo_pack: Pack) -> None:
    api.respond = speaking(perfect)
    document = written(backend_for(api, demo_pack), demo_pack, Format.AUTHORITY)
    for part in document.migration.parts + document.api.parts:  # type: ignore[union-attr]
        if all(claim.basis is Basis.NOT_ASSESSABLE for claim in part.claims):
            assert of_the_model(part) == []
    asked = [body["messages"][0]["content"][1]["text"] for body in api.bodies]
    assert not any("3. Critical Architectural Flaws" in one for one in asked)


# ---- repairs and failures


def test_what_is_wrong_is_told_once_and_mended(api: FakeApi, demo_pack: Pack) -> None:
    def respond(body: dict[str, Any]) -> Step:
        return speaking(lazy if len(body["messages"]) == 1 else perfect)(body)

    api.respond = respond
    document = written(backend_for(api, demo_pack), demo_pack, Format.CARD)
    assert [len(body["messages"]) for body in api.bodies] == [1, 3]
    assert [one["role"] for one in api.bodies[1]["messages"]] == ["user", "assistant", "user"]
    assert "plays down" in api.bodies[1]["messages"][2]["content"][0]["text"]
    assert of_the_model(document)
    assert api.rejected == []


def test_letter_case_of_places_and_ids_does_not_matter(api: FakeApi, demo_pack: Pack) -> None:
    def respond(body: dict[str, Any]) -> Step:
        bundle = json.loads(speaking(perfect)(body).text)
        for one in bundle["statements"]:
            one["place"] = one["place"].lower()
            one["evidence_ids"] = [each.upper() for each in one["evidence_ids"]]
        return Step(json.dumps(bundle))

    api.respond = respond
    assert of_the_model(written(backend_for(api, demo_pack), demo_pack, Format.CARD))
    assert len(api.bodies) == 1


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (Step(stop_reason="refusal", empty=True), "refused"),
        (Step(empty=True), "empty"),
        (Step('{"basis": "x", "stat', stop_reason="max_tokens"), "cut off"),
        (Step('{"basis": "x", "stat'), "not JSON of the schema"),
        (Step('{"basis": "x", "statements": [], "verdict": "APPROVED"}'), "not JSON of the schema"),
        (Step('{"basis": "x", "statements": [{"place": "P99", "statement": "s", "evidence_ids": []}]}'), "not asked"),
        (Step(status=400, kind="invalid_request_error"), "refused the request"),
    ],
    ids=["refusal", "empty", "truncated", "no JSON", "another field", "another place", "400"],
)
def test_a_failed_part_stays_as_the_rules_wrote_it_and_says_why(
    api: FakeApi, demo_pack: Pack, step: Step, says: str
) -> None:
    api.script = [step, step]
    api.respond = speaking(perfect)
    backend = backend_for(api, demo_pack)
    document = written(backend, demo_pack, Format.EXPERT)
    first, *others = document.sections  # type: ignore[union-attr]
    assert of_the_model(first) == []
    assert says in (first.reviewer.reason or "") or says in (others[0].reviewer.reason or "")
    assert of_the_model(tuple(others))
    assert without_the_model(document) == offline(demo_pack, Format.EXPERT)
    assert says in (backend.reviewer.reason or "")


def test_a_wrong_key_is_tried_once_and_the_review_is_whole(api: FakeApi, demo_pack: Pack) -> None:
    backend = backend_for(api, demo_pack, key="wrong")
    document = written(backend, demo_pack, Format.AUTHORITY)
    assert len(api.bodies) == 1
    assert without_the_model(document) == offline(demo_pack, Format.AUTHORITY)
    assert "401" in (backend.reviewer.reason or "")


def test_the_limit_of_cost_is_kept_before_anything_is_sent(api: FakeApi, demo_pack: Pack) -> None:
    backend = backend_for(api, demo_pack, Settings(max_cost_usd=0.001))
    written(backend, demo_pack, Format.AUTHORITY)
    assert api.bodies == []
    assert "0.001 US dollars" in (backend.reviewer.reason or "")


def test_what_was_used_is_counted_by_class(api: FakeApi, demo_pack: Pack) -> None:
    api.respond = speaking(perfect)
    backend = backend_for(api, demo_pack)
    written(backend, demo_pack, Format.CARD)
    used = backend.ledger
    assert (used.calls, used.usage.all_input_tokens, used.usage.output_tokens) == (1, 110, 50)
    # 100 read at 4 dollars a million, 7 written to the cache at 5, 3 read from it at 0.2, 50 written at 20
    assert used.cost_usd == pytest.approx((100 * 4 + 7 * 5 + 3 * 0.2 + 50 * 20) / 1e6)


def test_an_answer_that_broke_off_is_paid_for_and_counted(api: FakeApi, demo_pack: Pack) -> None:
    api.script = [Step('{"basis": "x", "stat', cut_after=3)]
    api.respond = speaking(perfect)
    backend = backend_for(api, demo_pack)
    document = written(backend, demo_pack, Format.CARD)
    used = backend.ledger
    assert of_the_model(document)
    assert (used.calls, used.lost) == (1, 1)
    # the first is counted with all the 16,000 tokens that it may have written, the second with the 50 that it wrote
    assert (used.usage.all_input_tokens, used.usage.output_tokens) == (220, 16_050)
    assert used.cost_usd == pytest.approx((200 * 4 + 14 * 5 + 6 * 0.2 + 16_050 * 20) / 1e6)


def test_an_answer_that_broke_off_is_not_asked_for_again_past_the_limit_of_cost(api: FakeApi, demo_pack: Pack) -> None:
    api.script = [Step('{"basis": "x", "stat', cut_after=3)]
    api.respond = speaking(perfect)
    (one,) = planned_for(demo_pack, offline(demo_pack, Format.CARD), redactor_of(demo_pack), Settings())
    price = price_of(DEFAULT_MODEL)
    assert price is not None
    once = most_usd(one.request, price)
    backend = backend_for(api, demo_pack, Settings(max_cost_usd=once * 1.5))
    document = written(backend, demo_pack, Format.CARD)
    assert len(api.bodies) == 1
    assert without_the_model(document) == offline(demo_pack, Format.CARD)
    assert "could pass the limit of cost" in (backend.reviewer.reason or "")


@dataclass
class InterruptedAt:
    """Carries requests to the fake until the one during which Ctrl-C is pressed."""

    inner: Caller
    number: int
    asked: int = 0

    def ask(self, request: Request, *, seconds_left: float, lost: Lost) -> Answer:
        self.asked += 1
        if self.asked == self.number:
            raise KeyboardInterrupt
        return self.inner.ask(request, seconds_left=seconds_left, lost=lost)


def test_what_stood_of_an_answer_stays_where_its_repair_is_interrupted(api: FakeApi, demo_pack: Pack) -> None:
    api.respond = speaking(lambda records: chain(perfect(records), lazy(records)))
    caller = InterruptedAt(AnthropicCaller(KEY, api.url, sleep=no_sleep), 2)
    backend = ModelBackend(caller, redactor_of(demo_pack), Settings())
    document = written(backend, demo_pack, Format.EXPERT)
    said = of_the_model(document)
    assert said
    assert [part.statements for part in backend.ledger.parts] == [len(said), 0, 0, 0, 0]
    assert isinstance(backend.ledger.interruption, KeyboardInterrupt)
    assert caller.asked == 2
    assert "it was interrupted" in (backend.reviewer.reason or "")


class InterruptingCourt:
    """A court during whose trial Ctrl-C is pressed."""

    def judged(self, sql: tuple[str, ...], records: Sequence[Record]) -> ProposedChange:  # noqa: ARG002 - the protocol's
        raise KeyboardInterrupt


def test_what_stood_of_an_answer_stays_where_the_trial_of_its_draft_is_interrupted(
    api: FakeApi, demo_pack: Pack
) -> None:
    def respond(body: dict[str, Any]) -> Step:
        bundle = json.loads(speaking(perfect)(body).text)
        fault = next(one for one in evidence(body) if one["topic"] == "indexes/unindexed_foreign_key")
        why = f"What `{fault['object']}` refers to goes only after a look at every row of it."
        draft = {"sql": ["set lock_timeout = '2s'"], "why": why, "evidence_ids": [fault["id"]]}
        return Step(json.dumps({**bundle, "changes": [draft]}))

    api.respond = respond
    caller = AnthropicCaller(KEY, api.url, sleep=no_sleep)
    backend = ModelBackend(caller, redactor_of(demo_pack), Settings(), court=InterruptingCourt())
    document = written(backend, demo_pack, Format.DIAGNOSIS)
    assert of_the_model(document)
    assert isinstance(backend.ledger.interruption, KeyboardInterrupt)
    assert "not tried, because it was interrupted" in (backend.reviewer.reason or "")


def test_evidence_beyond_the_budget_is_cut_and_that_is_said(api: FakeApi, demo_pack: Pack) -> None:
    api.respond = speaking(perfect)
    backend = backend_for(api, demo_pack, Settings(max_records=5))
    written(backend, demo_pack, Format.CARD)
    assert "records were not shown to the model, for length" in (backend.reviewer.reason or "")
    assert [len(evidence(body)) for body in api.bodies] == [5]


def test_evidence_above_the_budget_of_tokens_is_sliced_and_what_was_cut_is_said(api: FakeApi, demo_pack: Pack) -> None:
    api.respond = speaking(perfect)
    whole = planned_for(demo_pack, offline(demo_pack, Format.CARD), redactor_of(demo_pack), Settings())[0]
    budget = input_tokens(whole.request) // 2
    backend = backend_for(api, demo_pack, Settings(max_input_tokens=budget))
    written(backend, demo_pack, Format.CARD)
    (sent,) = [len(evidence(body)) for body in api.bodies]
    assert 0 < sent < len(whole.sent)
    assert len(json.dumps(api.bodies[0])) < len(whole.request.encoded())
    cut = len(whole.sent) + whole.left_out - sent
    assert f"{cut} records were not shown to the model, for length" in (backend.reviewer.reason or "")
    worst = [one.severity for one in whole.sent.values() if one.severity]
    kept = [one["severity"] for one in evidence(api.bodies[0]) if one.get("severity")]
    assert kept == [one.value for one in worst[: len(kept)]]


def test_a_budget_that_nothing_fits_into_sends_nothing_and_says_so(api: FakeApi, demo_pack: Pack) -> None:
    backend = backend_for(api, demo_pack, Settings(max_input_tokens=1))
    document = written(backend, demo_pack, Format.CARD)
    assert api.bodies == []
    assert without_the_model(document) == offline(demo_pack, Format.CARD)
    assert "no record fits 1 tokens" in (backend.reviewer.reason or "")


def test_requests_are_known_before_anything_is_sent(api: FakeApi, demo_pack: Pack) -> None:
    planned = planned_for(demo_pack, offline(demo_pack, Format.CARD), redactor_of(demo_pack), Settings())
    assert api.bodies == []
    api.respond = speaking(perfect)
    written(backend_for(api, demo_pack), demo_pack, Format.CARD)
    assert [json.loads(json.dumps(one.request.body())) | {"stream": True} for one in planned] == api.bodies
    assert KEY not in api.sent


def test_hashed_names_leave_as_hashes_and_come_back_as_names(api: FakeApi, demo_pack: Pack) -> None:
    api.respond = speaking(perfect)
    document = written(backend_for(api, demo_pack, level=Redaction.HASHED), demo_pack, Format.CARD)
    said = [claim.text for claim in of_the_model(document)]
    assert any("market." in text for text in said)
    sent = json.dumps([evidence(body) for body in api.bodies])
    for name in ("listings", "invoice_lines", "audit_log", "tenant_id", "webhook_deliveries", "demo_app"):
        assert name not in sent


def test_a_pack_with_next_to_nothing_is_reviewed(api: FakeApi, demo_pack: Pack) -> None:
    api.respond = speaking(perfect)
    kinds = {RecordKind.NEGATIVE, RecordKind.MISSING}
    bare = msgspec.structs.replace(demo_pack, records=tuple(one for one in demo_pack.records if one.kind in kinds))
    document = written(backend_for(api, bare), bare, Format.AUTHORITY)
    assert without_the_model(document) == offline(bare, Format.AUTHORITY)


def test_an_invalid_answer_twice_leaves_the_part_to_the_rules_and_asks_no_third_time(
    api: FakeApi, demo_pack: Pack
) -> None:
    api.script = [Step('{"basis": 7}'), Step("[]")]
    backend = backend_for(api, demo_pack)
    document = written(backend, demo_pack, Format.CARD)
    assert [len(body["messages"]) for body in api.bodies] == [1, 3]
    assert without_the_model(document) == offline(demo_pack, Format.CARD)
    assert "not JSON of the schema" in (backend.reviewer.reason or "")


@pytest.mark.parametrize("wanted", WITH_PROSE, ids=lambda one: one.value)
def test_where_nobody_answers_every_part_says_so_and_only_the_first_tries(
    api: FakeApi, demo_pack: Pack, wanted: Format
) -> None:
    waited: list[float] = []
    caller = AnthropicCaller(KEY, "http://127.0.0.1:1", sleep=waited.append)
    backend = ModelBackend(caller, redactor_of(demo_pack), Settings())
    document = written(backend, demo_pack, wanted)
    assert len(waited) == 3
    assert without_the_model(document) == offline(demo_pack, wanted)
    assert all("could not be reached" in (one.problem or "") for one in backend.ledger.parts)
    assert api.bodies == []


@pytest.mark.pg("== 18")
@pytest.mark.parametrize("wanted", Format, ids=lambda one: one.value)
def test_an_empty_database_is_reviewed_with_a_model(api: FakeApi, empty: Pack, wanted: Format) -> None:
    api.respond = speaking(perfect)
    document = written(backend_for(api, empty), empty, wanted)
    assert without_the_model(document) == offline(empty, wanted)
    check_grounding(document, empty.ids())
    assert api.rejected == []


@pytest.fixture(scope="module")
def empty(server_pool: ServerPool) -> Iterator[Pack]:
    with fresh_database(server_pool.get(18)) as database:
        yield pack_of(database.dsn)
