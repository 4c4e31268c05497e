"""The statement fails whatever the rows are, and the deploy with it.

What: An object is missing or in the way, or the statement cannot run in the transaction it is in, in a way for which
there is no rule of its own.

Why it matters: The migration stops half way; what ran before it outside a transaction stays.

When it is harmless: Never, unless the script expects the error.

What to do: Mend the statement, or move it out of the transaction; your tool's manual has its mark for that.

Known limits: Without a database only what the script itself made is known. What a branch of an earlier DO block names
is taken to be there, or gone, as the statement needs it.

Sources: https://www.postgresql.org/docs/current/errcodes-appendix.html

Given::

    create table orders (id bigint primary key, customer_id bigint);

Unsafe::

    create table customers (id bigint);
    create table customers (id bigint);

Unsafe::

    create table customers (id bigint);
    alter table customers drop column name;

Safe::

    create table if not exists customers (id bigint);
    create table if not exists customers (id bigint);
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from migrations_safety.rule import Area, Flag, LastResort, rule
from migrations_safety.rules._judging import branch, commands
from migrations_safety.timeline import Step
from probes.finding import Severity

_IN_TRANSACTION = "25001"
_OF_EXISTENCE = frozenset({"3F000", "42701", "42703", "42704", "42710", "42883", "42P01", "42P07"})
_NAMED = re.compile(r"(?:relation|column|constraint|type|index|function|schema|policy|trigger|table|role) \"?([\w.]+)")


@rule(
    "The server will refuse the statement",
    area=Area.TRANSACTIONS,
    severity=Severity.HIGH,
    triggers=("+refused",),
    last_resort=LastResort.REFUSED,
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag what the server refuses in every state of the rows."""
    refusal = step.effects.refusal
    if refusal is None or not step.effects.is_refused:
        return
    if refusal.sqlstate in _OF_EXISTENCE and _names_one_of(refusal.message, step.perhaps):
        return
    yield Flag(
        message=f"the server refuses it: {refusal.message}{branch(step)}{_placeholder(step)}",
        evidence={"sqlstate": refusal.sqlstate},
        refused=True,
        severity=_severity(step, refusal.sqlstate),
        command=next((one for one, own in commands(step) if own.refusal == refusal), None),
    )


def _severity(step: Step, sqlstate: str) -> Severity | None:
    """Lower where it is not certain: without a catalog a DO block may have made what seems to be missing."""
    if sqlstate == _IN_TRANSACTION:
        return None
    if _placeholder(step):
        return Severity.LOW
    return None if step.has_catalog and not branch(step) else Severity.MEDIUM


def _placeholder(step: Step) -> str:
    """A remark for a statement in which names were made up for placeholders, where there is a catalog to compare."""
    is_open = step.has_catalog and step.statement.is_templated
    return " (what the tool puts in place of the placeholder is not known)" if is_open else ""


def _names_one_of(message: str, perhaps: AbstractSet[str]) -> bool:
    """Whether the object that is missing, or in the way, is one that a DO block may have made or dropped."""
    names = [name.lower().rpartition(".")[2] for name in _NAMED.findall(message)[:1]]
    beginnings = tuple(word for word in perhaps if word.endswith("_") and word.strip("_"))
    return any(name in perhaps or name.startswith(beginnings) for name in names)
