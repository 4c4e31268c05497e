"""The workload: what took the time, which shapes do not scale, and which tables grow."""

from __future__ import annotations

import re

from pgaudit.reports.words import bytes_in_words
from pgaudit.review.backends.offline.actions import actions
from pgaudit.review.backends.offline.desk import Desk, joined, not_assessed, number, plural, say, say_if, within
from pgaudit.review.context.model import InputName
from pgaudit.review.deciding.serving import HEAVY_SHARE, NOTICED_SHARE, lookup_of, share_of
from pgaudit.review.documents.parts import Basis, Cell, Claim, Row, Table
from pgaudit.review.evidence.records import Record

_CORRELATED = re.compile(r"\(\s*select\b[^()]*(?:\([^()]*\)[^()]*)*\bwhere\b", re.IGNORECASE)
_LIMIT = re.compile(r"\blimit\b|\bfetch\s+(first|next)\b", re.IGNORECASE)
_OFFSET = re.compile(r"\boffset\s+\$?\d", re.IGNORECASE)
_STAR = re.compile(r"^\s*select\s+(\w+\.)?\*", re.IGNORECASE)
_READS = re.compile(r"^\s*(select|with)\b", re.IGNORECASE)
_TARGET_MS = 200.0
SHOWN = 5
_QUERY_CHARACTERS = 400
_MANY_ROWS = 100
_SEVERAL = 2


def query_text(record: Record) -> str:
    """The normalised text of a query record."""
    return str(record.facts.get("query") or "")


def workload(desk: Desk) -> list[Claim]:
    """What took the time, and the shapes behind it."""
    whole = desk.fact("workload")
    if whole is None:
        skips = desk.skipped("workload/")
        text = "Not assessed: the queries, for no statement was recorded. Needed: pg_stat_statements in this database"
        return [say(text, *skips, basis=Basis.NOT_ASSESSABLE)] if skips else []
    claims = [say(whole.says, whole)]
    queries = desk.queries()
    heavy = [one for one in queries if share_of(one) >= HEAVY_SHARE]
    if heavy:
        share = sum(share_of(one) for one in heavy)
        takes = "takes" if len(heavy) == 1 else "take"
        claims.append(say(f"{plural(len(heavy), 'statement')} {takes} {share:.0%} of all execution time", *heavy))
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
    target = f"{_TARGET_MS:g} ms"
    heaviest = f"of the {len(queries)} heaviest statements" if len(queries) > 1 else "of the one statement recorded"
    slowest = f"the slowest single run {heaviest} took {number(worst.facts.get('max_ms')):,.0f} ms"
    if slow:
        said = f"{slowest}, and {plural(len(slow), 'statement')} took more than {target} on average"
    elif over:
        said = f"{slowest}, and none took more than {target} on average: a p95 may lie on either side of it"
    else:
        said = f"{slowest}, so no p95 among them can exceed {target}"
    head = "A p95 cannot be read from the server, which keeps mean, deviation and maximum"
    return [say(f"{head}: {said}", whole, *queries)]


def shapes(desk: Desk) -> list[Claim]:
    """Shapes of queries that do not scale: found by checks, or told from the text."""
    claims = [say(record.says, record) for record in desk.found("queries/")[:6]]
    for record in desk.queries():
        text = query_text(record)
        share = number(record.facts.get("share_ratio"))
        if share < NOTICED_SHARE or not _READS.match(text):
            continue
        blocks = number(record.facts.get("shared_blocks_per_call"))
        rows = number(record.facts.get("rows_per_call"))
        if _CORRELATED.search(text):
            claims.append(
                say(
                    f"{record.title} runs a subquery for each row it returns (an N+1 inside the server): it reads "
                    f"{blocks:,.0f} blocks ({bytes_in_words(blocks * 8192)}) a call to return {plural(rows, 'row')}",
                    record,
                )
            )
        if not _LIMIT.search(text) and rows > _MANY_ROWS:
            claims.append(say(f"{record.title} returns {rows:,.0f} rows a call without a LIMIT", record))
    return claims


def served(desk: Desk) -> list[Claim]:
    """Heavy statements that an index of this review's changes would serve."""
    claims: list[Claim] = []
    for record in desk.queries():
        if share_of(record) < NOTICED_SHARE:
            continue
        for change in desk.decisions.changes:
            lookup = lookup_of(change.change, record)
            if lookup:
                said = f"{record.title} looks {lookup[0]} up by {lookup[1]}: change {change.number} builds the index"
                claims.append(say(f"{said} for it. Gain not measured", record, *change.records))
    return claims


