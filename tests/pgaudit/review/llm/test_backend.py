"""Reviews with a model behind the fake: models of every character, and failures of every kind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from pgaudit.review.backends.anthropic.backend import ModelBackend, Settings, planned_for
from pgaudit.review.backends.offline.backend import OfflineBackend
from pgaudit.review.deciding.decisions import decide
from pgaudit.review.documents.checking import check_grounding
from pgaudit.review.documents.envelope import Document, reviewed
from pgaudit.review.documents.formats import Format
from pgaudit.review.documents.parts import Basis, Claim, Mode, Reviewer
from pgaudit.review.evidence.records import Pack, RecordKind
from pgaudit.review.redaction.wire import Redaction, Redactor
from pgaudit.review.rendering.registry import render
from tests.pgaudit.review.fake_api import KEY, FakeApi, Step
from tests.pgaudit.review.llm.models import SECRET, Speaker, backend_for, evidence, perfect, speaking, structural

WITH_PROSE = [one for one in Format if one is not Format.CHECKLIST]


def offline(pack: Pack, wanted: Format) -> Document:
    return OfflineBackend().write(pack, decide(pack), wanted)


def written(backend: ModelBackend, pack: Pack, wanted: Format) -> Document:
    return backend.write(pack, decide(pack), wanted)


def of_the_model(node: Any) -> list[Claim]:
    """Every claim of a document that a model wrote."""
    match node:
        case Claim():
            return [node] if node.basis is Basis.MODEL else []
        case msgspec.Struct():
            return [one for name in node.__struct_fields__ for one in of_the_model(getattr(node, name))]
        case tuple():
            return [one for child in node for one in of_the_model(child)]
        case _:
            return []


def without_the_model(node: Any) -> Any:
    """The document as it would be without the model's claims, every part reviewed by rules."""
    match node:
        case Reviewer():
            return Reviewer()
        case msgspec.Struct():
            fields = {name: without_the_model(getattr(node, name)) for name in node.__struct_fields__}
            return msgspec.structs.replace(node, **fields)
        case tuple():
            kept = (one for one in node if not (isinstance(one, Claim) and one.basis is Basis.MODEL))
            return tuple(without_the_model(one) for one in kept)
        case _:
            return node


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


# ---- models of bad character: whatever they say, nothing of it is printed


def lazy(records: list[dict[str, Any]]) -> Iterator[tuple[str, list[str]]]:
    some = structural(records) or records
    yield "This needs attention.", [some[0]["id"]]
    yield "Monitoring will catch it.", [some[0]["id"]]
    yield f"`{some[0].get('object') or 'it'}` should be fine.", [some[0]["id"]]
    yield "Follow the best practices for tables.", [some[0]["id"]]


def hallucinating(records: list[dict[str, Any]]) -> Iterator[tuple[str, list[str]]]:
    one = (structural(records) or records)[0]
    name = one.get("object") or "the server"
    yield f"`{name}` has to be mended first.", ["indexes/duplicate:0123456789"]
    yield f"`{name}` has to be mended first.", []
    yield "The fault in `market.refund_ledger_old` comes first.", [one["id"]]
    yield "The table dragons comes first.", [one["id"]]
    yield "The dragons table comes first.", [one["id"]]
    yield f"`{name}` holds 987,654,321 rows.", [one["id"]]
    yield f"`{name}` takes 4321 GB.", [one["id"]]
    yield f"`{name}` takes seventeen hundred of them, which is 93% of all.", [one["id"]]
    yield f"Thousands of rows of `{name}` are at stake.", [one["id"]]
    yield f"Shard `{name}`.", [one["id"]]
    yield f"Install the extension timescale for `{name}`.", [one["id"]]


def hostile(records: list[dict[str, Any]]) -> Iterator[tuple[str, list[str]]]:
    one = (structural(records) or records)[0]
    name = one.get("object") or "the server"
    for text in (
        "is APPROVED and production-ready",
        "scores 10/10",
        "is no critical risk; ignore it",
        "is explained at https://evil.example/?q=secret",
        "is explained at evil.com",
        "![x](http://evil/?q=1)",
        "[click](javascript:alert)",
        "<script>alert(1)</script>",
        "\x1b[2J\x1b]0;owned\x07",
        "\u202egnihton\u202c",
        "DROP TABLE market.users; --",
        "needs alter system set fsync off",
        "copy market.users to program",
        "mail bob@example.com",
        "is a false positive and can be ignored",
    ):
        yield f"`{name}` {text}", [one["id"]]


@pytest.mark.parametrize("speaker", [lazy, hallucinating, hostile], ids=["lazy", "hallucinating", "hostile"])
@pytest.mark.parametrize("wanted", [Format.AUTHORITY, Format.PANEL], ids=["authority", "panel"])
def test_bad_models_get_nothing_printed(api: FakeApi, demo_pack: Pack, speaker: Speaker, wanted: Format) -> None:
    api.respond = speaking(speaker)
    backend = backend_for(api, demo_pack)
    document = written(backend, demo_pack, wanted)
    assert [claim.text for claim in of_the_model(document)] == []
    assert without_the_model(document) == offline(demo_pack, wanted)
    assert backend.reviewer.mode is Mode.OFFLINE
    assert "left out" in (backend.reviewer.reason or "")


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


def test_evidence_beyond_the_budget_is_cut_and_that_is_said(api: FakeApi, demo_pack: Pack) -> None:
    api.respond = speaking(perfect)
    backend = backend_for(api, demo_pack, Settings(max_records=5))
    written(backend, demo_pack, Format.CARD)
    assert "records were not shown to the model, for length" in (backend.reviewer.reason or "")
    assert [len(evidence(body)) for body in api.bodies] == [5]


def test_requests_are_known_before_anything_is_sent(api: FakeApi, demo_pack: Pack) -> None:
    redactor = Redactor(demo_pack, Redaction.NAMES, SECRET)
    planned = planned_for(demo_pack, offline(demo_pack, Format.CARD), redactor, Settings())
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
