"""Which sentences stand on the records they cite, and which fall, and why."""

from __future__ import annotations

import pytest

from pgaudit.review.evidence.records import ProposedChange, Record, RecordKind
from pgaudit.review.grounding.evidence import relation_names
from pgaudit.review.grounding.judge import Bench, Remark, faults, judged
from probes.finding import ObjectRef, Severity

LEDGER = Record(
    id="constraints/no_primary_key:1",
    kind=RecordKind.FINDING,
    topic="constraints/no_primary_key",
    title="Table without a primary key",
    says="app.ledger_entries has no primary key: its 12,345 rows cannot be told apart",
    facts={"estimated_rows": 12345, "table_bytes": 36_569_088, "share_ratio": 0.874, "mean_ms": 1500.0},
    severity=Severity.HIGH,
    object=ObjectRef("table", "ledger_entries", "app"),
    change=ProposedChange(("alter table app.ledger_entries add column id bigint generated always as identity",)),
)
INDEX = Record(
    id="indexes/unused:2",
    kind=RecordKind.FINDING,
    topic="indexes/unused",
    title="Unused index",
    says="index orders_note_idx of app.orders was never scanned, 3 writes a second maintain it",
    facts={"index_bytes": 8192, "index_scans": 0, "columns": ("note", "placed_at")},
    object=ObjectRef("index", "orders_note_idx", "app", "orders", ("note",)),
    change=ProposedChange(("drop index concurrently app.orders_note_idx",)),
)
STALE = Record(
    id="statistics/fresh:3",
    kind=RecordKind.INVENTORY,
    topic="inventory/table",
    title="app.orders",
    says="app.orders: last analyzed 1 minute ago",
    facts={"estimated_rows": 500},
    object=ObjectRef("table", "orders", "app"),
)
OTHER = Record(
    "x:4", RecordKind.INVENTORY, "x", "customers", "customers", object=ObjectRef("table", "customers", "app")
)
RECORDS = (LEDGER, INDEX, STALE)
BENCH = Bench({one.id: one for one in RECORDS}, relation_names((*RECORDS, OTHER)))


def fault_of(text: str, *records: Record) -> str | None:
    return next(faults(Remark(text, tuple(one.id for one in records)), BENCH), None)


@pytest.mark.parametrize(
    "text",
    [
        "`ledger_entries` has no primary key, so its 12,345 rows cannot be told apart when a replica applies them.",
        "About 12 thousand rows of `app.ledger_entries` fill 34.9 MiB.",
        "`ledger_entries` fills 36.6 MB and takes 87% of the time.",
        "A read of `ledger_entries` takes 1.5 s on average.",
        "Add the column to `ledger_entries` before a replica needs it.",
    ],
)
def test_what_the_record_says_stands(text: str) -> None:
    assert fault_of(text, LEDGER) is None


def test_two_records_are_connected() -> None:
    text = "Drop `orders_note_idx` first: `ledger_entries` with 12,345 rows waits for the same window."
    assert fault_of(text, LEDGER, INDEX) is None
    assert fault_of(text, LEDGER) is not None


@pytest.mark.parametrize(
    ("text", "record"),
    [
        ("`ledger_entries` holds 12,999 rows.", LEDGER),
        ("`ledger_entries` holds 12,345 indexes.", LEDGER),
        ("`ledger_entries` fills 12,345 MB.", LEDGER),
        ("`ledger_entries` takes 88.9% of the time.", LEDGER),
        ("`ledger_entries` takes 1.5 ms.", LEDGER),
        ("`orders_note_idx` has nine of the columns.", INDEX),
    ],
    ids=["another number", "of something else", "of another unit", "another share", "another scale", "spelled out"],
)
def test_numbers_that_no_cited_record_holds_fall(text: str, record: Record) -> None:
    assert fault_of(text, record) == "it holds a number, or a number of something, that none of its records holds"


@pytest.mark.parametrize(
    "text",
    [
        "`ledger_archive` comes before `ledger_entries`.",
        "ledger_archive comes before ledger_entries.",
        "shop.secrets comes before ledger_entries.",
        "The table dragons comes before ledger_entries.",
        "The dragons table comes before ledger_entries.",
        "What customers see rests on ledger_entries.",
        'The role "mallory" reads ledger_entries.',
    ],
)
def test_names_that_no_cited_record_is_about_fall(text: str) -> None:
    assert fault_of(text, LEDGER) == "it names what none of its records is about"


@pytest.mark.parametrize(
    ("text", "record"),
    [
        ("Add an index to `orders_note_idx`.", INDEX),
        ("Run ANALYZE on `orders`.", STALE),
        ("Install an extension for `orders`.", STALE),
        ("Drop `ledger_entries`.", LEDGER),
        ("`orders` has to be sharded.", STALE),
        ("Adding an index to `ledger_entries` helps.", LEDGER),
    ],
    ids=["index that exists", "analyze after analyze", "extension", "drop the table", "shard", "another remedy"],
)
def test_advice_that_no_cited_record_gives_falls(text: str, record: Record) -> None:
    assert fault_of(text, record) == "it advises what none of its records advises"


def test_the_opposite_of_a_finding_falls() -> None:
    assert fault_of("`ledger_entries` has a primary key.", LEDGER) == "it says the opposite of a record that it cites"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("`ledger_entries` should be fine.", "plays down"),
        ("Monitoring will catch what `ledger_entries` does.", "plays down"),
        ("`ledger_entries` can be optimized, so optimize later.", "plays down"),
        ("`ledger_entries` is production-ready.", "verdict"),
        ("The severity of `ledger_entries` is low.", "verdict"),
        ("`ledger_entries` scores 9/10.", "verdict"),
        ("Millions of rows sit in `ledger_entries`.", "without a number"),
        ("See https://example.invalid for `ledger_entries`.", "link"),
        ("![x](y) `ledger_entries`", "link"),
        ("`ledger_entries` \x1b[31mred", "link"),
        ("`ledger_entries` \u202eder", "link"),
        ("`ledger_entries` \U000e0041", "link"),
        ("drop table app.ledger_entries", "SQL"),
        ("delete from ledger_entries", "SQL"),
    ],
)
def test_wording_that_no_review_may_hold_falls(text: str, says: str) -> None:
    assert says in (fault_of(text, LEDGER) or "")


def test_a_sentence_that_fits_every_database_falls() -> None:
    assert fault_of("What has no identity cannot be repaired.", LEDGER) == (
        "it holds neither a name nor a number of its records"
    )


def test_a_record_that_was_not_sent_supports_nothing() -> None:
    assert fault_of("`ledger_entries` comes first.", OTHER) == "it cites a record that was not sent"
    assert fault_of("`ledger_entries` comes first.") == "it cites no record, or more than 12"


def test_what_is_said_twice_stands_once() -> None:
    remark = Remark("`ledger_entries` comes first.", (LEDGER.id,))
    result = judged([remark, remark], BENCH)
    assert (result.stands, result.faults) == ([remark], ["statement 2: it repeats another"])
