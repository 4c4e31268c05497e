"""What a placeholder in place of a schema stands for, told by the relations that migrations name behind it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from migrations_safety.effects.world import World
from migrations_safety.script.templates import placeholders_as_names
from probes.catalog.rows import PgClass

_MARKS = ("{{", "${", "<%=", "%(", "#{")
_VARIABLE = re.compile(r'(?<![:\w]):"?[A-Za-z_]')
_BEHIND = re.compile(rb'(?<![\w$])"?(_\w+)"?\s*\.\s*"?(\w+)')
_READ_CHARACTERS = 1_000_000


def names_behind_placeholders(texts: Iterable[str]) -> dict[str, frozenset[str]]:
    """Names that stand behind each placeholder and a dot, by the name that is put in the placeholder's place."""
    found: dict[str, set[str]] = {}
    for text in texts:
        is_marked = any(mark in text for mark in _MARKS) or _VARIABLE.search(text)
        if len(text) > _READ_CHARACTERS or not is_marked:
            continue
        written = text.encode("utf-8", "replace")
        for schema, name in _BEHIND.findall(placeholders_as_names(written)):
            if schema not in written:
                found.setdefault(schema.decode("utf-8", "replace"), set()).add(name.decode("utf-8", "replace"))
    return {schema: frozenset(names) for schema, names in found.items()}


def schemas_behind(world: World, names: Mapping[str, frozenset[str]]) -> dict[str, int]:
    """The schema of the catalog that has more of the relations named behind a placeholder than any other has.

    Without a catalog the name in the placeholder's place is as good as any.
    """
    found: dict[str, int] = {}
    for placeholder, relations in names.items() if world.is_complete else ():
        homes = Counter(row.namespace for name in relations for row in world.where(PgClass, "name", name))
        best = homes.most_common(2)
        if best and (len(best) == 1 or best[0][1] > best[1][1]):
            found[placeholder] = best[0][0]
    return found
