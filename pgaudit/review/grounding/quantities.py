"""Numbers of a sentence, each with its unit, and whether a cited record holds them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pgaudit.review.evidence.records import Record
from pgaudit.review.grounding.evidence import Cited

_NUMBER = re.compile(r"(?<![\w.])(\d[\d,]*(?:\.\d+)?)(?![\w.]*_)\s*(%|[A-Za-z]+)?((?:\W+[A-Za-z]+){0,3})")
_TYPE = re.compile(r"\b\w+\(\d+(?:,\s?\d+)?\)")
_VERSION = re.compile(r"\bPostgreSQL \d+(?:\.\d+)?")
_SPELLED = {
    word: value
    for value, word in enumerate(
        ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"), start=2
    )
}
_SPELLED_OUT = re.compile(rf"\b({'|'.join(_SPELLED)})\b((?:\W+[A-Za-z]+){{0,3}})", re.IGNORECASE)
_TIMES = {
    "ms": 0.001, "millisecond": 0.001, "s": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600,
    "day": 86400, "week": 604800, "month": 2592000, "year": 31536000,
}  # fmt: skip
_BYTES = {"byte": 0, "kb": 1, "mb": 2, "gb": 3, "tb": 4, "kib": 1, "mib": 2, "gib": 3, "tib": 4}
_MANY = {"thousand": 1e3, "million": 1e6, "billion": 1e9}
COUNTED = frozenset(
    {
        "row", "index", "table", "call", "scan", "partition", "trigger", "column", "policy", "key", "view",
        "function", "role", "statement", "query", "schema", "constraint", "finding", "issue", "lock", "session",
        "connection", "error", "user", "tenant",
    }
)  # fmt: skip
_EXACT_BELOW = 1000
_TOLERANCE = 0.01
_HALF_A_POINT = 0.005
_DIGITS_THAT_ROUND = 2


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its dimension: `count`, `bytes`, `time` (in seconds) or `ratio`."""

    value: float
    dimension: str
    nouns: frozenset[str]
    spelling: str
    decimal_value: float | None = None
    """The same in units of 1000 where the first is in units of 1024."""
    slack: float = 0.0
    """Half a unit of the last digit that is printed, where enough digits are."""


def unfounded(text: str, cited: Cited) -> Iterator[str]:
    """Numbers of a text, as it spells them, that no cited record holds."""
    held = [one for record in cited.records for one in _held(record)]
    seen = "\n".join(cited.seen)
    for quantity in quantities(_without_names(text, seen)):
        if not any(_same(quantity, one) for one in held):
            yield quantity.spelling


def quantities(text: str) -> Iterator[Quantity]:
    """Every number of a text."""
    for found in _NUMBER.finditer(text):
        printed = value = float(found[1].rstrip(",").replace(",", ""))
        unit, after = (found[2] or "").lower(), found[3]
        if unit in _MANY:
            value *= _MANY[unit]
            unit = ""
        said = _quantity(value, unit, f"{unit} {after}", found[0].strip())
        yield replace(said, slack=_slack(found[1], said.value / printed)) if printed else said
    for spelled in _SPELLED_OUT.finditer(text):
        yield Quantity(_SPELLED[spelled[1].lower()], "count", _nouns(spelled[2]), spelled[1])


def _quantity(value: float, unit: str, words: str, spelling: str) -> Quantity:
    single = unit.removesuffix("s") if len(unit) > 2 else unit  # noqa: PLR2004 - `ms` is no plural
    if unit in {"%", "percent"}:
        return Quantity(value / 100, "ratio", frozenset(), spelling)
    if single in _BYTES:
        power = _BYTES[single]
        return Quantity(value * 1024**power, "bytes", frozenset(), spelling, value * 1000**power)
    if single in _TIMES:
        return Quantity(value * _TIMES[single], "time", frozenset(), spelling)
    return Quantity(value, "count", _nouns(words), spelling)


def _slack(digits: str, unit: float) -> float:
    whole, _, decimals = digits.partition(".")
    is_whole_count = not decimals and unit == 1
    if is_whole_count or len((whole + decimals).lstrip("0")) < _DIGITS_THAT_ROUND:
        return 0.0
    return float(0.5 * 10 ** -len(decimals) * unit)


def _nouns(words: str) -> frozenset[str]:
    """Nouns that a number counts, in the singular."""
    return frozenset(_singular(word) for word in re.findall(r"[a-z]+", words.lower())) & COUNTED


def _singular(word: str) -> str:
    if word in {"indices", "indexes"}:
        return "index"
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word.removesuffix("s")


def _held(record: Record) -> Iterator[Quantity]:
    for key, value in record.facts.items():
        if isinstance(value, tuple | list):
            yield Quantity(len(value), "count", _nouns(key.replace("_", " ")), key)
            for one in value:
                yield from quantities(str(one))
        elif isinstance(value, str):
            yield from quantities(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield _fact(key, value)
    for text in (record.title, record.says, record.advice or ""):
        yield from quantities(text)
    if record.object:
        yield Quantity(len(record.object.columns), "count", frozenset({"column"}), "columns")


def _fact(key: str, value: float) -> Quantity:
    words = key.split("_")
    last = words[-1]
    if last in {"bytes", "ms", "seconds", "minutes", "hours", "days"}:
        return _quantity(abs(value), last, "", key)
    if last == "ratio":
        return Quantity(value, "ratio", frozenset(), key)
    return Quantity(abs(value), "count", _nouns(" ".join(words)), key)


def _same(said: Quantity, held: Quantity) -> bool:
    if said.dimension != held.dimension or (said.nouns and held.nouns and not said.nouns & held.nouns):
        return False
    if said.dimension == "ratio":
        return abs(said.value - held.value) <= _HALF_A_POINT + 1e-9
    return any(
        _close(one, other, said.slack, exact=said.dimension == "count")
        for one in (said.value, said.decimal_value)
        for other in (held.value, held.decimal_value)
        if one is not None and other is not None
    )


def _close(said: float, held: float, slack: float, *, exact: bool) -> bool:
    if exact and held < _EXACT_BELOW and held == int(held):
        return abs(said - held) < _HALF_A_POINT
    return abs(said - held) <= max(_TOLERANCE * abs(held), slack, 1e-9)


def _without_names(text: str, seen: str) -> str:
    """The text without types and versions that the evidence spells in the same way: their digits count nothing."""
    for pattern in (_TYPE, _VERSION):
        text = pattern.sub(lambda found: "" if found[0] in seen else found[0], text)
    return text
