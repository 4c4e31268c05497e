"""The workload: what took the time, which shapes do not scale, and which tables grow."""

from __future__ import annotations

import re

from pgaudit.reports.words import bytes_in_words
from pgaudit.review.backends.offline.actions import actions
from pgaudit.review.backends.offline.desk import Desk, not_assessed, number, plural, say, say_if
from pgaudit.review.context.model import InputName
from pgaudit.review.documents.parts import Cell, Claim, Row, Table
from pgaudit.review.evidence.records import Record

_CORRELATED = re.compile(r"\(\s*select\b[^()]*(?:\([^()]*\)[^()]*)*\bwhere\b", re.IGNORECASE)
_LIMIT = re.compile(r"\blimit\b|\bfetch\s+(first|next)\b", re.IGNORECASE)
_OFFSET = re.compile(r"\boffset\s+\$?\d", re.IGNORECASE)
_STAR = re.compile(r"^\s*select\s+(\w+\.)?\*", re.IGNORECASE)
_READS = re.compile(r"^\s*(select|with)\b", re.IGNORECASE)
_TARGET_MS = 200.0
_NOTICED_SHARE = 0.05
"""What takes less than a twentieth of the time is no matter of architecture."""
SHOWN = 5
_QUERY_CHARACTERS = 150
_MANY_ROWS = 100


def query_text(record: Record) -> str:
    """The normalised text of a query record."""
    return str(record.facts.get("query") or "")


def workload(desk: Desk) -> list[Claim]:
    """What took the time, and the shapes behind it."""
    whole = desk.fact("workload")
    if whole is None:
        skips = desk.skipped("workload/")
        return [say("Not assessed: no statements were recorded, so no query could be judged", *skips)] if skips else []
    claims = [say(whole.says, whole)]
    queries = desk.queries()
    heavy = [one for one in queries if number(one.facts.get("share_ratio")) >= 0.1]  # noqa: PLR2004 - a tenth of all time
    if heavy:
        share = sum(number(one.facts.get("share_ratio")) for one in heavy)
        claims.append(say(f"{plural(len(heavy), 'statement')} with {share:.0%} of all execution time", *heavy))
    return [*claims, *latency(desk), *shapes(desk), *served(desk)]


def latency(desk: Desk) -> list[Claim]:
    """The latency target against what is measured, which is never a percentile."""
    queries = desk.queries()
    whole = desk.fact("workload")
    if not queries or whole is None:
        return []
    slow = [one for one in queries if number(one.facts.get("mean_ms")) > _TARGET_MS]
    worst = max(queries, key=lambda one: number(one.facts.get("max_ms")))
    over = [one for one in queries if number(one.facts.get("max_ms")) > _TARGET_MS]
    said = (
        f"{plural(len(slow), 'statement')} exceed {_TARGET_MS:g} ms on average"
        if slow
        else f"no statement exceeds {_TARGET_MS:g} ms on average, {plural(len(over), 'statement')} at worst"
    )
    ceiling = f"the slowest single run took {number(worst.facts.get('max_ms')):,.0f} ms"
    return [
        say(
            f"A p95 cannot be read from the server: it keeps mean, deviation and maximum. Of the {len(queries)} "
            "heaviest, "
            f"{said}; {ceiling}",
            whole,
            *queries,
        )
    ]


def shapes(desk: Desk) -> list[Claim]:
    """Shapes of queries that do not scale: found by checks, or told from the text."""
    claims = [say(record.says, record) for record in desk.found("queries/")[:6]]
    for record in desk.queries():
        text = query_text(record)
        share = number(record.facts.get("share_ratio"))
        if share < _NOTICED_SHARE or not _READS.match(text):
            continue
        blocks = number(record.facts.get("shared_blocks_per_call"))
        rows = number(record.facts.get("rows_per_call"))
        if _CORRELATED.search(text):
            claims.append(
                say(
                    f"{record.title} runs a subquery for each row it returns (an N+1 inside the server): "
                    f"{blocks:,.0f} blocks, {bytes_in_words(blocks * 8192)}, read for {rows:,.1f} rows",
                    record,
                )
            )
        if not _LIMIT.search(text) and rows > _MANY_ROWS:
            claims.append(say(f"{record.title} returns {rows:,.0f} rows a call without a LIMIT", record))
    return claims


_BUILD = re.compile(r"create (?:unique )?index (?:concurrently )?(?:\S+ )?on (?:\S+\.)?\"?(\w+)\"? \(([^)]*)\)")


def served(desk: Desk) -> list[Claim]:
    """Heavy statements that an index of this review's changes would serve."""
    claims: list[Claim] = []
    for record in desk.queries():
        text = query_text(record).lower()
        if number(record.facts.get("share_ratio")) < _NOTICED_SHARE:
            continue
        for change in desk.decisions.changes:
            build = _BUILD.search(change.change.sql[0])
            if build and _looks_up(text, build[1], build[2]):
                said = (
                    f"{record.title} looks {build[1]} up by {build[2]}: change {change.number} builds the index for it"
                )
                claims.append(say(f"{said}. Gain not measured", record, *change.records))
    return claims


