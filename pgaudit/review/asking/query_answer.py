"""The answer about one statement, written by rules from what was found out about it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pgaudit.reports.words import bytes_in_words
from pgaudit.review.asking.answer import Answer
from pgaudit.review.asking.query_evidence import COPY, INDEX, PLAN, STATEMENT, TRIAL
from pgaudit.review.asking.tables import TABLE
from pgaudit.review.asking.wording import TEMPLATES, Question
from pgaudit.review.asking.writing import requirements, specifications
from pgaudit.review.backends.offline.desk import Desk, joined, not_assessed, number, plural, say, words
from pgaudit.review.backends.offline.entries import change_entries, changes_in_words
from pgaudit.review.backends.offline.topics import operations
from pgaudit.review.context.model import InputName
from pgaudit.review.documents.parts import Basis, Cell, Claim, Part, Row, Script, Section, Table
from pgaudit.review.evidence.pages import first_sentences
from pgaudit.review.evidence.records import Record, RecordKind
from pgaudit.review.evidence.timing import ms_in_words
from probes.catalog.names import quoted
from probes.finding import EvidenceValue

_REAL_CHECK = "explain (analyze, buffers, settings)\n{};"
_REAL_CHECK_OF_CHANGES = f"begin;\n{_REAL_CHECK}\nrollback;"
"""EXPLAIN ANALYZE runs the statement: what it changes is taken back."""
_WATCH = (
    "select calls, mean_exec_time, stddev_exec_time, max_exec_time, shared_blks_hit + shared_blks_read as blocks\n"
    "from {}pg_stat_statements\nwhere queryid = {};"
)
_FACTOR_FROM = 2.0
_NUMBER = re.compile(r"(?<![\w$.])0(?![\w.])")
_BLOCK_BYTES = 8192


class _Found:
    """The records of the question by what they are."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.statement = next(desk.pack.topics(STATEMENT))
        self.plan = next(iter(desk.pack.topics(PLAN)), self.statement)
        self.tables = list(desk.pack.topics(TABLE))
        self.copies = list(desk.pack.topics(COPY))
        self.trials = list(desk.pack.topics(TRIAL))
        self.indexes = [one for one in desk.found("indexes/") if one.change is not None]

    @property
    def is_measured(self) -> bool:
        """Whether there are plans."""
        return self.plan.kind is RecordKind.PLAN

    @property
    def before(self) -> float:
        """Synthetic cost as things are."""
        return number(self.plan.facts.get("cost_before"))

    @property
    def after(self) -> float:
        """Synthetic cost with the indexes."""
        return number(self.plan.facts.get("cost_after"))

    @property
    def text(self) -> str:
        """The statement."""
        return str(self.statement.facts.get("query") or "").strip()


def query_answer(desk: Desk) -> Answer:
    """The answer about the statement that the evidence was gathered for."""
    found = _Found(desk)
    target = _target(desk)
    include = TEMPLATES[Question.QUERY].include
    parts = (_analysis(found), _indexes(found), _plans(found), _benchmarks(found), _watching(found))
    return Answer(
        question=Question.QUERY,
        subject=f"statement {found.statement.facts.get('query_id')}",
        requirements=requirements(
            Question.QUERY, (_issues(found), target, [say(one.says, one) for one in found.tables], _tenancy(found))
        ),
        specifications=specifications(
            Question.QUERY,
            (
                (str(found.statement.facts.get("kind")), [found.statement]),
                (_volume(found), found.tables or [found.statement]),
                (_target_in_words(desk), [one for one in desk.pack if one.id in target[0].cites]),
                (_existing(found), found.tables or [found.statement]),
            ),
        ),
        sections=tuple(Section(heading, made) for heading, made in zip(include, parts, strict=True)),
        changes=change_entries(desk),
    )


# ---- what was asked


