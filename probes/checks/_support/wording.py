"""What a column's name says it holds: English words in it, taken apart at underscores and capitals."""

from __future__ import annotations

import functools
import re

from probes.catalog.navigation import Relation
from probes.catalog.navigation.relations import Column
from probes.checks._support.columns import Types
from probes.checks.schema.money_as_float import At as MoneyAt

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_MONEY = frozenset(MoneyAt().money_words)
_NOT_MONEY = frozenset(MoneyAt().other_words)
_CERTAIN_OF_INTEGERS = frozenset({"cents", "minor"})
_CERTAIN = frozenset({"amount", "price", "balance", "fee", "cost", "salary", "revenue", "refund", "payout", "subtotal"})
_DECIMAL = frozenset({Types.NUMERIC, Types.MONEY, Types.REAL, Types.DOUBLE})
_INTEGERS = frozenset({Types.SMALLINT, Types.INTEGER, Types.BIGINT})
_TEXTS = frozenset({Types.TEXT, Types.VARCHAR, Types.CHAR})


@functools.cache
def words_of(name: str) -> frozenset[str]:
    """The words of a name, in lower case."""
    return frozenset(word.lower() for word in _WORD.findall(name))


@functools.cache
def may_be_amount(name: str) -> bool:
    """Whether a column of this name is an amount of money if its type is one for money."""
    words = words_of(name)
    return not words & _NOT_MONEY and bool(words & (_CERTAIN | _CERTAIN_OF_INTEGERS))


def is_amount(column: Column) -> bool:
    """Whether the column surely holds an amount of money: a decimal with a certain word, or an integer of cents."""
    if not may_be_amount(column.name):
        return False
    words, oid = words_of(column.name), column.type.base.oid
    if oid in _INTEGERS:
        return bool(words & _CERTAIN_OF_INTEGERS) and bool(words & _MONEY)
    return oid in _DECIMAL and bool(words & _CERTAIN)


def amounts_of(table: Relation) -> list[Column]:
    """The table's columns that hold money, generated ones left out."""
    named = (row for row in table.column_rows if may_be_amount(row.name) and not row.generated)
    return [column for row in named if is_amount(column := Column(table.catalog, row))]


def is_text(column: Column) -> bool:
    """Whether the column holds text."""
    return column.type.base.oid in _TEXTS
