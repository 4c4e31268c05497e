"""The sequence of a column that another takes the place of: handed over, or for an identity made anew where it was."""

from __future__ import annotations

from typing import NamedTuple

from migrations_safety.effects.naming import make_object_name
from migrations_safety.effects.sequences import MAXIMUM, sequence_of
from migrations_safety.effects.types import resolve
from migrations_safety.rewrites.exchange import Exchange, name_of_row
from probes.catalog.acl import grants_of
from probes.catalog.names import literal, qualified, quoted
from probes.catalog.rows import PgClass, PgRole, PgSequence
from probes.sql.tree.parts import ColumnDef
from probes.sql.tree.tables import AlterTable

_TYPES = {21: "smallint", 23: "integer", 20: "bigint"}
_ALWAYS = {"a": "always", "d": "by default"}


class Handover(NamedTuple):
    """What becomes of the sequence before the old column goes."""

    sql: tuple[str, ...] = ()
    differs: str | None = None
    """What the statement alone would have left otherwise."""


def handed_over(exchange: Exchange) -> Handover:
    """The statements for the column's sequence; none where it has none."""
    sequence, limits = owned_sequence(exchange)
    if sequence is None:
        return Handover()
    if exchange.column.identity:
        return Handover(tuple(_identity(exchange, sequence, limits)))
    name, to = name_of_row(exchange.run, sequence), new_type(exchange)
    ownership = f"owned by {exchange.table}.{exchange.new}"
    if limits is None or not exchange.takes_numbers or MAXIMUM.get(to, 0) <= MAXIMUM.get(limits.type, 0):
        return Handover((f"alter sequence {name} {ownership}",))
    return Handover(
        (f"alter sequence {name} as {_TYPES[to]} {ownership}",),
        f"{name} gives numbers of the new type too; the statement alone would leave it at {_TYPES[limits.type]}",
    )


def owned_sequence(exchange: Exchange) -> tuple[PgClass | None, PgSequence | None]:
    """The sequence that belongs to the column, and its limits."""
    world = exchange.run.world
    oid = sequence_of(exchange.run, exchange.column)
    return (None, None) if oid is None else (world.one(PgClass, oid), world.one(PgSequence, oid, "relation"))


def has_known_grants(exchange: Exchange) -> bool:
    """Whether all that was granted on the sequence can be granted again."""
    sequence, _ = owned_sequence(exchange)
    if sequence is None or sequence.acl is None:
        return True
    base = exchange.run.world.base
    if base.absent(PgRole) is not None:
        return False
    given = grants_of(base, sequence.acl, sequence.owner, "S")
    return all(one.grantor == sequence.owner and one.grantee != -1 for one in given)


def new_type(exchange: Exchange) -> int:
    """The oid of the column's new type; 0 where it is not known."""
    tree = exchange.step.tree
    definition = tree.commands[0].definition if isinstance(tree, AlterTable) else None
    if not isinstance(definition, ColumnDef) or definition.type is None:
        return 0
    return resolve(exchange.run, definition.type).oid


def _identity(exchange: Exchange, sequence: PgClass, limits: PgSequence | None) -> list[str]:
    """The old one out of the way, which stops it; a new one under its name that goes on where it stands."""
    run = exchange.run
    name = name_of_row(run, sequence)
    aside = make_object_name(sequence.name, "", "old")
    old = qualified(run.world.schema_name(sequence.namespace), aside)
    options = " ".join((f"sequence name {name}", *(_options(limits, new_type(exchange)) if limits else ())))
    how = _ALWAYS[exchange.column.identity]
    return [
        f"alter sequence {name} rename to {quoted(aside)}",
        f"{exchange.head} alter column {exchange.new} add generated {how} as identity ({options})",
        f"select pg_catalog.setval({literal(name).strip()}, last_value, is_called) from {old}",
        *_grants(exchange, sequence, name),
    ]


def _options(limits: PgSequence, to: int) -> list[str]:
    """The options that a sequence of the new type would not have by itself."""
    top, old_top = MAXIMUM.get(to, 0), MAXIMUM.get(limits.type, 0)
    maximum = top if limits.maximum == old_top else limits.maximum
    minimum = -top - 1 if limits.minimum == -old_top - 1 else limits.minimum
    is_rising = limits.increment > 0
    usual_minimum, usual_maximum = (1, top) if is_rising else (-top - 1, -1)
    found = {
        f"start with {limits.start}": limits.start != (minimum if is_rising else maximum),
        f"increment by {limits.increment}": limits.increment != 1,
        f"minvalue {minimum}": minimum != usual_minimum,
        f"maxvalue {maximum}": maximum != usual_maximum,
        f"cache {limits.cache}": limits.cache != 1,
        "cycle": limits.cycle,
    }
    return [words for words, is_said in found.items() if is_said]


def _grants(exchange: Exchange, sequence: PgClass, name: str) -> list[str]:
    if sequence.acl is None:
        return []
    base = exchange.run.world.base
    together: dict[tuple[int, bool], list[str]] = {}
    for one in grants_of(base, sequence.acl, sequence.owner, "S"):
        if one.grantee != sequence.owner:
            together.setdefault((one.grantee, one.grantable), []).append(one.privilege.lower())
    found: list[str] = []
    for (grantee, is_grantable), words in together.items():
        role = base.find(PgRole, grantee)
        to = quoted(role.name) if role else "public"
        option = " with grant option" if is_grantable else ""
        found.append(f"grant {', '.join(words)} on sequence {name} to {to}{option}")
    return found