def _issues(found: _Found) -> list[Claim]:
    about = [one for one in found.desk.found("workload/", "queries/") if one.topic != INDEX]
    return [say(found.statement.says, found.statement), *(say(one.title, one) for one in about)]


def _target(desk: Desk) -> list[Claim]:
    given = desk.given(InputName.SCALE_TARGETS)
    if given:
        return [say(f"Targets {given.says}", given, basis=Basis.STATED)]
    return not_assessed("a target for its time", desk.lacking(InputName.SCALE_TARGETS))


def _target_in_words(desk: Desk) -> str:
    given = desk.given(InputName.SCALE_TARGETS)
    return str(given.facts.get("value")) if given else "not given"


def _tenancy(found: _Found) -> list[Claim]:
    """Whether the statement names the tenant of each table that has one."""
    carrying = [one for one in found.tables if one.facts.get("tenant_column")]
    column = found.desk.fact("tenant_column")
    if not carrying:
        records = [*found.tables, *([column] if column else [])] or [found.statement]
        return [say("None of its tables has the tenant column", *records)]
    name = str(carrying[0].facts["tenant_column"])
    named = name.lower() in found.text.lower()
    tables = joined(one.title for one in carrying)
    text = f"{tables} carry {name}, and the statement {'compares it' if named else 'does not name it'}"
    if not named and all(one.facts.get("row_security") for one in carrying):
        text += "; row security adds the comparison"
    return [say(text.replace(" carry ", " carries ", 1) if len(carrying) == 1 else text, found.statement, *carrying)]


def _only_reads(found: _Found) -> bool:
    return not found.statement.facts.get("changes_rows")


def _volume(found: _Found) -> str:
    told = [f"{one.title} {number(one.facts.get('rows')):,.0f} rows" for one in found.tables]
    return "; ".join(told) or "no table is named that is known"


def _existing(found: _Found) -> str:
    told = [f"{one.title}: {'; '.join(words(one.facts.get('indexes'))) or 'none'}" for one in found.tables]
    return ". ".join(told) or "none"


# ---- the answer


def _analysis(found: _Found) -> tuple[Part, ...]:
    statement = found.statement
    noticed = [
        say(first_sentences(f"{one.says}. {one.advice or ''}", 400), one)
        for one in found.desk.found("queries/", "statistics/", "vacuum/")
    ]
    blocks = number(statement.facts.get("shared_blocks_per_call"))
    rows = round(number(statement.facts.get("rows_per_call")), 1)
    per_call = (
        f"A call reads {plural(blocks, 'block')} ({bytes_in_words(blocks * _BLOCK_BYTES)}) and "
        f"{'gives' if _only_reads(found) else 'changes'} {plural(rows, 'row')}"
    )
    claims = [say(statement.says, statement), say(per_call, statement), *_shape(found), *noticed]
    clean = [one for one in found.desk.pack.of(RecordKind.NEGATIVE) if one.topic.startswith("queries/")]
    if clean and not noticed:
        text = f"Of its shape nothing else stands out: {plural(len(clean), 'check')} of queries found nothing"
        claims.append(say(text, *clean))
    return (
        Part("The statement", script=Script("sql", found.text, (statement.id,))),
        Part("Where its time goes", tuple(claims)),
    )


def _shape(found: _Found) -> list[Claim]:
    """What the plan as it is tells."""
    if not found.is_measured:
        return []
    lines = words(found.plan.facts.get("plan_before"))
    claims: list[Claim] = []
    if any(line.strip().startswith("SubPlan") for line in lines):
        text = "The subquery is planned to run once for each row of the outer query, so what it reads counts that often"
        claims.append(say(text, found.plan))
    whole = [line.strip().removeprefix("->").strip().split("  (")[0] for line in lines if "Seq Scan on" in line]
    if whole:
        claims.append(say(f"Tables are read from end to end: {joined(dict.fromkeys(whole))}", found.plan))
    return claims


