"""Reading a search_path, and who can put objects in its way."""

from __future__ import annotations

import re
from collections.abc import Iterator

from probes.catalog.acl import PUBLIC, grants_of
from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Function
from probes.catalog.rows import PgNamespace

_NAME = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^,]*?))\s*(?:,|\Z)')


def fixed_path(function: Function) -> tuple[str, ...] | None:
    """The schemas of the function's own search_path; None where it has none."""
    for setting in function.row.config:
        name, _, value = setting.partition("=")
        if name == "search_path":
            return split_path(value)
    return None


def split_path(value: str) -> tuple[str, ...]:
    """The names of a search_path in order, unquoted; empty for the empty path."""
    found: list[str] = []
    position = 0
    while position < len(value):
        match = _NAME.match(value, position)
        if match is None or match.end() == position:
            break
        found.append(match[1].replace('""', '"') if match[1] is not None else match[2].lower())
        position = match.end()
    return tuple(name for name in found if name)


def creators(catalog: Catalog, schema: str, owner: int) -> Iterator[str]:
    """Those who could put an object into the schema and gain by it the rights of `owner`: `PUBLIC` or role names.

    Superusers need no trick, and who can become the owner has its rights already.
    """
    row = catalog.find(PgNamespace, schema, "name")
    for grant in grants_of(catalog, row.acl, row.owner, "n") if row else ():
        if grant.privilege != "CREATE":
            continue
        if grant.grantee == PUBLIC:
            yield "PUBLIC"
            continue
        role = catalog.role(grant.grantee)
        if role and not role.row.superuser and not role.is_predefined and owner not in role.inherited | role.reachable:
            yield role.name
