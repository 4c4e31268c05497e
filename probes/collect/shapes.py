"""What two stored expressions share when they have the same text, so that one of them is deparsed for all.

Tenants are copies: a thousand tables have one policy.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from probes.catalog.rows import PgAttribute

Shape = Hashable
"""The digest of the stored tree, and a number for the names that the text can mention."""


class Shapes:
    """Numbers the relations by the names an expression of theirs can mention.

    Those are its columns, and its own name: a subquery in a policy calls the outer columns by it.

    Args:
        names: Relation names by oid.
        attributes: Columns, at least those of the relations; where there are none nothing is shared.
        relations: The oids of those relations.
    """

    def __init__(self, names: dict[int, str], attributes: Iterable[PgAttribute], relations: set[int]) -> None:
        self._numbers: dict[int, int] = {}
        columns: dict[int, list[tuple[int, str]]] = {}
        for row in attributes:
            if row.relation in relations:
                columns.setdefault(row.relation, []).append((row.number, row.name))
        known: dict[object, int] = {}
        for relation, listed in columns.items():
            mentioned = (names.get(relation), *sorted(listed))
            self._numbers[relation] = known.setdefault(mentioned, len(known))

    def of(self, relation: int, digest: str) -> Shape:
        """The shape of an expression of a relation (0: of a domain)."""
        return (digest, self._numbers.get(relation, -relation - 1))
