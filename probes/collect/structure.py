"""Taking the structure: one REPEATABLE READ transaction, raw rows first, texts of expressions second."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from probes.catalog.catalog import Absent
from probes.catalog.expression import Expression, Stored, Unread
from probes.catalog.names import qualified
from probes.catalog.rows import (
    ROW_TYPES,
    Group,
    PgAttrdef,
    PgAttribute,
    PgClass,
    PgConstraint,
    PgDbRoleSetting,
    PgDepend,
    PgIndex,
    PgNamespace,
    PgPartitionedTable,
    PgPolicy,
    PgProc,
    PgRole,
    Row,
)
from probes.collect import build
from probes.collect.build import Raw
from probes.collect.deparse import Shape, TextKind, fetch_texts
from probes.collect.masking import masked_assignment, masked_source
from probes.collect.queries import NoVariantError, query
from probes.collect.session import QueryRefusedError, Session

Areas = dict[type[Row], tuple[Row, ...] | Absent]
TextLookup = Callable[[int, str], Expression]

STRUCTURE_TYPES: tuple[type[Row], ...] = tuple(t for t in ROW_TYPES if t.group is Group.STRUCTURE)

# Which column of which raw area holds the digest of an expression of which kind; the owner column is the relation whose
# column names the text may mention.
_TEXTS: dict[TextKind, tuple[type[Row], str, str, str]] = {
    TextKind.DEFAULT: (PgAttrdef, "oid", "relation", "digest"),
    TextKind.CHECK: (PgConstraint, "oid", "relation", "expression_digest"),
    TextKind.INDEX_EXPRESSIONS: (PgIndex, "oid", "relation", "expressions_digest"),
    TextKind.INDEX_PREDICATE: (PgIndex, "oid", "relation", "predicate_digest"),
    TextKind.POLICY_USING: (PgPolicy, "oid", "relation", "using_digest"),
    TextKind.POLICY_CHECK: (PgPolicy, "oid", "relation", "check_digest"),
    TextKind.PARTITION_BOUND: (PgClass, "oid", "oid", "partition_bound_digest"),
    TextKind.PARTITION_KEY: (PgPartitionedTable, "relation", "relation", "expressions_digest"),
}


def read_area(session: Session, row_type: type[Row], *, superuser: bool = False, **names: str) -> Raw | Absent:
    """Raw rows of an area, or why there are none."""
    area = f"{row_type.area}.superuser" if superuser else row_type.area
    try:
        text = query(area, session.connection.info.server_version // 10000)
        return Raw(*session.query(text, names=names))
    except NoVariantError as none:
        return Absent("this version of the server has nothing of the kind", f"PostgreSQL {none.first_major}")
    except QueryRefusedError as refused:
        return refused.absent


class StructureReader:
    """Reads the structure areas of a database within one transaction that the caller has opened."""

    def __init__(self, session: Session, *, superuser: bool, access_methods: Mapping[int, str]) -> None:
        self._session = session
        self._superuser = superuser
        self._methods = access_methods
        self._raw: dict[type[Row], Raw | Absent] = {}
        self._prepared = False
        self._texts: dict[TextKind, dict[Shape, Expression]] = {}
        self._columns: dict[int, tuple[object, ...]] = {}
        self._names: dict[str, str] = {}
        self._builders: dict[type[Row], Callable[[Raw], Raw | tuple[Row, ...] | Absent]] = {
            PgClass: self._classes,
            PgIndex: self._indexes,
            PgAttribute: self._attributes,
            PgAttrdef: self._defaults,
            PgConstraint: self._constraints,
            PgPolicy: self._policies,
            PgPartitionedTable: self._partition_keys,
            PgProc: self._functions,
            PgDbRoleSetting: self._role_settings,
        }

    def read(self, progress: Callable[[str], None]) -> None:
        """Read every area and the texts of expressions; needs the transaction."""
        for row_type in STRUCTURE_TYPES:
            progress(row_type.area)
            self._raw[row_type] = self._read(row_type)
        progress("expressions")
        self._prepare()
        for kind in TextKind:
            self._texts[kind] = self._fetch(kind)

    @property
    def areas_read(self) -> int:
        """How far reading came."""
        return len(self._raw)

    def built(self, unread: Absent) -> Areas:
        """All structure areas, after reading, and without the server; a refused area is Absent with its reason.

        Args:
            unread: What stands for areas that were not reached.
        """
        for row_type in STRUCTURE_TYPES:
            self._raw.setdefault(row_type, unread)
        self._prepare()
        return {row_type: self._built(row_type) for row_type in STRUCTURE_TYPES}

    def _prepare(self) -> None:
        if not self._prepared:
            self._prepared = True
            self._name_columns()
            self._drop_foreign_rows()

    def _read(self, row_type: type[Row]) -> Raw | Absent:
        if row_type is PgRole and self._superuser:
            return read_area(self._session, row_type, superuser=True)
        return read_area(self._session, row_type)

    # ---- texts

    def _name_columns(self) -> None:
        """The names an expression of a relation can mention; equal names are shared, for tenants are copies.

        A subquery in a policy calls the outer columns by the name of their table, so that name belongs to them.
        """
        raw, tables = self._raw[PgAttribute], self._relation_names()
        if isinstance(raw, Absent) or not tables:
            return
        relation, number, name = raw.position("relation"), raw.position("number"), raw.position("name")
        mentioned = self._relations_with_expressions()
        columns: dict[int, list[tuple[int, str]]] = {}
        for row in raw.rows:
            shared = self._names.setdefault(row[name], row[name])
            if row[relation] in mentioned:
                columns.setdefault(row[relation], []).append((row[number], shared))
        self._columns = {oid: (tables.get(oid), *sorted(listed)) for oid, listed in columns.items()}

    def _relation_names(self) -> dict[int, str]:
        raw = self._raw[PgClass]
        if isinstance(raw, Absent):
            return {}
        oid, name = raw.position("oid"), raw.position("name")
        return {row[oid]: row[name] for row in raw.rows}

    def _relations_with_expressions(self) -> set[int]:
        found: set[int] = set()
        for row_type, _, relation_column, digest_column in _TEXTS.values():
            raw = self._raw[row_type]
            if not isinstance(raw, Absent):
                relation, digest = raw.position(relation_column), raw.position(digest_column)
                found.update(row[relation] for row in raw.rows if row[digest] is not None)
        return found

    def _drop_foreign_rows(self) -> None:
        """Nothing of temporary and system schemas is kept: only relations of the collected namespaces are."""
        namespaces, classes = self._raw[PgNamespace], self._raw[PgClass]
        if isinstance(namespaces, Absent) or isinstance(classes, Absent):
            return
        known = frozenset(row[namespaces.position("oid")] for row in namespaces.rows)
        self._relations, self._index_classes, self._toasts = build.split_relations(classes, known)
        oid = self._relations.position("oid")
        kept = {row[oid] for row in self._relations.rows}
        for row_type, raw in self._raw.items():
            if row_type is not PgClass and not isinstance(raw, Absent) and "relation" in raw.columns:
                position = raw.position("relation")
                raw.rows = [row for row in raw.rows if row[position] in kept or row[position] == 0]

    def _fetch(self, kind: TextKind) -> dict[Shape, Expression]:
        row_type, oid_column, relation_column, digest_column = _TEXTS[kind]
        raw = self._raw[row_type]
        if isinstance(raw, Absent):
            return {}
        oid, relation, digest = (raw.position(c) for c in (oid_column, relation_column, digest_column))
        known = self._sequence_defaults if kind is TextKind.DEFAULT else {}
        wanted = {
            row[oid]: self._shape(row[relation], row[digest])
            for row in raw.rows
            if row[digest] is not None and row[oid] not in known
        }
        return fetch_texts(self._session, kind, wanted)

    def _shape(self, relation: int, digest: str) -> Shape:
        return (digest, self._columns.get(relation, relation))

    def _lookup(self, kind: TextKind) -> TextLookup:
        row_type, oid_column, relation_column, _ = _TEXTS[kind]
        raw = self._raw[row_type]
        if isinstance(raw, Absent):
            return build.unread(raw.reason)
        oid, relation = raw.position(oid_column), raw.position(relation_column)
        relations = {row[oid]: row[relation] for row in raw.rows}
        texts, missing = self._texts.get(kind, {}), Unread("it was not fetched")
        return lambda object_oid, digest: texts.get(self._shape(relations[object_oid], digest), missing)

    # ---- rows

    def _built(self, row_type: type[Row]) -> tuple[Row, ...] | Absent:
        raw = self._raw[row_type]
        if isinstance(raw, Absent):
            return raw
        builder = self._builders.get(row_type)
        if builder is None:
            return build.make(row_type, raw.columns, raw.rows)
        changed = builder(raw)
        return changed if isinstance(changed, (tuple, Absent)) else build.make(row_type, changed.columns, changed.rows)

    def _classes(self, _raw: Raw) -> tuple[Row, ...] | Absent:
        namespaces = self._raw[PgNamespace]
        if isinstance(namespaces, Absent):
            return namespaces
        return build.relations(self._relations, self._toasts, self._lookup(TextKind.PARTITION_BOUND))

    def _indexes(self, raw: Raw) -> tuple[Row, ...] | Absent:
        classes, namespaces = self._raw[PgClass], self._raw[PgNamespace]
        for needed in (classes, namespaces):
            if isinstance(needed, Absent):
                return needed
        texts = {
            "expressions": self._lookup(TextKind.INDEX_EXPRESSIONS),
            "predicate": self._lookup(TextKind.INDEX_PREDICATE),
        }
        return build.indexes(raw, self._index_classes, self._relations.columns, self._methods, texts)

    def _attributes(self, raw: Raw) -> Raw:
        name = raw.position("name")
        return raw.replacing({"name": lambda row: self._names.get(row[name], row[name])})

    def _defaults(self, raw: Raw) -> Raw:
        texts, sequences = self._lookup(TextKind.DEFAULT), self._sequence_defaults
        oid, digest = raw.position("oid"), raw.position("digest")

        def expression(row: tuple[Any, ...]) -> Expression:
            return sequences.get(row[oid]) or texts(row[oid], row[digest])

        return raw.replacing({"expression": expression}, dropped=("digest", "plain_sequence"))

    @functools.cached_property
    def _sequence_defaults(self) -> dict[int, Expression]:
        """`nextval('schema.sequence'::regclass)`, as the server writes it, by plain default of a sequence we know."""
        depends, namespaces, defaults = self._raw[PgDepend], self._raw[PgNamespace], self._raw[PgAttrdef]
        if isinstance(depends, Absent) or isinstance(namespaces, Absent) or isinstance(defaults, Absent):
            return {}
        if not hasattr(self, "_relations"):
            return {}
        default, is_plain = defaults.position("oid"), defaults.position("plain_sequence")
        plain = {row[default] for row in defaults.rows if row[is_plain]}
        schemas = {row[namespaces.position("oid")]: row[namespaces.position("name")] for row in namespaces.rows}
        at = {name: self._relations.position(name) for name in ("oid", "kind", "namespace", "name")}
        sequences = {
            row[at["oid"]]: qualified(schemas[row[at["namespace"]]], row[at["name"]])
            for row in self._relations.rows
            if row[at["kind"]] == "S"
        }
        catalog, oid, referenced = (depends.position(c) for c in ("catalog", "object", "referenced"))
        return {
            row[oid]: Stored(f"nextval({_plain_literal(sequences[row[referenced]])}::regclass)")
            for row in depends.rows
            if row[catalog] == "pg_attrdef" and row[oid] in plain and row[referenced] in sequences
        }

    def _constraints(self, raw: Raw) -> Raw:
        return self._with_text(raw, {"expression": ("expression_digest", TextKind.CHECK)})

    def _policies(self, raw: Raw) -> Raw:
        digests = {
            "using": ("using_digest", TextKind.POLICY_USING),
            "check": ("check_digest", TextKind.POLICY_CHECK),
        }
        return self._with_text(raw, digests)

    def _partition_keys(self, raw: Raw) -> Raw:
        return self._with_text(raw, {"expressions": ("expressions_digest", TextKind.PARTITION_KEY)}, oid="relation")

    def _with_text(self, raw: Raw, fields: Mapping[str, tuple[str, TextKind]], oid: str = "oid") -> Raw:
        at = raw.position(oid)

        def reader(digest: str, kind: TextKind) -> Callable[[tuple[Any, ...]], Expression | None]:
            position, texts = raw.position(digest), self._lookup(kind)
            return lambda row: build.text_or_none(texts, row[at], row[position])

        changes = {field: reader(digest, kind) for field, (digest, kind) in fields.items()}
        return raw.replacing(changes, dropped=[digest for digest, _ in fields.values()])

    def _functions(self, raw: Raw) -> Raw:
        source = raw.position("source")
        bodies: Callable[[tuple[Any, ...]], str | None] = lambda row: (  # noqa: E731 - one of two in a table
            None if row[source] is None else masked_source(row[source])
        )
        return raw.replacing({"source": bodies, "config": _masked_assignments(raw, "config")})

    def _role_settings(self, raw: Raw) -> Raw:
        return raw.replacing({"settings": _masked_assignments(raw, "settings")})


def _masked_assignments(raw: Raw, column: str) -> Callable[[tuple[Any, ...]], tuple[str, ...]]:
    position = raw.position(column)
    return lambda row: tuple(masked_assignment(one) for one in row[position] or ())


def _plain_literal(text: str) -> str:
    """As the deparser writes a constant: never with E, for standard_conforming_strings is on."""
    return "'" + text.replace("'", "''") + "'"
