"""One review by the real model. It costs money, so it runs only where a key is given for it."""

from __future__ import annotations

import os

import pytest

from pgaudit.review.backends.anthropic.backend import ModelBackend, Settings, estimate_of, planned_for
from pgaudit.review.backends.anthropic.caller import AnthropicCaller
from pgaudit.review.backends.offline.backend import OfflineBackend
from pgaudit.review.deciding.decisions import decide
from pgaudit.review.documents.formats import Format
from pgaudit.review.documents.parts import Mode
from pgaudit.review.evidence.records import Pack
from pgaudit.review.redaction.wire import Redaction, Redactor
from tests.pgaudit.review.llm.models import SECRET, of_the_model, without_the_model

_KEY = os.environ.get("PGAUDIT_LIVE_API_KEY", "")


@pytest.mark.live
@pytest.mark.skipif(not _KEY, reason="PGAUDIT_LIVE_API_KEY is unset")
def test_the_real_model_adds_prose_that_stands(demo_pack: Pack) -> None:
    redactor = Redactor(demo_pack, Redaction.NAMES, SECRET)
    backend = ModelBackend(AnthropicCaller(_KEY), redactor, Settings(max_cost_usd=2.0))
    document = backend.write(demo_pack, decide(demo_pack), Format.CARD)
    assert backend.reviewer.mode is Mode.MODEL, backend.reviewer.reason
    assert of_the_model(document)
    assert without_the_model(document) == OfflineBackend().write(demo_pack, decide(demo_pack), Format.CARD)
    # the real API counts the classes of tokens, and our estimate is of the right size
    assert backend.ledger.usage.output_tokens > 0
    assert backend.ledger.calls
    assert backend.ledger.cost_usd
    estimate = estimate_of(planned_for(demo_pack, document, redactor, Settings()), Settings())
    assert 0.5 < estimate.input_tokens * backend.ledger.calls / backend.ledger.usage.all_input_tokens < 2
