"""Whether a draft says nothing but what its records bear out: read as text and as a tree, before anything runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec
from pglast import Error
from pglast.parser import Token, scan

from pgaudit.review.drafting.draft import Draft
from pgaudit.review.drafting.kinds import refusal, relations
from pgaudit.review.evidence.records import ProposedChange, Record, RecordKind
from pgaudit.review.grounding.evidence import Cited
from pgaudit.review.grounding.judge import MOST_CITES, Bench, Remark, faults
from probes.sql.parse import ParseFailure, parse_statement

MOST_STATEMENTS = 4
_MOST_CHARACTERS = 1000
_WORD = re.compile(r"\w+")
_TIMEOUT = re.compile(r"\d{1,6}\s?(?:ms|s|min)?")
_NAMES = frozenset({"IDENT", "UIDENT"})
_COMMENTS = frozenset({"SQL_COMMENT", "C_COMMENT"})
_TEXTS = frozenset({"SCONST", "USCONST", "BCONST", "XCONST"})
_NUMBERS = frozenset({"ICONST", "FCONST"})
_VOCABULARY = frozenset(
    """
    pg_catalog gin gist brin btree hash spgist jsonb_path_ops text_pattern_ops varchar_pattern_ops lower upper
    current_setting fillfactor lock_timeout statement_timeout uuid jsonb bytea date timestamptz timetz int2 int4 int8
    bool float8 inet cidr numeric ndistinct dependencies mcv
    """.split()  # noqa: SIM905 - a list of forty quoted words is harder to read
)
"""Names of PostgreSQL's own that statements of these kinds are written with."""
_AFFIXES = frozenset(
    """
    idx index key uk uq unique pk pkey fk fkey check chk not null nn partial covering by on and for of to is select
    insert update delete all policy isolation tenant stats ext new
    """.split()  # noqa: SIM905
)
"""What new names are made of, beside the names of what they are about."""


def faults_of_draft(draft: Draft, bench: Bench) -> Iterator[str]:
    """Every reason why a draft may not be tried, none of which repeats a word of it."""
    if not 0 < len(draft.sql) <= MOST_STATEMENTS or any(len(one) > _MOST_CHARACTERS for one in draft.sql):
        yield f"it holds no statement, more than {MOST_STATEMENTS}, or one of more than {_MOST_CHARACTERS} characters"
        return
    if not 0 < len(draft.cites) <= MOST_CITES or any(one not in bench.sent for one in draft.cites):
        yield f"it cites no record, more than {MOST_CITES}, or one that was not sent"
        return
    records = [bench.sent[one] for one in draft.cites]
    if not any(one.kind in {RecordKind.FINDING, RecordKind.QUERY} for one in records):
        yield "it cites no finding and no statement of the workload"
        return
    if spelled(draft.sql) in {spelled(one.change.sql) for one in bench.sent.values() if one.change}:
        yield "the review holds this change already"
        return
    for sql in draft.sql:
        yield from _faults_of_statement(sql, records)
    yield from _faults_of_reason(draft, records, bench)


def spelled(statements: Iterable[str]) -> str:
    """Statements without what makes two spellings of them differ: letter case and white space."""
    return ";".join(" ".join(one.lower().rstrip("; \n").split()) for one in statements)


def _faults_of_statement(sql: str, records: list[Record]) -> Iterator[str]:
    parsed = parse_statement(sql)
    if isinstance(parsed, ParseFailure):
        yield "it is not one statement that PostgreSQL can parse"
        return
    refused = refusal(parsed)
    if refused:
        yield refused
        return
    cited = Cited(records)
    if any(not _is_about(name, records, cited) for name in relations(parsed)):
        yield "it names a table that none of its records is about"
    try:
        tokens = [(one, sql[one.start : one.end + 1]) for one in scan(sql)]
    except (Error, UnicodeError):
        yield "it is not one statement that PostgreSQL can parse"
        return
    yield from dict.fromkeys(filter(None, (_fault_of_token(one, text, cited) for one, text in tokens)))


def _is_about(relation: str, records: list[Record], cited: Cited) -> bool:
    queries = (str(one.facts.get("query", "")) for one in records if one.kind is RecordKind.QUERY)
    known = cited.names | {word.lower() for text in queries for word in _WORD.findall(text)}
    return all(word.lower() in known for word in _WORD.findall(relation))


def _fault_of_token(token: Token, text: str, cited: Cited) -> str | None:
    if token.name in _COMMENTS:
        return "it holds a comment"
    if token.name == "PARAM":
        return "it holds a placeholder"
    if token.name in _NAMES and not _is_founded(text.strip('"').lower(), cited):
        return "it names what none of its records is about"
    if token.name in _TEXTS and not (_TIMEOUT.fullmatch(text[1:-1]) or _is_seen(text[1:-1], cited)):
        return "it holds a text that none of its records holds"
    if token.name in _NUMBERS and not (text in {"0", "1"} or _is_seen(text, cited)):
        return "it holds a number that none of its records holds"
    return None


def _is_founded(name: str, cited: Cited) -> bool:
    words = _WORD.findall(name)
    if name in _VOCABULARY or (words and all(word in cited.words for word in words)):
        return True
    bits = {bit for word in cited.words for bit in word.split("_")} | _AFFIXES
    return name.isidentifier() and all(bit in bits or bit.isdigit() for bit in name.split("_"))


def _is_seen(text: str, cited: Cited) -> bool:
    """Whether a constant stands, as a whole word or text, in what was seen or in our own SQL."""
    if not text:
        return False
    whole = re.compile(rf"(?<!\w){re.escape(text)}(?!\w)")
    return any(whole.search(one) for one in (*cited.seen, *cited.advised))


def _faults_of_reason(draft: Draft, records: list[Record], bench: Bench) -> Iterator[str]:
    """The reason is held to what every sentence is held to; that it advises the draft itself is no fault."""
    head = msgspec.structs.replace(records[0], change=ProposedChange((*_own(records[0]), *draft.sql)))
    sent = {**bench.sent, draft.cites[0]: head}
    yield from faults(Remark(draft.why, draft.cites), Bench(sent, bench.relations))


def _own(record: Record) -> tuple[str, ...]:
    return record.change.sql if record.change else ()
