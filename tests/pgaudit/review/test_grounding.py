"""Every statement stands on records: take one away, and what stood on it is gone or refused."""

from __future__ import annotations

import re

import pytest

from pgaudit.review.documents.checking import UngroundedError, check_grounding, cited
from pgaudit.review.documents.envelope import Document
from pgaudit.review.documents.formats import Format
from pgaudit.review.documents.parts import Claim
from pgaudit.review.evidence.records import Pack, Record
from tests.pgaudit.review.packs import document


@pytest.mark.parametrize("wanted", list(Format), ids=lambda one: one.value)
def test_every_statement_cites_records_that_are_there(demo_pack: Pack, wanted: Format) -> None:
    texts = list(cited(document(demo_pack, wanted)))
    assert len(texts) > 10
    assert [text for text, cites in texts if not cites or not set(cites) <= demo_pack.ids()] == []


@pytest.mark.parametrize("wanted", list(Format), ids=lambda one: one.value)
def test_without_a_cited_record_the_document_is_refused_by_name(demo_pack: Pack, wanted: Format) -> None:
    written = document(demo_pack, wanted)
    named = {identity for _, cites in cited(written) for identity in cites}
    kept = demo_pack.ids()
    for identity in named:
        with pytest.raises(UngroundedError) as refused:
            check_grounding(written, kept - {identity})
        assert identity in refused.value.missing


def mentioned(document: Document, record: Record) -> list[str]:
    """Texts of a document that say what a record says."""
    return [text for text, _ in cited(document) if record.says.lower() in text.lower()]


@pytest.mark.parametrize("wanted", list(Format), ids=lambda one: one.value)
def test_written_again_without_a_record_nobody_says_what_it_said(demo_pack: Pack, wanted: Format) -> None:
    """For every record of the evidence, cited or not; the rest of the document still stands on records."""
    whole = document(demo_pack, wanted)
    told = 0
    for record in demo_pack.records:
        twins = [one for one in demo_pack.records if record.says.lower() in one.says.lower() and one is not record]
        if twins or not any(record.id in cites for _, cites in cited(whole)):
            continue
        rest = demo_pack.without(record.id)
        after = document(rest, wanted)
        check_grounding(after, rest.ids())
        told += bool(mentioned(whole, record))
        assert mentioned(after, record) == []
        assert still_said(whole, after, record, demo_pack) == [], record.id
    assert told > 5


def still_said(whole: Document, after: Document, record: Record, pack: Pack) -> list[str]:
    """Texts that rested on a record alone and stand again, on no other record of the same area."""
    alone = {text for text, cites in cited(whole) if set(cites) == {record.id}}
    area = record.topic.partition("/")[0]
    alike = {one.id for one in pack.records if one.topic.partition("/")[0] == area}
    renumbered = re.compile(r"change \d+( \| |\.$)|nothing$|the finding is gone", re.IGNORECASE)
    again = ((text, cites) for text, cites in cited(after) if text in alone and not renumbered.match(text))
    return [text for text, cites in again if not alike & set(cites)]


def test_a_claim_without_records_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="cites no record"):
        Claim("All is well.", ())


def test_the_same_evidence_gives_the_same_document(demo_pack: Pack) -> None:
    for wanted in Format:
        assert document(demo_pack, wanted) == document(demo_pack, wanted)
