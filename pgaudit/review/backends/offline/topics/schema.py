"""Normalisation, keys, identifiers, types, documents."""

from __future__ import annotations

from pgaudit.review.backends.offline.desk import Desk, joined, number, plural, say, say_if, words
from pgaudit.review.backends.offline.entries import changes_in_words
from pgaudit.review.context.model import InputName
from pgaudit.review.deciding.issues import Level, level_of
from pgaudit.review.documents.parts import Claim

_KEYS = ("constraints/missing_primary_key", "constraints/foreign_key_type_mismatch", "constraints/not_enforced")
_UNTIED = "constraints/missing_foreign_key"
_REDUNDANT = (
    "constraints/duplicate_foreign_key",
    "schema/incrementing_columns",
    "constraints/overlapping_foreign_keys",
)
_TYPES = (
    "constraints/foreign_key_type_mismatch",
    "schema/inconsistent_column_types",
    "schema/money_as_float",
    "schema/type_",
    "sequences/int_primary_key",
    "sequences/near_exhaustion",
)


def normalization(desk: Desk) -> list[Claim]:
    """Keys, redundancy, documents and wide tables."""
    claims: list[Claim] = []
    keys = desk.fact("keys")
    claims += say_if(keys.says if keys else "", keys)
    if keys and keys.facts.get("tables") == 0:
        return claims
    keyless = desk.found("constraints/missing_primary_key")
    if keyless:
        names = joined(str(record.object) for record in keyless)
        claims.append(say(f"Without a primary key, equal rows cannot be told apart: {names}", *keyless))
    untied = desk.found(_UNTIED)
    if untied:
        none = "No foreign key ties one table to another, though " if not _foreign_keys(desk) else ""
        looks = f"{plural(len(untied), 'column')} {'is' if len(untied) == 1 else 'are'} named as a foreign key would be"
        claims.append(
            say(
                f"{none}{looks} and {'is' if len(untied) == 1 else 'are'} none; rows may point at what does not exist",
                *untied,
                *([keys] if keys else []),
            )
        )
    mismatched = desk.found("constraints/foreign_key_type_mismatch")
    if mismatched:
        pairs = "; ".join(f"{record.object}: {joined(words(record.facts.get('pairs')))}" for record in mismatched)
        claims.append(say(f"Foreign keys compare columns of different types: {pairs}", *mismatched))
    redundant = desk.found(*_REDUNDANT)
    if redundant:
        claims.append(say(f"Declared twice: {'; '.join(record.says for record in redundant[:4])}", *redundant[:4]))
    claims += _wide(desk)
    return [*claims, *documents(desk)]


def _foreign_keys(desk: Desk) -> float:
    keys = desk.fact("keys")
    return number(keys.facts.get("foreign_keys")) if keys else 0.0


def normalization_verdict(desk: Desk) -> str | None:
    """NEEDS REVISION where a key is missing or wrong; nothing where keys could not be counted."""
    keys = desk.fact("keys")
    if keys is None or keys.facts.get("tables") == 0:
        return None
    grave = [record for record in desk.found(*_KEYS) if level_of(record) in {Level.CRITICAL, Level.HIGH}]
    return "NEEDS REVISION" if grave or desk.found(_UNTIED, *_REDUNDANT) else "APPROVED"


def documents(desk: Desk) -> list[Claim]:
    """JSON columns: how many, where, and how they are read."""
    record = desk.fact("json_columns")
    if record is None:
        return []
    columns = words(record.facts.get("columns"))
    if not columns:
        return [say("No column is JSON, so no structure hides in documents", record)]
    indexed = number(record.facts.get("indexed"))
    read, unread = desk.found("queries/json"), desk.clean("queries/json_read_by_key")
    holds = "holds" if len(columns) == 1 else "hold"
    count = f"{indexed:g}" if indexed else "none"
    text = f"{plural(len(columns), 'column')} {holds} JSON ({joined(columns)}), {count} of them with an index"
    tail = f"; {read[0].says}" if read else "; no recorded query filters by a key in them" if unread else ""
    basis = [record, *(read[:1] or unread)]
    plain = desk.found("schema/type_json")
    claims = [say(text + tail, *basis)]
    if plain:
        claims.append(say(plain[0].says, *plain[:1]))
    return claims


def _wide(desk: Desk) -> list[Claim]:
    wide = desk.found("schema/column_count_and_toast")
    if wide:
        return [say(f"Tables with very many columns: {joined(str(record.object) for record in wide)}", *wide)]
    clean = desk.clean("schema/column_count_and_toast")
    return [say("No table has so many columns that it should be split", *clean)] if clean else []


def types(desk: Desk) -> list[Claim]:
    """Integer sizes, money, time and text."""
    claims: list[Claim] = []
    kinds = desk.fact("identifiers")
    claims += say_if(kinds.says if kinds else "", kinds)
    short = [one for one in desk.found("sequences/near_exhaustion") if words(one.facts.get("feeds"))]
    if short:
        told = joined(
            f"{words(one.facts['feeds'])[0]} ({number(one.facts.get('used_ratio')):.1%} used)" for one in short
        )
        claims.append(say(f"Numbers about to run out: {told}", *short))
    elif clean := desk.clean("sequences/near_exhaustion", "sequences/int_primary_key"):
        claims.append(say("No sequence and no integer key is near its end", *clean))
    amounts = desk.fact("amounts")
    claims += say_if(amounts.says if amounts else "", amounts)
    for record in desk.found("schema/money_as_float", "schema/type_money"):
        claims.append(say(record.says, record))
    times = desk.fact("timestamps")
    claims += say_if(times.says if times else "", times)
    numbers = desk.numbers(desk.found(*_TYPES))
    if numbers:
        records = [one for one in desk.found(*_TYPES) if one.change]
        claims.append(
            say(f"Types, and how far numbers reach, are mended by {changes_in_words(numbers).lower()}", *records)
        )
    return claims


def integrity(desk: Desk) -> list[Claim]:
    """Whether declared protection is really on."""
    off = desk.found("constraints/disabled_trigger", "constraints/not_enforced")
    unproved = desk.found("constraints/not_validated", "constraints/not_null_not_valid")
    claims = [say(record.says, record) for record in off]
    if unproved:
        names = joined(record.object.name for record in unproved if record.object)
        claims.append(say(f"Declared but never proved over the rows that were there: {names}", *unproved))
    if not claims and (
        clean := desk.clean("constraints/disabled_trigger", "constraints/not_enforced", "constraints/not_validated")
    ):
        keys = desk.fact("keys")
        if keys is None or keys.facts.get("tables") != 0:
            claims.append(say("Every declared constraint is enforced and validated, and no trigger is off", *clean))
    return claims


def business_keys(desk: Desk) -> list[Claim]:
    """Unique constraints, and those that forget the tenant."""
    keys = desk.fact("keys")
    claims = say_if(
        f"{plural(number(keys.facts.get('unique_constraints')), 'unique constraint')} beside the primary keys"
        if keys and keys.facts.get("tables") != 0
        else "",
        keys if keys and keys.facts.get("tables") != 0 else None,
    )
    for record in desk.found("tenancy/unique_without_tenant", "money/idempotency", "indexes/unique_with_nullable"):
        claims.append(say(record.says, record))
    return claims


def entities(desk: Desk) -> list[Claim]:
    """What the context says the data are."""
    model = desk.given(InputName.DATA_MODEL)
    return [say(f"Data model, {model.says}", model)] if model else []
