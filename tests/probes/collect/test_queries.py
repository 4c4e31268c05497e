"""Every query variant gives what its row type asks for, whichever role asks."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import msgspec
import pytest

from probes.catalog.catalog import Absent
from probes.catalog.rows import ROW_TYPES, Group, PgClass, PgIndex, Row
from probes.collect.collector import Collector
from probes.collect.queries import NoVariantError, marked, query
from probes.collect.session import Limits
from tests.probes.collect.conftest import Rich
from tests.probes.collect.rich import PLAIN_ROLE
from tests.servers import MAJORS

SQL_FILES = sorted(entry.name for entry in resources.files("probes.collect").joinpath("sql").iterdir())

# Fields that the collector computes from others or fetches in the second step, and what the query gives instead.
_EXPRESSIONS = {"expression", "expressions", "predicate", "using", "check", "partition_bound"}
_FOLDED: dict[type[Row], set[str]] = {
    PgClass: {"toast_pages", "toast_frozen_age_xids", "toast_options", "foreign_server"},
    PgIndex: {"name", "namespace", "kind", "method", "is_partition", "tablespace", "pages", "tuples", "options"},
}
_BY_NAME = {"pg_stats": {"relation"}}


def columns_of(rich: Rich, area: str) -> set[str]:
    text = query(area, rich.database.major).replace("{statements_schema}", "public")
    with rich.database.connect() as connection:
        cursor = connection.cursor()
        parameters: dict[str, list[int]] | None = {"oids": []} if "%(oids)s" in text else None
        cursor.execute(text.encode(), parameters)
        return {column.name for column in cursor.description or ()}


@pytest.mark.parametrize("row_type", ROW_TYPES, ids=lambda row_type: row_type.area)
def test_a_variant_has_a_column_for_every_field(rich: Rich, row_type: type[Row]) -> None:
    try:
        found = columns_of(rich, row_type.area)
    except NoVariantError as none:
        assert none.first_major > rich.database.major  # noqa: PT017 - no variant is right for old servers only
        return
    digests = {name for name in found if name.endswith("digest")}
    extra = {"plain_sequence"} | digests | ({"schema", "table"} if row_type.area in _BY_NAME else set())
    missing = _EXPRESSIONS | _FOLDED.get(row_type, set()) if digests else _BY_NAME.get(row_type.area, set())
    fields = set(row_type.__struct_fields__)
    assert found - fields <= extra
    assert fields - found <= missing


def test_a_superusers_variant_of_the_roles_has_the_same_columns(rich: Rich) -> None:
    assert columns_of(rich, "pg_roles.superuser") == columns_of(rich, "pg_roles")


def test_every_file_of_sql_is_used_by_some_major_version() -> None:
    used: set[str] = set()
    for area in {name.removesuffix(".sql").rpartition(".")[0] or name for name in SQL_FILES} | {
        name.removesuffix(".sql") for name in SQL_FILES
    }:
        for major in MAJORS:
            try:
                used.add(query(area, major))
            except NoVariantError:
                continue
    folder = Path(str(resources.files("probes.collect").joinpath("sql")))
    assert {marked((folder / name).read_text()) for name in SQL_FILES} == used


@pytest.mark.parametrize("name", SQL_FILES)
def test_no_query_calls_what_blocks_raises_or_costs_memory(name: str) -> None:
    text = resources.files("probes.collect").joinpath("sql", name).read_text()
    statement = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))
    allowed = {"pg_sequences.13.sql": "pg_sequence_last_value", "pg_sequences.18.sql": "pg_get_sequence_data"}
    for word in (
        "pg_get_",
        "_size(",
        "pg_sequence_last_value",
        "::regclass",
        "::regproc",
        "::regtype",
        "information_schema.",
    ):
        assert word not in statement.replace(allowed.get(name, "\0"), ""), word
    assert "pg_catalog." in statement or "{statements_schema}." in statement


@pytest.mark.parametrize("role", [None, PLAIN_ROLE], ids=["superuser", "plain role"])
def test_every_value_has_the_type_that_its_field_declares(rich: Rich, role: str | None) -> None:
    """Structs do not look at what they are given; a decoder does, and a snapshot could not be read otherwise."""
    other = rich.database.connect()
    with other, other.transaction():
        other.execute("lock table app.parent in share mode")
        picture = Collector(lambda: rich.database.connect(**({"user": role} if role else {})), Limits()).collect(
            dictionaries=True
        )
    assert picture.interrupted is None
    decoded = 0
    for row_type, rows in picture.catalog.areas():
        if not isinstance(rows, Absent):
            encoded = msgspec.msgpack.encode(rows)
            assert msgspec.msgpack.decode(encoded, type=tuple[row_type, ...]) == rows  # type: ignore[valid-type]
            decoded += len(rows)
        else:
            assert rows.reason
            assert role or row_type.group is not Group.STRUCTURE
    assert decoded > 1000


def test_a_role_with_connect_only_gets_every_structure_area(rich: Rich) -> None:
    catalog = Collector(lambda: rich.database.connect(user=PLAIN_ROLE)).collect().catalog
    for row_type in ROW_TYPES:
        if row_type.group is Group.STRUCTURE:
            assert catalog.absent(row_type) is None, row_type
            if row_type.area not in {"pg_collation", "pg_roles"}:
                mine = {repr(row) for row in rich.catalog.rows(row_type)}
                seen = {repr(row) for row in catalog.rows(row_type)}
                assert len(seen) >= len(mine) * 0.9, row_type


def test_a_role_with_connect_only_is_told_what_each_missing_area_needs(rich: Rich) -> None:
    catalog = Collector(lambda: rich.database.connect(user=PLAIN_ROLE)).collect().catalog
    refused = {
        row_type.area for row_type in ROW_TYPES if (gone := catalog.absent(row_type)) and "denied" in gone.reason
    }
    assert {"pg_hba_file_rules", "pg_file_settings"} <= refused
    for row_type in ROW_TYPES:
        absent = catalog.absent(row_type)
        if absent and "denied" in absent.reason:
            assert absent.needs, row_type