def paging(desk: Desk) -> list[Claim]:
    """LIMIT, OFFSET and SELECT * among the heaviest queries."""
    reads = [record for record in desk.queries() if _READS.match(query_text(record))]
    if len(reads) < _SEVERAL:
        return []
    limited = [record for record in reads if _LIMIT.search(query_text(record))]
    offsets = [record for record in reads if _OFFSET.search(query_text(record))]
    stars = [record for record in reads if _STAR.search(query_text(record))]
    text = f"Of the {plural(len(desk.queries()), 'statement')} that took longest {len(reads)} read, "
    text += f"{len(limited) or 'none'} of them with a LIMIT"
    if len(limited) < len(reads):
        most = max(number(record.facts.get("rows_per_call")) for record in reads if record not in limited)
        text += f"; the others return {most:,.0f} rows a call at most"
    paged = f"{len(offsets) or 'none'} {'pages' if len(offsets) <= 1 else 'page'} by OFFSET"
    whole = f"{len(stars) or 'none'} {'selects' if len(stars) <= 1 else 'select'} every column"
    return [say(f"{text}; {paged}, {whole}", *reads)]


def top_queries(desk: Desk) -> Table | None:
    """The heaviest statements as a table."""
    queries = [one for one in desk.queries() if number(one.facts.get("share_ratio")) >= 0.001][:SHOWN]  # noqa: PLR2004
    if not queries:
        return None
    columns = (
        "By time",
        "Statement",
        "Share of time",
        "Calls",
        "Mean ms",
        "Deviation ms",
        "Max ms",
        "Rows a call",
        "Blocks a call",
    )
    return Table(columns, tuple(_query_row(rank, record) for rank, record in enumerate(queries, start=1)))


def _query_row(rank: int, record: Record) -> Row:
    facts, text = record.facts, query_text(record)
    shown = text if len(text) <= _QUERY_CHARACTERS else f"{text[: _QUERY_CHARACTERS - 1]}…"
    cells = [
        Cell(f"{rank}"),
        Cell(shown, is_code=True),
        Cell(f"{number(facts.get('share_ratio')):.1%}"),
        Cell(f"{number(facts.get('calls')):,.0f}"),
        *(Cell(_ms(number(facts.get(key)))) for key in ("mean_ms", "stddev_ms", "max_ms")),
        Cell(f"{number(facts.get('rows_per_call')):,.1f}"),
        Cell(f"{number(facts.get('shared_blocks_per_call')):,.0f}"),
    ]
    return Row(tuple(cells), (record.id,))


def _ms(value: float) -> str:
    return f"{value:,.1f}" if value >= 1 else f"{value:.2f}"


# ---- growth


def growth(desk: Desk) -> Table | None:
    """The largest tables and what each needs."""
    tables = desk.facts("table")
    partitioning = desk.fact("partitioning")
    if not tables or partitioning is None:
        return None
    columns = ("Largest tables", "Rows", "Heap", "Indexes", "Growth a day", "Partitions needed")
    return Table(columns, tuple(_table_row(record, partitioning) for record in tables))


def _table_row(record: Record, partitioning: Record) -> Row:
    facts = record.facts
    per_day = facts.get("rows_per_day")
    threshold = number(partitioning.facts.get("threshold_rows"))
    rows = number(facts.get("estimated_rows"))
    if facts.get("partitioned"):
        cut = "there already"
    elif rows > threshold:
        cut = f"yes: more than {threshold:,.0f} rows"
    elif isinstance(per_day, int) and per_day > 0:
        cut = f"due in {(threshold - rows) / per_day / 365:.1f} years"
    else:
        cut = f"no: {rows / threshold:.1%} of {threshold:,.0f} rows"
    cells = (
        Cell(record.title),
        Cell(f"{rows:,.0f}"),
        Cell(bytes_in_words(number(facts.get("table_bytes")))),
        Cell(f"{number(facts.get('indexes')):g} ({bytes_in_words(number(facts.get('index_bytes')))})"),
        Cell(f"{per_day:+,} rows" if isinstance(per_day, int) else "not known yet"),
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
        titles = joined(within(one.title) for one in heavy)
        share = sum(share_of(one) for one in heavy)
        claims.append(
            say(
                f"{titles} ({share:.0%} of all execution time): mend the query and its index first. A cache would hide "
                "the reading and bring invalidation with it",
                *heavy,
            )
        )
    return [
        *claims,
        *not_assessed("what is cached, for how long, and what invalidates it", desk.lacking(InputName.CACHING)),
    ]
