"""Access control lists: aclitem text to grants, with the defaults that a null ACL stands for (manual, Privileges)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from probes.catalog.navigation.roles import Grant

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
_PUBLIC_DEFAULT = {"f": "X", "d": "Tc", "T": "U", "l": "U"}

# The collector writes each aclitem as grantee/grantor oids and letters: `16384=arw*/10`. Names need no unquoting then.
_ITEM = re.compile(r"(\d+)=([a-zA-Z*]*)/(\d+)\Z")


def grants_of(acl: tuple[str, ...] | None, owner: int, kind: str) -> tuple[Grant, ...]:
    """The grants of an object of this kind.

    Args:
        acl: Items as the collector writes them, `grantee=letters/grantor` with role oids; None for the built-in default.
        owner: Oid of the owner.
        kind: r relation, S sequence, f function, n schema, d database, T type, l language, c column.
    """
    if acl is None:
        owners = _expand(owner, _OWNER_DEFAULT[kind], owner)
        return (*owners, *_expand(PUBLIC, _PUBLIC_DEFAULT.get(kind, ""), owner))
    return tuple(grant for item in acl for grant in _parse(item))


def _parse(item: str) -> Iterator[Grant]:
    match = _ITEM.match(item)
    if match is None:
        raise ValueError(f"not an aclitem as the collector writes them: {item!r}")
    grantee, letters, grantor = match.groups()
    yield from _expand(int(grantee), letters, int(grantor))


def _expand(grantee: int, letters: str, grantor: int) -> Iterator[Grant]:
    for position, letter in enumerate(letters):
        if letter != "*":
            yield Grant(grantee, PRIVILEGES.get(letter, letter), letters[position + 1 : position + 2] == "*", grantor)
