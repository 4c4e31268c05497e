"""The answer about a table's design, written by rules from what was found out about it."""

from __future__ import annotations

from pgaudit.review.asking.answer import Answer
from pgaudit.review.asking.schema import (
    DEFINITION,
    FIELDS,
    NO_SEED,
    POLICIES,
    RELATIONSHIPS,
    RULES,
    SEED,
)
from pgaudit.review.asking.tables import TABLE
from pgaudit.review.asking.wording import TEMPLATES, Question
from pgaudit.review.asking.writing import requirements, specifications
from pgaudit.review.backends.offline.actions import actions, distinct
from pgaudit.review.backends.offline.desk import Desk, not_assessed, number, say, words
from pgaudit.review.backends.offline.entries import change_entries
from pgaudit.review.backends.offline.topics import migration
from pgaudit.review.context.model import InputName
from pgaudit.review.documents.parts import Basis, Cell, Claim, Part, Row, Script, Section, Table
from pgaudit.review.evidence.records import Badge, Record, RecordKind

_MOST = 12
_NOTICED_SHARE = 0.01
_SECURITY = ("security/", "tenancy/", "privacy/")
_SPEED = ("indexes/", "queries/", "workload/", "vacuum/", "statistics/")
_DESIGN = ("schema/", "constraints/", "sequences/", "money/", "partitioning/", "retention/", "storage/", "replication/")


