"""What pg_stat_statements tells about the load, as rows of data."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import Statement, StatementsInfo
from probes.check import Thresholds, Unchecked
from probes.checks._support.rules import Rule, check_of
from probes.checks._support.server_refs import SERVER, database_ref
from probes.checks._support.statements import StatementGroup, beginning, groups, hidden_statements, query_ref
from probes.finding import Advice, Confidence, Fix, Observed, Severity

_PAGE = "https://www.postgresql.org/docs/current/pgstatstatements.html"
_LOOK = "Look at EXPLAIN (ANALYZE, BUFFERS). What helps depends on the plan, so no statement is offered."


class TopAt(Thresholds, frozen=True):
    """How many are listed."""

    count: int = 5


class DominantAt(Thresholds, frozen=True):
    """When one statement has too large a share."""

    share_ratio: float = 0.3
    total_seconds: float = 60


class CostAt(Thresholds, frozen=True):
    """When a cost beside execution is too large a part."""

    share_ratio: float = 0.2
    total_seconds: float = 10
    calls: int = 100


class RepeatedAt(Thresholds, frozen=True):
    """When a statement is called too often for too little."""

    calls: int = 100_000
    call_share_ratio: float = 0.2


class EvictionsAt(Thresholds, frozen=True):
    """How many evictions are too many."""

    evictions_per_day: float = 100


Worth = Callable[[StatementGroup], float]


def _top(worth: Worth, unit: str, words: str) -> Callable[[Catalog, TopAt], Iterator[Observed | Unchecked]]:
    """A judge that lists the statements worth most by one measure."""

    def judge(catalog: Catalog, at: TopAt) -> Iterator[Observed | Unchecked]:
        yield from hidden_statements(catalog)
        known = sorted(groups(catalog), key=worth, reverse=True)
        total = sum(map(worth, known))
        for rank, group in enumerate(known[: at.count], start=1):
            if worth(group) > 0:
                yield Observed(
                    object=query_ref(group),
                    message=(
                        f"number {rank} by {words} ({worth(group):.0f}), {group.calls} calls: {beginning(group.text)}"
                    ),
                    evidence={unit: round(worth(group), 1), "calls": group.calls, "share": worth(group) / total},
                    remedy=Advice(_LOOK),
                )

    return judge


def _dominant(catalog: Catalog, at: DominantAt) -> Iterator[Observed | Unchecked]:
    yield from hidden_statements(catalog)
    known = list(groups(catalog))
    total_ms = sum(group.total_ms + group.plan_ms for group in known)
    for group in known if total_ms >= at.total_seconds * 1000 else []:
        share = (group.total_ms + group.plan_ms) / total_ms
        if share > at.share_ratio:
            yield Observed(
                object=query_ref(group),
                message=f"one statement takes {share:.0%} of all time spent in this database: {beginning(group.text)}",
                evidence={
                    "share_of_time_ratio": round(share, 3),
                    "calls": group.calls,
                    "mean_ms": round(group.mean_ms, 2),
                },
                remedy=Advice(_LOOK),
            )


def _costly(part: Worth, words: str, advice: str) -> Callable[[Catalog, CostAt], Iterator[Observed | Unchecked]]:
    """A judge of statements that spend much on something beside execution."""

    def judge(catalog: Catalog, at: CostAt) -> Iterator[Observed | Unchecked]:
        yield from hidden_statements(catalog)
        for group in groups(catalog):
            whole_ms = group.total_ms + group.plan_ms
            share = part(group) / whole_ms if whole_ms else 0.0
            if share > at.share_ratio and part(group) >= at.total_seconds * 1000 and group.calls >= at.calls:
                yield Observed(
                    object=query_ref(group),
                    message=f"{share:.0%} of a statement's time goes into {words}: {beginning(group.text)}",
                    evidence={
                        "share_of_time_ratio": round(share, 3),
                        "cost_ms": round(part(group)),
                        "calls": group.calls,
                    },
                    remedy=Advice(advice),
                )

    return judge


def _workers_missing(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    known = list(groups(catalog))
    planned = sum(group.workers_planned for group in known)
    launched = sum(group.workers_launched for group in known)
    if planned >= 100 and launched < planned / 2:
        yield Observed(
            object=SERVER,
            message=f"of {planned} parallel workers that plans counted on, {launched} could be started",
            evidence={"workers_planned": planned, "workers_launched": launched},
            remedy=Advice(
                "Raise max_parallel_workers and max_worker_processes if there are processors to spare, or lower "
                "max_parallel_workers_per_gather. How many processors there are SQL cannot tell."
            ),
        )


def _repeated(catalog: Catalog, at: RepeatedAt) -> Iterator[Observed]:
    known = list(groups(catalog))
    calls = sum(group.calls for group in known)
    for group in known:
        share = group.calls / calls if calls else 0.0
        reads_one = group.text[:6].lower() == "select" and group.rows / group.calls <= 1.5
        if group.calls >= at.calls and share >= at.call_share_ratio and reads_one:
            yield Observed(
                object=query_ref(group),
                message=f"a statement that fetches one row makes up {share:.0%} of all calls: {beginning(group.text)}",
                evidence={"calls": group.calls, "call_share_ratio": round(share, 3)},
                remedy=Advice(
                    "Fetch the rows of a page in one query (a join, or = ANY). That is code, not SQL to run here."
                ),
            )


def _evictions(catalog: Catalog, at: EvictionsAt) -> Iterator[Observed]:
    for info in catalog.rows(StatementsInfo):
        since = info.stats_reset_at or catalog.server.started_at
        days = max((catalog.server.collected_at - since) / 86_400, 1.0)
        if info.evictions is not None and info.evictions / days > at.evictions_per_day:
            yield Observed(
                object=SERVER,
                message=f"pg_stat_statements threw statements out {info.evictions} times: its figures are incomplete",
                evidence={"evictions": info.evictions, "days": round(days, 1)},
                remedy=Fix(
                    sql=("alter system set pg_stat_statements.max = 20000",),
                    changes=("pg_settings",),
                    transactional=False,
                    note="It takes effect when the server is restarted. Look first for texts that differ only in the "
                    "number of their parameters.",
                ),
            )


def _by_kind(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    shares: dict[str, float] = {}
    for group in groups(catalog):
        first = group.text.split(None, 1)[0].upper()
        shares[first] = shares.get(first, 0.0) + group.total_ms
    total = sum(shares.values())
    if total:
        parts = sorted(((ms / total, word) for word, ms in shares.items()), reverse=True)
        yield Observed(
            object=database_ref(catalog),
            message="execution time by kind: " + ", ".join(f"{word} {share:.0%}" for share, word in parts[:5]),
            evidence={word.lower(): round(share, 3) for share, word in parts},
            remedy=Advice("Nothing to repair: it tells whether reading or writing is worth looking at first."),
        )


_TOP = (
    Rule(
        id="workload/top_by_total_time",
        title="Statements by total time",
        severity=Severity.INFO,
        areas=(Statement,),
        thresholds=TopAt,
        judge=_top(lambda group: group.total_ms + group.plan_ms, "total_ms", "total time"),
        what="The statements on which the server spends most of its time, planning included.",
        why="Half a second off a statement that is at the top of this list frees more than any setting does.",
        harmless="There is always a first one; it is a list, not a fault.",
        fix="Begin at the top and look at plans.",
        decided="Total execution plus planning time of each text, all roles together.",
        limits="Planning is counted only with pg_stat_statements.track_planning.",
        source=_PAGE,
        pedantic=True,
    ),
    Rule(
        id="workload/top_by_mean_time",
        title="Statements by mean time",
        severity=Severity.INFO,
        areas=(Statement,),
        thresholds=TopAt,
        judge=_top(lambda group: group.mean_ms, "mean_ms", "mean time"),
        what="The statements that take longest for a single call.",
        why="Somebody waits for each of them, and they hold back VACUUM while they run.",
        harmless="Reports and exports belong here.",
        fix="Ask whether a user waits for it; if so, look at its plan.",
        decided="Total execution time by number of calls.",
        limits="One call is enough to be listed.",
        source=_PAGE,
        pedantic=True,
    ),
    Rule(
        id="workload/top_by_calls",
        title="Statements by number of calls",
        severity=Severity.INFO,
        areas=(Statement,),
        thresholds=TopAt,
        judge=_top(lambda group: float(group.calls), "calls", "number of calls"),
        what="The statements that are sent most often.",
        why="Each call is a round trip. What is asked a million times a day may be worth a cache.",
        harmless="Lookups by primary key are meant to be many.",
        fix="Look in the application for loops around a query.",
        decided="The counter of calls.",
        limits="Statements inside functions count only with track = all.",
        source=_PAGE,
        pedantic=True,
    ),
    Rule(
        id="workload/top_by_io",
        title="Statements by blocks read",
        severity=Severity.INFO,
        areas=(Statement,),
        thresholds=TopAt,
        judge=_top(lambda group: float(group.blocks_read + group.temp_blocks), "blocks", "blocks read and spilled"),
        what="The statements that bring most blocks into the cache, or spill most to temporary files.",
        why="They push out what others need and keep the disks busy.",
        harmless="A nightly job may read everything.",
        fix="An index, a narrower SELECT list, or more work_mem for that role.",
        decided="Shared blocks read plus temporary blocks written.",
        limits="A read may be served by the operating system's cache.",
        source=_PAGE,
        pedantic=True,
    ),
)

_RULES = (
    *_TOP,
    Rule(
        id="workload/dominant_query_group",
        title="One statement dominates the load",
        severity=Severity.MEDIUM,
        confidence=Confidence.MEDIUM,
        areas=(Statement,),
        thresholds=DominantAt,
        judge=_dominant,
        what="A single statement takes more than a third or so of all time.",
        why="Whatever is done about the server's load has to begin here; nothing else can help as much.",
        harmless="The database serves one purpose, and that is its query.",
        fix="Read its plan, then its callers: it may be asked too often, or for too much.",
        decided="Its share of execution and planning time, once a minute of work has been counted.",
        limits="Since the last reset, which may lie before the last release.",
        source=_PAGE,
    ),
    Rule(
        id="workload/jit_cost",
        title="Compiling costs more than it saves",
        severity=Severity.MEDIUM,
        confidence=Confidence.MEDIUM,
        areas=(Statement,),
        thresholds=CostAt,
        min_version_num=150000,
        judge=_costly(
            lambda group: group.jit_ms,
            "compiling it (JIT)",
            "Switch jit off for the role that sends it, or raise jit_above_cost; only you know that role.",
        ),
        what="A statement spends a fifth of its time or more on just-in-time compilation.",
        why="Compilation is repeated for each execution. Wrong row estimates make cheap queries look dear enough for "
        "it.",
        harmless="The rest of the query still gains more than it pays.",
        fix="Try `set local jit = off` around it and compare, then set it for the role.",
        decided="Generation, inlining, optimisation and emission together, from 15 on.",
        limits="What it would take without compiling is not known.",
        source="https://www.postgresql.org/docs/current/jit-decision.html",
        aliases=("workload/jit_or_parallel_or_plan_cost",),
    ),
    Rule(
        id="workload/plan_cost",
        title="Planning costs as much as executing",
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
        areas=(Statement,),
        thresholds=CostAt,
        judge=_costly(
            lambda group: group.plan_ms if group.plan_ms > group.total_ms else 0.0,
            "planning",
            "Use prepared statements, or fewer partitions and joins. Both are decided in the application.",
        ),
        what="A statement that is sent often takes longer to plan than to run.",
        why="Many partitions, many joins and long IN lists make plans dear, and without prepared statements each "
        "call pays again.",
        harmless="The whole takes under a millisecond and nobody notices.",
        fix="A pooler in transaction mode needs protocol-level prepared statements (PgBouncer 1.21 and later).",
        decided="Total planning time above execution time; track_planning must be on.",
        limits="Without track_planning nothing is seen and nothing is reported.",
        source="https://www.postgresql.org/docs/current/sql-prepare.html",
    ),
    Rule(
        id="workload/parallel_shortage",
        title="Parallel plans without workers",
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
        areas=(Statement,),
        min_version_num=180000,
        judge=_workers_missing,
        what="Less than half of the parallel workers that plans asked for could be started.",
        why="The plan was chosen for several processes; run by one it may be much slower than a plan made for one.",
        harmless="A short peak among quiet days.",
        fix="max_parallel_workers is taken by a reload, max_worker_processes by a restart.",
        decided="Counters of planned and launched workers, summed over all statements, from 18 on.",
        limits="Index builds and VACUUM draw on the same workers and are not counted.",
        source="https://www.postgresql.org/docs/current/when-can-parallel-query-be-used.html",
    ),
    Rule(
        id="workload/n_plus_one",
        title="One row at a time, very many times",
        severity=Severity.INFO,
        confidence=Confidence.LOW,
        areas=(Statement,),
        thresholds=RepeatedAt,
        judge=_repeated,
        what="A SELECT that gives about one row is a large part of all calls.",
        why="It is the shape of a loop in the application that asks for each row of a list by itself: the network's "
        "delay is paid for every row.",
        harmless="A lookup by key for each request is how such a service works.",
        fix="Preload in the object mapper, or join.",
        decided="At most one and a half rows a call, a hundred thousand calls, a fifth of all.",
        limits="A shape, not a proof.",
        source=_PAGE,
        pedantic=True,
    ),
    Rule(
        id="workload/statements_deallocated",
        title="pg_stat_statements forgets statements",
        severity=Severity.LOW,
        areas=(StatementsInfo,),
        thresholds=EvictionsAt,
        min_version_num=140000,
        judge=_evictions,
        what="More different statements arrive than pg_stat_statements has room for.",
        why="The least used are thrown out, a twentieth at a time, so totals and rankings leave much out; and "
        "throwing out takes a lock.",
        harmless="Thousands of throwaway statements by one tool, once.",
        fix="Raise pg_stat_statements.max and restart. Texts with lists of varying length are the usual cause; 18 "
        "takes those together.",
        decided="The counter dealloc, by the days since its reset.",
        limits="Before 14 there is no such counter.",
        source=_PAGE + "#PGSTATSTATEMENTS-PG-STAT-STATEMENTS-INFO",
    ),
    Rule(
        id="workload/profile_by_statement_type",
        title="Time by kind of statement",
        severity=Severity.INFO,
        areas=(Statement,),
        judge=_by_kind,
        what="How execution time divides among SELECT, INSERT, UPDATE and DELETE.",
        why="It says whether indexes should be added, which speeds up reading, or taken away, which speeds up writing.",
        harmless="Information only.",
        fix="Nothing to be done.",
        decided="By the first word of each text; utility statements are left out.",
        limits="WITH is counted by itself, whatever it ends in.",
        source=_PAGE,
        pedantic=True,
    ),
)

CHECKS = tuple(check_of(rule) for rule in _RULES)