def _indexes(found: _Found) -> tuple[Part, ...]:
    numbers = found.desk.numbers(found.indexes)
    if found.indexes:
        claims = [*_advised(found), *(say(_reason(one), one) for one in found.indexes), *_broken(found)]
        return (Part("What to build", tuple(claims), changes=numbers), *_trials(found))
    if found.is_measured:
        return (Part("What to build", (say(_none_advised(found), found.plan, *found.trials),)), *_trials(found))
    text = "No index is advised: none follows from what the statement compares"
    return (Part("What to build", (say(text, found.statement), say(found.plan.says, found.plan))),)


def _broken(found: _Found) -> list[Claim]:
    """Indexes of its tables that no query can use as they stand: one of them may be what it wants."""
    broken = {name: table for table in found.tables for name in words(table.facts.get("indexes")) if "invalid" in name}
    if not broken:
        return []
    names = joined(name.removesuffix(", invalid") for name in broken)
    records = [
        one
        for one in found.desk.found("indexes/invalid")
        if one.object and any(name.startswith(f"{one.object.name} ") for name in broken)
    ]
    text = f"No query can use {names} as it stands: mend or drop it first, and see whether another is still wanted"
    return [say(text, *broken.values(), *records)]


def _none_advised(found: _Found) -> str:
    if found.trials:
        return "Nothing: no index of those that were tried saves a tenth of the cost"
    used = words(found.plan.facts.get("indexes_before"))
    if used:
        return f"Nothing: its conditions are served already, by {joined(used)}"
    return "Nothing: it compares no column in a way that an index could serve"


def _advised(found: _Found) -> list[Claim]:
    """What the plans say for it, where there are plans."""
    chosen = [one for one in found.trials if one.facts.get("is_chosen")]
    if not chosen:
        return []
    listed = joined(one.title for one in chosen)
    what = "An index" if len(chosen) == 1 else "Indexes"
    cost = f"the planner's cost of the statement falls from {found.before:,.2f} to {found.after:,.2f}"
    return [say(f"{what} on {listed}: {cost}, on synthetic rows", found.plan, *chosen)]


def _reason(one: Record) -> str:
    return one.says if one.topic == INDEX else f"A check asks for it as well: {one.says}"


def _trials(found: _Found) -> tuple[Part, ...]:
    if not found.trials:
        return ()
    rows = tuple(
        Row(
            (
                Cell(one.title, is_code=True),
                Cell(f"{number(one.facts.get('cost')):,.2f}" if one.facts.get("is_used") else "not used"),
                Cell("advised" if one.facts.get("is_chosen") else ""),
            ),
            (one.id,),
        )
        for one in found.trials
    )
    return (Part("Indexes that were tried, one at a time", table=Table(("Index", "Cost, synthetic", ""), rows)),)


def _plans(found: _Found) -> tuple[Part, ...]:
    if not found.is_measured:
        return (Part("Plan", (say(f"{found.plan.says[0].upper()}{found.plan.says[1:]}", found.plan),)),)
    parts = [Part("What it rests on", tuple(_basis(found)))]
    for heading, key in (("As it is (synthetic)", "plan_before"), ("With the index (synthetic)", "plan_after")):
        if key == "plan_before" or found.after < found.before:
            text = "\n".join(words(found.plan.facts.get(key)))
            parts.append(Part(heading, script=Script("text", text, (found.plan.id,))))
    return tuple(parts)


def _basis(found: _Found) -> list[Claim]:
    taken = words(found.plan.facts.get("settings_taken_over"))
    claims = [say(one.says, one) for one in found.copies]
    claims.append(
        say(
            "Every value there is made of a row's number, to the collected row counts, distinct values, shares of "
            "nulls and widths; values are spread evenly, so that a tenant or a status with far more rows than others "
            "is not in it",
            *found.copies,
            found.plan,
        )
    )
    shrunk = [one for one in found.copies if number(one.facts.get("share_ratio")) < 1]
    if shrunk:
        text = (
            "The copies are smaller than the tables, all by the same share: the costs stand for that size, and tell "
            "which plan is cheaper, not how dear it is on the real tables"
        )
        claims.append(say(text, *shrunk))
    settings = f"the server's own {', '.join(taken)}" if taken else "default settings of the planner, as on the server"
    claims.append(
        say(
            f"The plans are generic ones, for any parameters, with {settings}; policies of row security are not "
            "applied. Costs are the planner's units, no milliseconds",
            found.plan,
        )
    )
    return claims


