"""Access control lists: aclitem text to grants, with the defaults that a null ACL stands for (manual, Privileges)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from probes.catalog.navigation.roles import Grant
from probes.catalog.rows import PgRole

if TYPE_CHECKING:
    from probes.catalog.catalog import Catalog

PUBLIC = 0

PRIVILEGES = {
    "r": "SELECT",
    "w": "UPDATE",
    "a": "INSERT",
    "d": "DELETE",
    "D": "TRUNCATE",
    "x": "REFERENCES",
    "t": "TRIGGER",
    "C": "CREATE",
    "c": "CONNECT",
    "T": "TEMPORARY",
    "X": "EXECUTE",
    "U": "USAGE",
    "s": "SET",
    "A": "ALTER SYSTEM",
    "m": "MAINTAIN",
}

_OWNER_DEFAULT = {"r": "arwdDxtm", "S": "rwU", "f": "X", "n": "UC", "d": "CTc", "T": "U", "l": "U", "c": ""}
_MAINTAIN_SINCE = 170000
_PUBLIC_DEFAULT = {"f": "X", "d": "Tc", "T": "U", "l": "U"}

_NAME = r'(?:"(?:[^"]|"")*"|[^"=/]*)'
_ITEM = re.compile(rf"({_NAME})=([a-zA-Z*]*)/({_NAME})\Z", re.DOTALL)
_UNKNOWN_ROLE = -1


def grants_of(catalog: Catalog, acl: tuple[str, ...] | None, owner: int, kind: str) -> tuple[Grant, ...]:
    """The grants of an object of this kind. Reads PgRole.

    Args:
        catalog: Where role names are looked up.
        acl: Items as the server writes them, `grantee=letters/grantor`; None for the built-in default.
        owner: Oid of the owner.
        kind: r relation, S sequence, f function, n schema, d database, T type, l language, c column.
    """
    if acl is None:
        letters = _OWNER_DEFAULT[kind]
        if catalog.server.version_num < _MAINTAIN_SINCE:
            letters = letters.replace("m", "")
        owners = _expand(owner, letters, owner)
        return (*owners, *_expand(PUBLIC, _PUBLIC_DEFAULT.get(kind, ""), owner))
    return catalog.derived(("grants", acl), (PgRole,), lambda: _grants(catalog, acl))


def _grants(catalog: Catalog, acl: tuple[str, ...]) -> tuple[Grant, ...]:
    roles = catalog.keyed(PgRole, "name")
    return tuple(grant for item in acl for grant in _parse(item, lambda name: _role_oid(roles.get(name), name)))


def _parse(item: str, oid_of: Callable[[str], int]) -> Iterator[Grant]:
    match = _ITEM.match(item)
    if match is None:
        raise ValueError(f"not an aclitem: {item!r}")
    grantee, letters, grantor = match.groups()
    yield from _expand(oid_of(_unquoted(grantee)) if grantee else PUBLIC, letters, oid_of(_unquoted(grantor)))


def _role_oid(row: PgRole | None, name: str) -> int:
    """The oid for a name; the server writes the bare oid of a role that is gone."""
    if row is not None:
        return row.oid
    return int(name) if name.isdigit() else _UNKNOWN_ROLE


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def _expand(grantee: int, letters: str, grantor: int) -> Iterator[Grant]:
    for position, letter in enumerate(letters):
        if letter != "*":
            yield Grant(grantee, PRIVILEGES.get(letter, letter), letters[position + 1 : position + 2] == "*", grantor)
