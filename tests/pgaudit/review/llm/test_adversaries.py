"""Models of every character over every format: all that is bad is caught, all that is good stands."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from pgaudit.review.backends.offline.backend import OfflineBackend
from pgaudit.review.deciding.decisions import decide
from pgaudit.review.documents.checking import check_grounding
from pgaudit.review.documents.formats import Format
from pgaudit.review.documents.parts import Mode
from pgaudit.review.evidence.records import Pack
from tests.pgaudit.review.fake_api import FakeApi, Step
from tests.pgaudit.review.llm.models import (
    backend_for,
    case_flipping,
    cut_at_the_limit,
    drafting_badly,
    hallucinating,
    hostile,
    lazy,
    obedient,
    of_the_model,
    perfect,
    speaking,
    truncated,
    without_the_model,
)

Model = Callable[[dict[str, Any]], Step]
BAD: dict[str, Model] = {
    "lazy": speaking(lazy),
    "hallucinating": speaking(hallucinating),
    "hostile": speaking(hostile),
    "obedient": speaking(obedient),
    "drafting badly": drafting_badly,
    "truncated": truncated,
    "cut at the limit": cut_at_the_limit,
}
GOOD: dict[str, Model] = {"perfect": speaking(perfect), "case-flipping": case_flipping}
ASKED = [one for one in Format if one is not Format.CHECKLIST]


def said(text: str) -> int:
    """How many statements and changes an answer holds; one where it cannot be read."""
    try:
        bundle = json.loads(text)
    except ValueError:
        return 1
    return len(bundle["statements"]) + len(bundle.get("changes", ()))


@pytest.mark.parametrize("wanted", Format, ids=lambda one: one.value)
@pytest.mark.parametrize("character", BAD)
def test_everything_that_a_bad_model_says_is_caught(
    api: FakeApi, demo_pack: Pack, character: str, wanted: Format
) -> None:
    answers: list[int] = []

    def respond(body: dict[str, Any]) -> Step:
        step = BAD[character](body)
        answers.append(said(step.text))
        return step

    api.respond = respond
    backend = backend_for(api, demo_pack)
    decisions = decide(demo_pack)
    document = backend.write(demo_pack, decisions, wanted)
    assert of_the_model(document) == []
    assert without_the_model(document) == OfflineBackend().write(demo_pack, decisions, wanted)
    assert api.rejected == []
    assert sum(one.statements + one.changes for one in backend.ledger.parts) == 0
    if wanted is not Format.CHECKLIST:
        assert sum(answers) > 0
        assert backend.reviewer.mode is Mode.OFFLINE
        assert all(one.problem for one in backend.ledger.parts)


@pytest.mark.parametrize("wanted", ASKED, ids=lambda one: one.value)
@pytest.mark.parametrize("character", GOOD)
def test_everything_that_a_good_model_says_stands(
    api: FakeApi, demo_pack: Pack, character: str, wanted: Format
) -> None:
    answers: list[int] = []

    def respond(body: dict[str, Any]) -> Step:
        step = GOOD[character](body)
        answers.append(said(step.text))
        return step

    api.respond = respond
    backend = backend_for(api, demo_pack)
    decisions = decide(demo_pack)
    document = backend.write(demo_pack, decisions, wanted)
    check_grounding(document, demo_pack.ids())
    assert len(of_the_model(document)) == sum(answers) > 0
    assert without_the_model(document) == OfflineBackend().write(demo_pack, decisions, wanted)
    assert not any("of the model left out" in (one.problem or "") for one in backend.ledger.parts)


def test_a_checklist_is_answered_by_rules_alone(api: FakeApi, demo_pack: Pack) -> None:
    api.respond = speaking(perfect)
    backend_for(api, demo_pack).write(demo_pack, decide(demo_pack), Format.CHECKLIST)
    assert api.bodies == []