def _looks_up(text: str, table: str, columns: str) -> bool:
    """Whether a statement reads a table and compares each of these columns."""
    named = [column.strip().split()[0] for column in columns.split(",") if column.strip()]
    reads = re.search(rf"\b{re.escape(table.lower())}\b", text)
    return bool(reads) and all(re.search(rf"\b{re.escape(one.lower())}\s*=", text) for one in named)


def paging(desk: Desk) -> list[Claim]:
    """LIMIT, OFFSET and SELECT * among the heaviest queries."""
    reads = [record for record in desk.queries() if _READS.match(query_text(record))]
    if not reads:
        return []
    limited = [record for record in reads if _LIMIT.search(query_text(record))]
    offsets = [record for record in reads if _OFFSET.search(query_text(record))]
    stars = [record for record in reads if _STAR.search(query_text(record))]
    return [
        say(
            f"Among {plural(len(reads), 'heavy read')}: {len(limited)} with a LIMIT, {len(offsets)} paged by OFFSET, "
            f"{len(stars)} with every column selected",
            *reads,
        )
    ]


def top_queries(desk: Desk) -> Table | None:
    """The heaviest statements as a table."""
    queries = [one for one in desk.queries() if number(one.facts.get("share_ratio")) >= 0.001][:SHOWN]  # noqa: PLR2004
    if not queries:
        return None
    columns = (
        "Statement",
        "Share of time",
        "Calls",
        "Mean ms",
        "Deviation ms",
        "Max ms",
        "Rows a call",
        "Blocks a call",
    )
    return Table(columns, tuple(_query_row(record) for record in queries))


def _query_row(record: Record) -> Row:
    facts, text = record.facts, query_text(record)
    shown = text if len(text) <= _QUERY_CHARACTERS else f"{text[: _QUERY_CHARACTERS - 1]}…"
    cells = [
        Cell(shown, is_code=True),
        Cell(f"{number(facts.get('share_ratio')):.1%}"),
        Cell(f"{number(facts.get('calls')):,.0f}"),
        *(Cell(f"{number(facts.get(key)):,.1f}") for key in ("mean_ms", "stddev_ms", "max_ms", "rows_per_call")),
        Cell(f"{number(facts.get('shared_blocks_per_call')):,.0f}"),
    ]
    return Row(tuple(cells), (record.id,))


# ---- growth


def growth(desk: Desk) -> Table | None:
    """The largest tables and what each needs."""
    tables = desk.facts("table")
    partitioning = desk.fact("partitioning")
    if not tables or partitioning is None:
        return None
    columns = ("Table", "Rows", "Heap", "Indexes", "Growth a day", "Partitioning")
    return Table(columns, tuple(_table_row(record, partitioning) for record in tables))


def _table_row(record: Record, partitioning: Record) -> Row:
    facts = record.facts
    per_day = facts.get("rows_per_day")
    threshold = number(partitioning.facts.get("threshold_rows"))
    rows = number(facts.get("estimated_rows"))
    if facts.get("partitioned"):
        cut = "in place"
    elif rows > threshold:
        cut = "required now"
    elif isinstance(per_day, int) and per_day > 0:
        cut = f"due in {(threshold - rows) / per_day / 365:.1f} years"
    else:
        cut = f"not at {rows / threshold:.1%} of {threshold:,.0f} rows"
    cells = (
        Cell(record.title),
        Cell(f"{rows:,.0f}"),
        Cell(bytes_in_words(number(facts.get("table_bytes")))),
        Cell(f"{number(facts.get('indexes')):g} ({bytes_in_words(number(facts.get('index_bytes')))})"),
        Cell(f"{per_day:+,} rows" if isinstance(per_day, int) else "counters younger than a day"),
        Cell(cut),
    )
    return Row(cells, (record.id, partitioning.id))


def bottlenecks(desk: Desk) -> list[Claim]:
    """Partitions, upkeep and retention of what grows."""
    claims: list[Claim] = []
    partitioning = desk.fact("partitioning")
    claims += say_if(partitioning.says if partitioning else "", partitioning)
    claims += actions(desk, "partitioning/", "retention/", "storage/relation_size", "vacuum/", "sequences/")
    scale = desk.given(InputName.SCALE_TARGETS)
    if scale:
        claims.append(say(f"Scale targets, {scale.says}", scale))
    return claims or not_assessed("growth against targets", desk.lacking(InputName.SCALE_TARGETS))


def caching(desk: Desk) -> list[Claim]:
    """What the workload says is worth caching; the strategy itself lies outside of the database."""
    claims: list[Claim] = []
    stated = desk.given(InputName.CACHING)
    if stated:
        claims.append(say(f"Caching, {stated.says}", stated))
    heavy = [one for one in desk.queries() if number(one.facts.get("share_ratio")) >= 0.1]  # noqa: PLR2004 - a tenth
    if heavy:
        titles = ", ".join(one.title.lower() for one in heavy)
        claims.append(
            say(
                f"{titles}: mend the query and its index first. A cache over them would hide "
                f"{number(heavy[0].facts.get('mean_ms')):,.0f} ms of avoidable reading and bring invalidation with it",
                *heavy,
            )
        )
    return [
        *claims,
        *not_assessed("what is cached, for how long, and what invalidates it", desk.lacking(InputName.CACHING)),
    ]
