"""Checks of the scan on what a script leaves: one judgement, whoever asks for it.

Where there is a database the gate runs checks of structure on the simulated catalog itself, and a rule that names them
is silent. Those that also read counters it leaves out, and rules ask them then too, about what the script makes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec

from migrations_safety.effects.world import World
from migrations_safety.rule import Flag
from migrations_safety.rules._subjects import declared, subject
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgClass, PgIndex, PgNamespace
from probes.check import Check
from probes.finding import ObjectRef, Observed
from probes.sql.tree.tables import CreateIndex

_PUBLIC = "public"


def chosen(checks: Sequence[Check], check_id: str) -> Check:
    """The check of that id in a table of checks."""
    return next(check for check in checks if check.id == check_id)


def said_by(
    script: Script, *checks: Check, wanted: Callable[[Observed], bool] = lambda _: True
) -> Iterator[tuple[Step, Flag]]:
    """What checks say of the objects that a script makes, each where the script makes it.

    Tables that branches of DO blocks name are passed over: nobody knows what they are like in the end.

    Args:
        script: The script.
        checks: What to ask.
        wanted: Which of their answers count.
    """
    catalog, assumed = script.once(_as_catalog)
    by_subject = script.once(_by_subject)
    perhaps = script.steps[-1].perhaps if script.steps else frozenset()
    for check in checks:
        if any(catalog.absent(area) for area in check.needs.areas):
            continue
        before = _said_before(script.look.catalog, check)
        for observed in check.judge(catalog, check.thresholds()):
            if not isinstance(observed, Observed) or not wanted(observed) or _is_assumed(observed.object, assumed):
                continue
            if (observed.object, observed.key) in before or _is_open(observed.object, perhaps):
                continue
            about = by_subject.get(observed.object.table or observed.object.name)
            if about:
                step = _origin(about, observed.object)
                place = _location(step, observed.object)
                yield step, Flag(message=observed.message, evidence={"check": check.id}, location=place)


def _by_subject(script: Script) -> dict[str | None, list[Step]]:
    """The statements about each table or routine."""
    found: dict[str | None, list[Step]] = {}
    for step in script.all_steps():
        found.setdefault(subject(step.tree), []).append(step)
    return found


def _as_catalog(script: Script) -> tuple[Catalog, frozenset[tuple[str | None, str]]]:
    """What the script leaves, and the tables that are only assumed to exist; those without a schema are in public."""
    world = script.look.run.world
    catalog = world.catalog()
    public = next((row.oid for row in catalog.rows(PgNamespace) if row.name == _PUBLIC), 0)
    rows = tuple(
        row if row.namespace else msgspec.structs.replace(row, namespace=public) for row in catalog.rows(PgClass)
    )
    names = frozenset((catalog.schema_name(row.namespace), row.name) for row in rows if world.is_assumed(row.oid))
    return catalog.replacing({PgClass: rows, PgIndex: _known(world, catalog.rows(PgIndex))}), names


def _known(world: World, indexes: tuple[PgIndex, ...]) -> tuple[PgIndex, ...]:
    """The indexes whose columns are known: on a table that is only assumed, some have no number."""
    return tuple(row for row in indexes if not (world.is_assumed(row.relation) and 0 in row.columns))


def _said_before(catalog: Catalog | None, check: Check) -> frozenset[tuple[ObjectRef, tuple[str, ...]]]:
    """What the check found in the database before the script."""
    found = () if catalog is None else check.judge(catalog, check.thresholds())
    return frozenset((one.object, one.key) for one in found if isinstance(one, Observed))


def _is_assumed(found: ObjectRef, assumed: frozenset[tuple[str | None, str]]) -> bool:
    """Whether it is about a whole table of which only the name is known, or a schema that was only named."""
    return found.table is None and (found.schema, found.name) in assumed


def _is_open(found: ObjectRef, perhaps: frozenset[str]) -> bool:
    """Whether it is about a whole table, or a key of one, that a branch may have changed."""
    return found.kind != "column" and (found.table or found.name) in perhaps


def _origin(about: list[Step], found: ObjectRef) -> Step:
    """The statement that made the object, as far as one of those about its table can be told from the others."""
    if found.table is None:
        return about[0]
    if found.kind == "column":
        naming = [step for step in about if any(one.column.name == found.name for one in declared(step))]
    else:
        naming = [step for step in about if _names_any(step, {found.name})]
        makers = [step for step in about if not isinstance(step.tree, CreateIndex)]
        naming = naming or [step for step in makers if _names_any(step, set(found.columns))]
    return naming[-1] if naming else about[0]


def _location(step: Step, found: ObjectRef) -> int | None:
    """Where the statement declares the column that it is about; None where it is about no single column."""
    names = {found.name} if found.kind == "column" else set(found.columns)
    places = [one.column.location for one in declared(step) if one.column.name in names]
    return places[0] if len(places) == 1 else None


def _names_any(step: Step, words: set[str]) -> bool:
    statement = step.statement
    return any(
        statement.text.find(word.encode(), statement.start, statement.end) >= 0 and _stands_in(word, statement.sql)
        for word in words
    )


def _stands_in(word: str, text: str) -> bool:
    """Whether the word stands in the text and is no part of a longer one."""
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        if not (_is_inside(text[start - 1 : start]) or _is_inside(text[end : end + 1])):
            return True
        start = text.find(word, start + 1)
    return False


def _is_inside(character: str) -> bool:
    return character.isalnum() or character == "_"
