"""Secrets planted wherever a database keeps them; none may be found in a snapshot, which may be mailed."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from probes.catalog.rows import ROW_TYPES, Group, Statement
from probes.catalog.saving import load, save
from probes.collect.masking import masked_source, masked_statement
from tests.probes.collect.conftest import picture_of
from tests.servers import PrivateCluster, private_cluster

CANARY = "canary"
"""Each secret is this word and a number, so that a hit says where it came from."""

PLANTED = r"""
create extension pg_stat_statements;
create table people (id integer, secret text, number bigint);
insert into people select i, 'canary01', 9900000000000001 from generate_series(1, 2000) as i;
insert into people select i, 'canary02_' || i, i from generate_series(1, 200) as i;
analyze people;
create role planted login password 'canary03';
alter role planted set my.key = 'canary04';
alter database postgres set "my.other" = 'canary05';
create extension postgres_fdw;
create server far foreign data wrapper postgres_fdw options (host 'canary06', dbname 'canary07');
create user mapping for public server far options (user 'canary08', password 'canary09');
create foreign table far_table (id integer options (column_name 'canary10')) server far options (table_name 'canary11');
create subscription sub connection 'host=canary12 password=canary13' publication p with (connect = false);
create function body(x text) returns text language plpgsql set my.function_key = 'canary14' as $body$
    -- canary15
    /* canary16 /* canary17 */ canary18 */
    declare key text := 'canary19'; number bigint := 9900000000000002;
    begin
        perform set_config('app.key', 'canary20', true);
        execute $q$ select 'canary21' $q$;
        return E'canary22\'canary23' || U&'canary24' || 'it''s canary25';
    end
$body$;
create function sql_body() returns text language sql as $$ select 'canary26' $$;
alter system set archive_command = 'cp canary27 %p';
alter system set primary_conninfo = 'host=x password=canary28';
select pg_reload_conf();
"""

TRAFFIC = (
    "alter role planted password 'canary30'",
    "create user other_planted encrypted password 'canary31'",
    "/* canary32 */ select count(*) from people where secret = 'canary33' -- canary34",
    "select /* canary35 /* canary36 */ canary37 */ 1",
    "do $$ begin perform 'canary38'; end $$",
    "set my.session_key = 'canary39'",
    "prepare p as select 'canary40'",
    "copy (select 'canary41') to stdout",
    "explain select * from people where secret = 'canary42'",
    "comment on table people is null",
)


_SETTINGS = {
    "shared_preload_libraries": "pg_stat_statements",
    "wal_level": "logical",
    "my.system_key": "canary29",
}


_HBA = """\
local all all trust
host all canary_free 10.0.0.0/8 ldap ldapserver=l.example ldapbinddn="cn=canary43" ldapbindpasswd=canary44
host all all 10.1.0.0/16 radius radiusservers=canary45 radiussecrets=canary46
host all all 10.2.0.0/16 md5 canary47=canary48
host all all 10.3.0.0/16 md5 canary49
"""


@pytest.mark.parametrize("major", [13, 14, 16, 17, 18])
def test_no_planted_secret_is_in_the_uncompressed_snapshot(major: int, tmp_path: Path) -> None:
    with private_cluster(major, settings=_SETTINGS) as cluster:
        _plant(cluster)
        with cluster.connect(application_name="working") as busy:
            busy.execute("begin; select 'canary50' as canary_free, pg_catalog.now()")
            catalog = picture_of(cluster.dsn).catalog
    file = tmp_path / "app.pgsnapshot"
    save(catalog, file)
    content = file.read_bytes()
    plain = gzip.decompress(content.partition(b"\n")[2])
    assert b"people" in plain
    found = {plain[at : at + 8] for at in _positions(plain.replace(b"canary_free", b"_"), CANARY.encode())}
    assert found == set()
    for number in (b"9900000000000001", b"9900000000000002", (9900000000000001).to_bytes(8, "big")):
        assert number not in plain
    texts = [row.text for row in load(file)[0].rows(Statement) if row.text]
    assert any("people" in text for text in texts)
    for row_type in ROW_TYPES:  # nothing was hidden by being refused
        if row_type.group is not Group.DICTIONARY:
            absent = catalog.absent(row_type)
            assert absent is None or "version" in absent.reason, (row_type, absent)


def _plant(cluster: PrivateCluster) -> None:
    (cluster.data_directory / "pg_hba.conf").write_text(_HBA)
    with cluster.connect() as connection:
        for statement in _statements(PLANTED):
            connection.execute(statement.encode())
        for statement in TRAFFIC:
            with connection.cursor() as cursor:
                if statement.startswith("copy"):
                    with cursor.copy(statement.encode()) as copy:
                        list(copy)
                else:
                    cursor.execute(statement.encode())


def _statements(script: str) -> list[str]:
    """Split at a semicolon that ends a line, dollar quotes apart: ALTER SYSTEM and the like run alone."""
    statements: list[str] = []
    open_body = False
    current = ""
    for line in script.strip().splitlines():
        current += line + "\n"
        open_body ^= line.count("$body$") % 2 == 1
        if line.endswith(";") and not open_body:
            statements.append(current)
            current = ""
    return statements


def _positions(text: bytes, word: bytes) -> list[int]:
    positions: list[int] = []
    at = text.find(word)
    while at >= 0:
        positions.append(at)
        at = text.find(word, at + 1)
    return positions


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("select 'canary' from t where a = $1", "select '' from t where a = $1"),
        ('select "odd \'name" from t', 'select "odd \'name" from t'),
        ("select E'can\\'ary', x1 from t2", "select '', x1 from t2"),
        ("select $$canary$$, $t$ canary $$ $t$, $1", "select '', '', $1"),
        ("select 1 /* a /* canary */ canary */ + 2", "select 0   + 0"),
        ("with x as (select 1) select * from x -- canary", "with x as (select 0) select * from x"),
        ("ALTER ROLE x PASSWORD 'canary'", "ALTER ROLE ***"),
        ("'canary", "***"),
        ("/* canary", "***"),
    ],
)
def test_of_a_statement_names_and_parameters_are_left(text: str, kept: str) -> None:
    assert masked_statement(text) == kept


def test_of_a_function_body_the_names_of_settings_are_left() -> None:
    body = "begin perform current_setting ( 'app.tenant', true); x := 'canary'; y := 12; z := 1234567; end"
    assert masked_source(body) == "begin perform current_setting ( 'app.tenant', true); x := ''; y := 12; z := 0; end"
