"""Access control lists as the catalogs hold them, and what GRANT, REVOKE and a new owner make of them."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

LETTERS = {
    "insert": "a",
    "select": "r",
    "update": "w",
    "delete": "d",
    "truncate": "D",
    "references": "x",
    "trigger": "t",
    "execute": "X",
    "usage": "U",
    "create": "C",
    "temporary": "T",
    "temp": "T",
    "connect": "c",
    "set": "s",
    "alter system": "A",
    "maintain": "m",
}
"""Privileges as GRANT names them."""
COLUMN = "arwx"
"""What can be granted on a column."""
_ORDER = "arwdDxtXUCTcsAm"
_MAINTAIN_SINCE = 17
_PUBLIC_HAS = {"f": "X", "T": "U"}

Acl = tuple[str, ...]


class _Item(msgspec.Struct, frozen=True, gc=False):
    grantee: str
    """As written in an aclitem: quoted where needed, empty for PUBLIC."""
    grantor: str
    plain: frozenset[str]
    with_option: frozenset[str]


def all_letters(kind: str, major: int) -> str:
    """Every privilege on a kind of object: r table, S sequence, f function, T type, n schema (pg_default_acl)."""
    if kind == "r":
        return "arwdDxtm" if major >= _MAINTAIN_SINCE else "arwdDxt"
    return {"S": "rwU", "f": "X", "T": "U", "n": "UC"}[kind]


def default_acl(kind: str, owner: str, major: int) -> Acl:
    """What stands for a missing list (acldefault)."""
    name = role_item(owner)
    everyone = (f"={_PUBLIC_HAS[kind]}/{name}",) if kind in _PUBLIC_HAS else ()
    return (*everyone, f"{name}={all_letters(kind, major)}/{name}")


def role_item(name: str) -> str:
    """A role's name as an aclitem writes it; empty for PUBLIC."""
    if all(character.isascii() and (character.isalnum() or character == "_") for character in name):
        return name
    return '"' + name.replace('"', '""') + '"'


def granted(acl: Acl, grantee: str, letters: Iterable[str], grantor: str, *, option: bool) -> Acl:
    """The list after GRANT."""
    wanted = frozenset(letters)
    found = list(map(_parsed, acl))
    for position, item in enumerate(found):
        if (item.grantee, item.grantor) == (grantee, grantor):
            with_option = item.with_option | (wanted if option else frozenset())
            found[position] = _Item(grantee, grantor, item.plain | wanted, with_option)
            break
    else:
        found.append(_Item(grantee, grantor, wanted, wanted if option else frozenset()))
    return _texts(found)


def revoked(acl: Acl, grantee: str, letters: Iterable[str], *, option_only: bool = False) -> Acl:
    """The list after REVOKE, or after REVOKE GRANT OPTION FOR."""
    gone = frozenset(letters)
    found: list[_Item] = []
    for item in map(_parsed, acl):
        if item.grantee == grantee:
            plain = item.plain if option_only else item.plain - gone
            found.append(_Item(item.grantee, item.grantor, plain, item.with_option - gone))
        else:
            found.append(item)
    return _texts(found)


def with_new_owner(acl: Acl, old: str, new: str) -> Acl:
    """The list after a change of owner (aclnewowner): the new one takes the old one's place."""
    before, after = role_item(old), role_item(new)
    merged: dict[tuple[str, str], _Item] = {}
    for item in map(_parsed, acl):
        grantee = after if item.grantee == before else item.grantee
        grantor = after if item.grantor == before else item.grantor
        same = merged.get((grantee, grantor))
        plain = item.plain | (same.plain if same else frozenset())
        with_option = item.with_option | (same.with_option if same else frozenset())
        merged[grantee, grantor] = _Item(grantee, grantor, plain, with_option)
    return _texts(merged.values())


def merged(one: Acl, other: Acl) -> Acl:
    """Both lists together (aclmerge)."""
    found = one
    for item in map(_parsed, other):
        found = granted(found, item.grantee, item.plain - item.with_option, item.grantor, option=False)
        if item.with_option:
            found = granted(found, item.grantee, item.with_option, item.grantor, option=True)
    return found


def same(one: Acl, other: Acl) -> bool:
    """Whether two lists say the same."""
    return set(map(_parsed, one)) == set(map(_parsed, other))


def _parsed(text: str) -> _Item:
    grantee, rest = _split(text, "=")
    letters, _, grantor = rest.partition("/")
    plain = frozenset(letter for letter in letters if letter != "*")
    with_option = frozenset(letters[i - 1] for i, letter in enumerate(letters) if letter == "*")
    return _Item(grantee, grantor, plain, with_option)


def _split(text: str, mark: str) -> tuple[str, str]:
    if not text.startswith('"'):
        head, _, tail = text.partition(mark)
        return head, tail
    end = 1
    while end < len(text) and (text[end] != '"' or text[end : end + 2] == '""'):
        end += 2 if text[end : end + 2] == '""' else 1
    return text[: end + 1], text[end + 2 :]


def _texts(items: Iterable[_Item]) -> Acl:
    return tuple(
        f"{item.grantee}={''.join(c + ('*' if c in item.with_option else '') for c in _ORDER if c in item.plain)}"
        f"/{item.grantor}"
        for item in items
        if item.plain
    )
