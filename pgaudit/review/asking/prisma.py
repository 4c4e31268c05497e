"""A table as a Prisma model: the way back from `pgaudit.review.proposal.prisma_models`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from probes.catalog.expression import text_of
from probes.catalog.navigation import ForeignKey, Relation
from probes.catalog.navigation.relations import Column

_TYPES: Mapping[str, tuple[str, str]] = {
    "bool": ("Boolean", ""),
    "bpchar": ("String", "@db.Char"),
    "bytea": ("Bytes", ""),
    "citext": ("String", "@db.Citext"),
    "date": ("DateTime", "@db.Date"),
    "float4": ("Float", "@db.Real"),
    "float8": ("Float", ""),
    "inet": ("String", "@db.Inet"),
    "int2": ("Int", "@db.SmallInt"),
    "int4": ("Int", ""),
    "int8": ("BigInt", ""),
    "json": ("Json", "@db.Json"),
    "jsonb": ("Json", ""),
    "money": ("Decimal", "@db.Money"),
    "numeric": ("Decimal", "@db.Decimal"),
    "text": ("String", ""),
    "time": ("DateTime", "@db.Time"),
    "timestamp": ("DateTime", "@db.Timestamp"),
    "timestamptz": ("DateTime", "@db.Timestamptz"),
    "uuid": ("String", "@db.Uuid"),
    "varchar": ("String", "@db.VarChar"),
}
_ACTIONS = {"c": "Cascade", "n": "SetNull", "d": "SetDefault", "r": "Restrict", "a": "NoAction"}
_MODIFIER = re.compile(r"\(([\d, ]+)\)")
_DESCENDING = 1
"""The bit in pg_index.indoption."""
_WORDS = re.compile(r"[A-Za-z0-9]+")


def model_name(table: str) -> str:
    """The table's name in PascalCase, as Prisma wants models named.

    >>> model_name("invoice_lines")
    'InvoiceLines'
    """
    made = "".join(word[:1].upper() + word[1:] for word in _WORDS.findall(table))
    return made if made[:1].isalpha() else f"Model{made}"


def field_name(column: str) -> str:
    """The column's name in camelCase.

    >>> field_name("tenant_id")
    'tenantId'
    """
    made = model_name(column)
    return made[:1].lower() + made[1:]


def model(table: Relation) -> str:
    """The model; what Prisma has no words for stands in comments. Relations are declared on the side that refers."""
    lines = [*_columns(table), *_relations(table), "", *_keys(table), *_indexes(table)]
    lines += [f"@@map({_string(table.name)})", f"@@schema({_string(table.schema)})"]
    body = "\n".join(f"  {line}".rstrip() for line in lines)
    notes = "".join(f"// {' '.join(note.split())}\n" for note in _unsaid(table))
    return f"{notes}model {model_name(table.name)} {{\n{body}\n}}"


def _columns(table: Relation) -> Iterator[str]:
    """The fields, names and types in columns as Prisma's own formatter sets them."""
    key = table.primary_key.columns if table.primary_key else ()
    fields = [tuple(_column(column, alone=key == (column.row.number,))) for column in table.columns]
    names, kinds = (max((len(one[place]) for one in fields), default=0) for place in (0, 1))
    for name, kind, *rest in fields:
        yield " ".join((name.ljust(names), kind.ljust(kinds), *(part for part in rest if part))).rstrip()


def _column(column: Column, *, alone: bool) -> Iterator[str]:
    name = field_name(column.name)
    kind, native = _type(column)
    yield name
    yield f"{kind}{'' if column.row.not_null or kind.endswith('[]') else '?'}"
    yield "@id" if alone else ""
    yield _default(column)
    yield f"@map({_string(column.name)})" if name != column.name else ""
    yield native


def _type(column: Column) -> tuple[str, str]:
    base = column.type.base
    row = base.row
    if row is None:
        return "Unsupported", ""
    if row.category == "A" and row.element:
        inner = column.catalog.type_name(row.element).row
        kind = _TYPES.get(inner.name, ("", ""))[0] if inner else ""
        return (f"{kind}[]", "") if kind else (f'Unsupported("{base.sql}")', "")
    if row.kind == "e":
        return model_name(row.name), ""
    kind, native = _TYPES.get(row.name, (f'Unsupported("{base.sql}")', ""))
    modifier = _MODIFIER.search(base.sql)
    return kind, f"{native}({modifier[1].replace(',', ', ')})" if native and modifier else native


def _default(column: Column) -> str:
    if column.row.identity:
        return "@default(autoincrement())"
    written = text_of(column.default.expression) if column.default and not column.row.generated else None
    if written is None:
        return ""
    if written.startswith("nextval("):
        return "@default(autoincrement())"
    if written.lower() in ("now()", "current_timestamp", "pg_catalog.now()"):
        return "@default(now())"
    if written.startswith("'{}'::"):
        return "@default([])"
    return f"@default(dbgenerated({_string(written)}))"


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _relations(table: Relation) -> Iterator[str]:
    for key in table.foreign_keys:
        target = key.referenced
        if target is not None:
            yield _relation(key, table, target)


def _relation(key: ForeignKey, table: Relation, target: Relation) -> str:
    ours = table.column_names(key.row.columns)
    theirs = ", ".join(map(field_name, target.column_names(key.row.referenced_columns)))
    optional = any(not column.not_null for number in key.row.columns if (column := table.column_row(number)))
    name = field_name(ours[-1].removesuffix("_id")) if ours[-1].endswith("_id") else f"{field_name(ours[-1])}Ref"
    fields = ", ".join(map(field_name, ours))
    return (
        f"{name} {model_name(target.name)}{'?' if optional else ''} @relation(fields: [{fields}], "
        f"references: [{theirs}], onDelete: {_ACTIONS.get(key.row.on_delete, 'NoAction')}, map: {_string(key.name)})"
    )


def _keys(table: Relation) -> Iterator[str]:
    for constraint in table.constraints:
        fields = ", ".join(map(field_name, table.column_names(constraint.row.columns)))
        if constraint.row.kind == "p" and len(constraint.row.columns) > 1:
            yield f"@@id([{fields}])"
        elif constraint.row.kind == "u":
            yield f"@@unique([{fields}], map: {_string(constraint.name)})"


def _indexes(table: Relation) -> Iterator[str]:
    for index in table.indexes:
        row = index.row
        if index.constraint is None and row.predicate is None and row.expressions is None and row.method == "btree":
            keys = zip(table.column_names(index.key_columns), row.key_options, strict=False)
            fields = ", ".join(f"{field_name(name)}{_sort(bits)}" for name, bits in keys)
            yield f"{'@@unique' if row.unique else '@@index'}([{fields}], map: {_string(index.name)})"


def _sort(options: int) -> str:
    return "(sort: Desc)" if options & _DESCENDING else ""


def _unsaid(table: Relation) -> Iterator[str]:
    """What Prisma cannot declare, and where it is."""
    checks = [one.name for one in table.constraints if one.row.kind == "c"]
    others = [
        one.name
        for one in table.indexes
        if one.row.predicate is not None or one.row.expressions is not None or one.row.method != "btree"
    ]
    if checks:
        yield f"CHECK constraints are in the migrations alone: {', '.join(checks)}"
    if others:
        yield f"Indexes are in the migrations alone: {', '.join(others)}"
    if table.row.kind == "p":
        yield "Partitions are in the migrations alone"
    if table.row.row_security:
        yield "Row level security is in the migrations alone"
