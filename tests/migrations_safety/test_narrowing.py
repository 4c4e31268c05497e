"""Which conversions of floating-point numbers keep them, as servers do it and as the rule on narrowing says."""

import pytest

from migrations_safety.judging import Judging, Verdict
from migrations_safety.script.model import ScriptText
from migrations_safety.script.reader import read_script
from migrations_safety.timeline import Timeline
from probes.catalog.catalog import Catalog
from tests.migrations_safety.rewriting import collected
from tests.servers import Database

VALUES = {
    "double precision": ("0.1", "0.1::float8 + 0.2", "-1.7976931348623157e22", "5e-324", "'NaN'", "1.0/3"),
    "real": ("0.1", "16777216", "1.0/3", "-3.4028235e38", "1e-45", "'NaN'"),
}
CONVERSIONS = [
    ("double precision", "numeric", ""),
    ("double precision", "numeric", " using n::numeric"),
    ("double precision", "numeric", " using n::text::numeric"),
    ("double precision", "numeric", " using n::varchar::numeric"),
    ("double precision", "numeric(200, 6)", " using n::text::numeric"),
    ("real", "numeric", ""),
    ("real", "numeric", " using n::text::numeric"),
    ("real", "double precision", ""),
]


@pytest.mark.pg("!=14,!=15,!=16,!=17")
def test_a_conversion_is_called_narrowing_where_a_value_comes_out_as_another(database: Database) -> None:
    for source, values in VALUES.items():
        table = source.split()[0]
        rows = ", ".join(f"({value})" for value in values)
        database.execute(
            f"create table {table}_0 (n {source}); insert into {table}_0 values {rows}; analyze;"
            f"create table {table}_1 as select * from {table}_0"
        )
    catalog = collected(database.dsn)
    for digits in (1, 0):
        for source, target, using in CONVERSIONS:
            table = f"{source.split()[0]}_0"
            script = f"set extra_float_digits = {digits}; alter table {table} alter column n type {target}{using}"
            said = is_called_narrowing(catalog, database.major, script)
            assert said is not keeps(database, source, script), script


def is_called_narrowing(catalog: Catalog, major: int, script: str) -> bool:
    timeline, judging = Timeline(catalog, major), Judging()
    found: list[Verdict] = []
    for step in timeline.steps(read_script([ScriptText(file="a.sql", content=script.encode())])):
        with timeline.before():
            found += judging.judge(step)
    return any(one.rule.id == "narrowing-type" for one in found)


def keeps(database: Database, source: str, script: str) -> bool:
    """Whether every value reads back as it was."""
    table = source.partition(" ")[0]
    changed = f"select n::{source} from {table}_0 except select n from {table}_1"
    with database.connect() as connection, connection.transaction(force_rollback=True):
        connection.execute(script.encode())
        return connection.execute(changed.encode()).fetchall() == []