def _benchmarks(found: _Found) -> tuple[Part, ...]:
    facts = found.statement.facts
    rows = [
        _benchmark("Mean", _ms(facts.get("mean_ms")), "measured", found.statement),
        _benchmark("Deviation", _ms(facts.get("stddev_ms")), "measured", found.statement),
        _benchmark("Maximum", _ms(facts.get("max_ms")), "measured", found.statement),
    ]
    if found.is_measured:
        rows.append(_benchmark("Planner's cost as it is", f"{found.before:,.2f}", "synthetic", found.plan))
        if found.after < found.before:
            rows.append(_benchmark("Planner's cost with the index", f"{found.after:,.2f}", "synthetic", found.plan))
    claims = [*_gain(found), say("The server keeps mean, deviation and maximum, no percentile", found.statement)]
    if found.indexes:
        text = "Its time with the index: not measured, for no row of the database was read"
        claims.append(say(text, found.statement, *found.indexes))
    table = Table(("What", "Value", "How known"), tuple(rows))
    check = _REAL_CHECK if _only_reads(found) else _REAL_CHECK_OF_CHANGES
    real = Script("sql", check.format(found.text.rstrip(";")), (found.statement.id,))
    told = "To measure it, run this with typical values in place of the parameters, before and after the change"
    if _NUMBER.search(found.text):
        told += "; numbers are not kept of recorded texts, so where it says 0 put your own"
    return (
        Part("Figures", tuple(claims), table=table),
        Part("On real rows", (say(told, found.statement),), script=real),
    )


def _gain(found: _Found) -> list[Claim]:
    if not found.is_measured or found.after >= found.before:
        return []
    times = found.before / max(found.after, 0.01)
    less = f"by a factor of {times:,.0f}" if times >= _FACTOR_FROM else f"by {1 - found.after / found.before:.0%}"
    told = f"The planner's cost falls {less}, from {found.before:,.2f} to {found.after:,.2f}, on synthetic rows"
    return [say(told, found.plan, *found.copies)]


def _ms(value: EvidenceValue) -> str:
    return ms_in_words(number(value))


def _benchmark(what: str, value: str, how: str, record: Record) -> Row:
    return Row((Cell(what), Cell(value), Cell(how)), (record.id,))


def _watching(found: _Found) -> tuple[Part, ...]:
    statement = found.statement
    identity = str(statement.facts.get("query_id"))
    numbers: Sequence[int] = found.desk.numbers(found.indexes)
    mean = _ms(statement.facts.get("mean_ms"))
    text = f"Look at it again after a week of normal use: its mean is {mean} now"
    if numbers:
        text = (
            f"Reset its counters after {changes_in_words(tuple(numbers)).lower()} and look again after a day of normal "
            f"use: its mean was {mean} before"
        )
    claims = [say(text, statement), *operations.monitoring(found.desk)]
    if numbers:
        told = "An index that pg_stat_user_indexes counts no scans for after a month of normal use is dropped again"
        claims.append(say(told, *found.indexes))
    watching = found.desk.fact("monitoring")
    schema = watching.facts.get("pg_stat_statements_schema") if watching else None
    where = f"{quoted(str(schema))}." if schema else ""
    reset = f"select {where}pg_stat_statements_reset(queryid => {identity});\n" if numbers else ""
    script = Script("sql", reset + _WATCH.format(where, identity), (statement.id,))
    return (Part("What to look at", tuple(claims), script=script),)