class _Found:
    """The records of the question by what they are."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.table = self._one(TABLE)
        self.fields = self._one(FIELDS)
        self.relationships = self._one(RELATIONSHIPS)
        self.rules = self._one(RULES)
        self.policies = self._one(POLICIES)
        self.definition = self._one(DEFINITION)
        self.seed = next(iter((*desk.pack.topics(SEED), *desk.pack.topics(NO_SEED))))
        self.statements = list(desk.pack.of(RecordKind.QUERY))

    def _one(self, topic: str) -> Record:
        return next(self.desk.pack.topics(topic))


def schema_answer(desk: Desk) -> Answer:
    """The answer about the table that the evidence was gathered for."""
    found = _Found(desk)
    include = TEMPLATES[Question.SCHEMA].include
    parts = (_definition(found), _indexes(found), _security(found), _scripts(found), _seeds(found))
    return Answer(
        question=Question.SCHEMA,
        subject=found.table.title,
        requirements=requirements(
            Question.SCHEMA, (_shape(found), _business(found), _performance(found), _isolation(found))
        ),
        specifications=specifications(
            Question.SCHEMA,
            (
                (str(found.fields.facts.get("model")), [found.fields]),
                (_tenant(found), [found.table, found.policies]),
                ("; ".join(words(found.relationships.facts.get("out"))) or "none", [found.relationships]),
                ("; ".join(words(found.table.facts.get("indexes"))) or "none", [found.table]),
                (_constraints(found), [found.rules]),
            ),
        ),
        sections=tuple(Section(heading, made) for heading, made in zip(include, parts, strict=True)),
        changes=change_entries(desk),
    )


# ---- what was asked


def _shape(found: _Found) -> list[Claim]:
    return [say(one.says, one) for one in (found.fields, found.relationships)]


def _business(found: _Found) -> list[Claim]:
    claims = [say(found.rules.says, found.rules)]
    given = found.desk.given(InputName.DATA_MODEL)
    if given:
        return [*claims, say(f"The data model, {given.says}", given, basis=Basis.STATED)]
    return [*claims, *not_assessed("rules that only people know", found.desk.lacking(InputName.DATA_MODEL))]


def _performance(found: _Found) -> list[Claim]:
    noticed = [one for one in found.statements if number(one.facts.get("share_ratio")) >= _NOTICED_SHARE]
    heavy = [say(f"{one.title}: {one.says}", one) for one in noticed[:3]]
    return [say(found.table.says, found.table), *heavy]


def _isolation(found: _Found) -> list[Claim]:
    column = found.table.facts.get("tenant_column")
    told = f"It carries {column}" if column else "It does not carry a tenant column"
    inferred = found.desk.fact("tenant_column")
    cites = (found.table, inferred) if inferred is not None else (found.table,)
    return [say(told, *cites), say(found.policies.says, found.policies)]


def _tenant(found: _Found) -> str:
    column = found.table.facts.get("tenant_column")
    guarded = "row security on" if found.policies.facts.get("row_security") else "row security off"
    return f"{column or 'no tenant column'}, {guarded}"


def _constraints(found: _Found) -> str:
    told = (*words(found.rules.facts.get("keys")), *words(found.rules.facts.get("checks")))
    return "; ".join(told) or "none"


# ---- the answer


def _definition(found: _Found) -> tuple[Part, ...]:
    definition = found.definition
    claim = say(f"{definition.says[0].upper()}{definition.says[1:]}", definition)
    issues = actions(found.desk, *_DESIGN, most=_MOST)
    sql = "\n".join(f"{one};" for one in words(definition.facts.get("sql")))
    return (
        Part("Prisma", (claim,), script=Script("prisma", str(definition.facts.get("prisma")), (definition.id,))),
        Part("SQL", script=Script("sql", sql, (definition.id,))),
        Part("What the design lacks", tuple(issues) or (_clean(found, "its columns, keys and constraints"),)),
    )


def _clean(found: _Found, what: str) -> Claim:
    return say(f"No check found fault with {what}", found.table, found.fields)


def _indexes(found: _Found) -> tuple[Part, ...]:
    rows = tuple(
        Row((Cell(name.partition(" (")[0], is_code=True), Cell(f"({name.partition(' (')[2]}")), (found.table.id,))
        for name in words(found.table.facts.get("indexes"))
    )
    told = actions(found.desk, *_SPEED, most=_MOST) or [_clean(found, "its indexes")]
    table = Table(("Index", "Columns"), rows) if rows else None
    return (Part("As they are", table=table, claims=() if rows else (say("It has no index", found.table),)),
            Part("What to change", distinct(told)))  # fmt: skip


def _security(found: _Found) -> tuple[Part, ...]:
    policies = words(found.policies.facts.get("policies"))
    script = Script("sql", "\n".join(f"{one};" for one in policies), (found.policies.id,)) if policies else None
    told = actions(found.desk, *_SECURITY, most=_MOST) or [_clean(found, "its row security")]
    return (
        Part("As they are", (say(found.policies.says, found.policies),), script=script),
        Part("What to change", distinct(told)),
    )


def _scripts(found: _Found) -> tuple[Part, ...]:
    changes = found.desk.decisions.changes
    if not changes:
        return (Part("Scripts", (_no_scripts(found), *migration.proofs(found.desk))),)
    numbers = tuple(one.number for one in changes)
    return (
        Part(
            "Scripts, in the order in which they run",
            tuple(migration.proofs(found.desk)),
            changes=numbers,
            table=migration.lock_table(changes, "Change"),
        ),
        Part("Way back", tuple(migration.way_back(found.desk))),
    )


def _no_scripts(found: _Found) -> Claim:
    by_hand = [record for issue in found.desk.decisions.issues for record in issue.records]
    if not by_hand:
        return say("Nothing has to be changed", found.table)
    text = "None can be written without a decision: what is listed above under what to change waits for one"
    return say(text, *by_hand)


def _seeds(found: _Found) -> tuple[Part, ...]:
    seed = found.seed
    change = seed.change
    if change is None:
        return (Part("Rows", (say(f"{seed.says[0].upper()}{seed.says[1:]}", seed),)),)
    proof = change.proof
    if proof.badge is Badge.REJECTED:
        text = f"No sample rows are given: those that were made up did not stand their trial ({proof.reason})"
        return (Part("Rows", (say(text, seed),)),)
    text = f"Invented rows, for an empty database: {proof.badge.value}, {proof.reason}"
    note = "Foreign keys and triggers are switched off in the copy, so that they were not tried"
    sql = "\n".join(f"{one};" for one in change.sql)
    claims = [say(text, seed), *([say(note, seed)] if proof.badge is Badge.APPLIES else [])]
    return (Part("Rows", tuple(claims), script=Script("sql", sql, (seed.id,))),)
