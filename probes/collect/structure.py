"""Taking the structure: one REPEATABLE READ transaction, raw rows first, texts of expressions second."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

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
from probes.collect.build import Raw, TextLookup
from probes.collect.deparse import TextKind, fetch_texts
from probes.collect.masking import masked_assignment, masked_source
from probes.collect.queries import NoVariantError, query
from probes.collect.session import Intake, QueryRefusedError, RawRow, Session
from probes.collect.shapes import Shape, Shapes

Areas = dict[type[Row], tuple[Row, ...] | Absent]

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


# Columns of which most values are like many others.
_ALIKE = (
    "relation", "name", "type", "typmod", "collation", "namespace", "owner", "frozen_age_xids", "min_multixact_age",
    "digest", "expression_digest", "predicate_digest", "using_digest", "check_digest", "catalog", "referenced_catalog",
    "referenced", "text", "function", "maximum",
)  # fmt: skip


def read_area(
    session: Session, row_type: type[Row], *, superuser: bool = False, intake: Intake | None = None, **names: str
) -> Raw | Absent:
    """Raw rows of an area, or why there are none."""
    area = f"{row_type.area}.superuser" if superuser else row_type.area
    try:
        text = query(area, session.connection.info.server_version // 10000)
        return Raw(*session.query(text, names=names, intake=intake))
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
        self._raw: dict[type[Row], Raw] = {}
        """What waits for its texts."""
        self._areas: Areas = {}
        self._relations: Raw | None = None
        self._kept: dict[int, int] = {}
        self._schemas: dict[int, str] = {}
        self._index_classes: dict[int, RawRow] = {}
        self._toasts: dict[int, RawRow] = {}
        self._texts: dict[TextKind, dict[Shape, Expression]] = {}

    def read(self, progress: Callable[[str], None]) -> None:
        """Read every area and the texts of expressions; needs the transaction."""
        for row_type in STRUCTURE_TYPES:
            progress(row_type.area)
            self._take(row_type, self._read(row_type))
        progress("expressions")
        for kind in TextKind:
            self._texts[kind] = self._fetch(kind)

    @property
    def areas_read(self) -> int:
        """How far reading came."""
        return len(self._raw) + len(self._areas)

    def built(self, unread: Absent) -> Areas:
        """All structure areas, after reading, and without the server; a refused area is Absent with its reason.

        Args:
            unread: What stands for areas that were not reached.
        """
        for row_type in STRUCTURE_TYPES:
            if row_type in self._raw:
                self._areas[row_type] = self._built(row_type, self._raw[row_type])
                del self._raw[row_type]
        return {row_type: self._areas.get(row_type, unread) for row_type in STRUCTURE_TYPES}

    def _read(self, row_type: type[Row]) -> Raw | Absent:
        if row_type is PgClass:
            return self._read_classes()
        superuser = row_type is PgRole and self._superuser
        return read_area(self._session, row_type, superuser=superuser, intake=self._intake(row_type))

    def _read_classes(self) -> Raw | Absent:
        """The relations; their rows wait for those of their TOAST tables, which are set aside with the indexes."""
        namespaces = self._areas[PgNamespace]
        if isinstance(namespaces, Absent):
            return namespaces
        self._schemas = {row.oid: row.name for row in namespaces if isinstance(row, PgNamespace)}
        known: build.Known = {}
        arrays = build.array_fields(PgClass)

        def take(columns: Sequence[str], rows: list[RawRow]) -> list[RawRow]:
            relations, indexes, toasts = build.split_relations(Raw(columns, rows), self._schemas)
            self._index_classes.update(indexes)
            self._toasts.update(toasts)
            return relations.sharing(_ALIKE, known).compact(arrays, known)

        return read_area(self._session, PgClass, intake=take)

    def _intake(self, row_type: type[Row]) -> Intake:
        """Makes structs of the rows of an area as they arrive; smaller raw rows where a text is missing yet.

        Nothing of temporary and system schemas is kept: only relations of the collected namespaces are.
        """
        known: build.Known = {"relation": self._kept}
        arrays = build.array_fields(row_type)
        waits = row_type in self._builders

        def take(columns: Sequence[str], rows: list[RawRow]) -> list[Any]:
            raw = Raw(columns, rows)
            if self._relations is not None and "relation" in raw.columns:
                raw = raw.keeping("relation", self._kept)
            raw = raw.sharing(_ALIKE, known)
            if waits:
                return raw.compact(arrays, known)
            return list(build.make(row_type, raw, known))

        return take

    def _take(self, row_type: type[Row], raw: Raw | Absent) -> None:
        """Keep what was read."""
        if isinstance(raw, Absent):
            self._areas[row_type] = raw
            return
        if row_type is PgClass:
            self._take_classes(raw)
            return
        if row_type in self._builders:
            self._raw[row_type] = raw
        else:
            self._areas[row_type] = cast("tuple[Row, ...]", tuple(raw.rows))

    def _take_classes(self, raw: Raw) -> None:
        self._relations = raw
        oids = (0, *raw.column("oid"))  # 0 stands for a domain, which has no relation
        self._kept = dict(zip(oids, oids, strict=True))
        self._raw[PgClass] = raw

    # ---- texts

    @functools.cached_property
    def _shapes(self) -> Shapes:
        """To be asked for when everything was read."""
        attributes = self._areas.get(PgAttribute)
        columns = cast("tuple[PgAttribute, ...]", attributes) if isinstance(attributes, tuple) else ()
        return Shapes(self._relation_names(), columns, self._relations_with_expressions())

    def _relation_names(self) -> dict[int, str]:
        raw = self._relations
        return {} if raw is None else dict(zip(raw.column("oid"), raw.column("name"), strict=True))

    def _relations_with_expressions(self) -> set[int]:
        found: set[int] = set()
        for row_type, _, relation_column, digest_column in _TEXTS.values():
            raw = self._raw.get(row_type)
            if raw is not None:
                pairs = zip(raw.column(relation_column), raw.column(digest_column), strict=True)
                found.update(relation for relation, digest in pairs if digest is not None)
        return found

    def _fetch(self, kind: TextKind) -> dict[Shape, Expression]:
        row_type, oid_column, relation_column, digest_column = _TEXTS[kind]
        raw = self._raw.get(row_type)
        if raw is None:
            return {}
        known = self._sequence_defaults if kind is TextKind.DEFAULT else {}
        oids, relations = raw.column(oid_column), raw.column(relation_column)
        wanted = {
            oid: self._shapes.of(relation, digest)
            for oid, relation, digest in zip(oids, relations, raw.column(digest_column), strict=True)
            if digest is not None and oid not in known
        }
        return fetch_texts(self._session, kind, wanted, dict(zip(oids, relations, strict=True)))

    def _lookup(self, kind: TextKind) -> TextLookup:
        row_type, oid_column, relation_column, _ = _TEXTS[kind]
        raw = self._raw.get(row_type)
        if raw is None:
            return build.unread("it was not fetched")
        relations = dict(zip(raw.column(oid_column), raw.column(relation_column), strict=True))
        texts, missing, shape = self._texts.get(kind, {}), Unread("it was not fetched"), self._shapes.of
        return lambda oid, digest: texts.get(shape(relations[oid], digest), missing)

    # ---- rows

    @property
    def _builders(self) -> Mapping[type[Row], Callable[[Raw], Raw | tuple[Row, ...] | Absent]]:
        """What makes rows of raw ones, where more than their columns are needed.

        Made anew each time: kept, our own methods would tie us and a million raw rows into a circle.
        """
        return {
            PgClass: self._classes,
            PgIndex: self._indexes,
            PgAttrdef: self._defaults,
            PgConstraint: self._constraints,
            PgPolicy: self._policies,
            PgPartitionedTable: self._partition_keys,
            PgProc: self._functions,
            PgDbRoleSetting: self._role_settings,
        }

    def _built(self, row_type: type[Row], raw: Raw) -> tuple[Row, ...] | Absent:
        changed = self._builders[row_type](raw)
        return build.make(row_type, changed) if isinstance(changed, Raw) else changed

    def _classes(self, raw: Raw) -> tuple[Row, ...] | Absent:
        return build.relations(raw, self._toasts, self._lookup(TextKind.PARTITION_BOUND))

    def _indexes(self, raw: Raw) -> tuple[Row, ...] | Absent:
        if self._relations is None:
            missing = self._areas[PgClass]
            return missing if isinstance(missing, Absent) else Absent("relations were not collected")
        texts = {
            "expressions": self._lookup(TextKind.INDEX_EXPRESSIONS),
            "predicate": self._lookup(TextKind.INDEX_PREDICATE),
        }
        return build.indexes(raw, self._index_classes, self._methods, texts)

    def _defaults(self, raw: Raw) -> Raw:
        texts, sequences = self._lookup(TextKind.DEFAULT), self._sequence_defaults
        pairs = zip(raw.column("oid"), raw.column("digest"), strict=True)
        return raw.adding({"expression": [sequences.get(oid) or texts(oid, digest) for oid, digest in pairs]})

    @functools.cached_property
    def _sequence_defaults(self) -> dict[int, Expression]:
        """`nextval('schema.sequence'::regclass)`, as the server writes it, by plain default of a sequence we know."""
        depends, defaults, relations = self._areas.get(PgDepend), self._raw.get(PgAttrdef), self._relations
        if not isinstance(depends, tuple) or defaults is None or relations is None:
            return {}
        pairs = zip(defaults.column("oid"), defaults.column("plain_sequence"), strict=True)
        plain = {oid for oid, is_plain in pairs if is_plain}
        oid, kind, namespace, name = (relations.position(c) for c in ("oid", "kind", "namespace", "name"))
        sequences = {
            row[oid]: qualified(self._schemas[row[namespace]], row[name]) for row in relations.rows if row[kind] == "S"
        }
        return {
            row.object: Stored(f"nextval({_plain_literal(sequences[row.referenced])}::regclass)")
            for row in depends
            if isinstance(row, PgDepend)
            and row.catalog == "pg_attrdef"
            and row.object in plain
            and row.referenced in sequences
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
        oids = raw.column(oid)
        return raw.adding(
            {
                field: build.texts_of(self._lookup(kind), oids, raw.column(digest))
                for field, (digest, kind) in fields.items()
            }
        )

    def _functions(self, raw: Raw) -> Raw:
        bodies = raw.mapping("source", lambda source: None if source is None else masked_source(source))
        return bodies.mapping("config", _masked_assignments)

    def _role_settings(self, raw: Raw) -> Raw:
        return raw.mapping("settings", _masked_assignments)


def _masked_assignments(assignments: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(map(masked_assignment, assignments or ()))


def _plain_literal(text: str) -> str:
    """As the deparser writes a constant: never with E, for standard_conforming_strings is on."""
    return "'" + text.replace("'", "''") + "'"
