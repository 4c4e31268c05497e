"""Cases in which auditors of PostgreSQL contradict each other, and the answer that is right.

Each case is told in a schema of its own, to which `search_path` points; `expected` holds `check name: object name` for
the checks of its table.
"""

from __future__ import annotations

from dataclasses import dataclass

_ONE = """
create table p (id int primary key);
create table t (id int primary key, a int, x int, open boolean, constraint fk foreign key (a) references p);
"""
_TWO = """
create table p (a int, b int, primary key (a, b));
create table t (id int primary key, a int, b int, x int, constraint fk foreign key (a, b) references p);
"""
_PLAIN = "create table t (id int primary key, a int, b int, c text);"
_BUSY = _PLAIN + "insert into t select i, i, i from generate_series(1, 100) as i;"
_INVALID = "update pg_catalog.pg_index set indisvalid = false where indexrelid = '{}'::pg_catalog.regclass;"
_OPEN = "grant usage on schema {schema} to public;"
_NOTES = (
    "create table notes (id bigint primary key, writer text, reader text); alter table notes enable row level security;"
)
_UID = "create function uid() returns text language sql stable set search_path = '' as 'select current_user::text';"


@dataclass(frozen=True, slots=True)
class Case:
    """A state, and what the checks of its table say about it."""

    sql: str
    expected: tuple[str, ...] = ()
    since: int = 13


FOREIGN_KEYS = {
    "no index": Case(_ONE, ("unindexed_foreign_key: fk",)),
    "all columns in another order": Case(_TWO + "create index on t (b, a);"),
    "all columns exactly": Case(_TWO + "create index on t (a, b);"),
    "all columns and one more": Case(_TWO + "create index on t (a, b, x);"),
    "the primary key begins with them": Case(
        "create table p (a int, b int, primary key (a, b));"
        "create table t (a int, b int, x int, primary key (a, b, x), foreign key (a, b) references p);"
    ),
    "a gap between the columns": Case(
        _TWO + "create index t_axb on t (a, x, b);", ("foreign_key_index_questionable: fk",)
    ),
    "the column stands second": Case(_ONE + "create index on t (x, a);", ("unindexed_foreign_key: fk",)),
    "nulls are left out": Case(_ONE + "create index on t (a) where a is not null;"),
    "other rows are left out": Case(_ONE + "create index on t (a) where open;", ("unindexed_foreign_key: fk",)),
    "the index is invalid": Case(
        _ONE + "create index t_a on t (a);" + _INVALID.format("t_a"), ("unindexed_foreign_key: fk",)
    ),
    "a hash index": Case(_ONE + "create index on t using hash (a);"),
    "the column is only included": Case(_ONE + "create index on t (x) include (a);", ("unindexed_foreign_key: fk",)),
    "a brin index": Case(_ONE + "create index on t using brin (a);", ("unindexed_foreign_key: fk",)),
    "the first column alone": Case(_TWO + "create index on t (a);", ("foreign_key_index_questionable: fk",)),
    "the second column is included": Case(
        _TWO + "create index on t (a) include (b);", ("foreign_key_index_questionable: fk",)
    ),
    "a partitioned table with two leaves": Case(
        "create table p (id int primary key);"
        "create table t (id int, a int constraint fk references p) partition by range (id);"
        "create table t1 partition of t for values from (0) to (9);"
        "create table t2 partition of t for values from (9) to (19);",
        ("unindexed_foreign_key: fk",),
    ),
    "an expression of the column": Case(_ONE + "create index on t ((a + 0));", ("unindexed_foreign_key: fk",)),
}

DUPLICATES = {
    "an exact twin": Case(_PLAIN + "create index one on t (a); create index two on t (a);", ("duplicate: two",)),
    "the beginning of another": Case(
        _PLAIN + "create index one on t (a); create index two on t (a, b);", ("redundant_prefix: one",)
    ),
    "a plain twin of a unique index": Case(
        _PLAIN + "create unique index one on t (a); create index two on t (a);", ("duplicate: two",)
    ),
    "a plain twin of the primary key": Case(_PLAIN + "create index two on t (id);", ("duplicate: two",)),
    "two unique indexes": Case(
        _PLAIN + "create unique index one on t (a); create unique index two on t (a);", ("duplicate: two",)
    ),
    "one column, both directions": Case(
        _PLAIN + "create index one on t (a); create index two on t (a desc);", ("duplicate: two",)
    ),
    "two columns, one of them turned": Case(_PLAIN + "create index on t (a, b); create index on t (a, b desc);"),
    "another operator class": Case(_PLAIN + "create index on t (c); create index on t (c text_pattern_ops);"),
    "another method": Case(_PLAIN + "create index on t (a); create index on t using hash (a);"),
    "all rows and some": Case(_PLAIN + "create index on t (a); create index on t (a) where b > 0;"),
    "another collation": Case(_PLAIN + 'create index on t (c); create index on t (c collate "C");'),
    "nulls distinct and not": Case(
        _PLAIN + "create unique index on t (a); create unique index on t (a) nulls not distinct;", since=15
    ),
    "one twin is invalid": Case(
        _PLAIN + "create index one on t (a); create index two on t (a);" + _INVALID.format("two"), ("invalid: two",)
    ),
    "a unique beginning of another": Case(_PLAIN + "create unique index on t (a); create index on t (a, b);"),
    "another expression of one column": Case(_PLAIN + "create index on t (lower(c)); create index on t (upper(c), a);"),
    "expressions behind one column": Case(_PLAIN + "create index on t (a, lower(c)); create index on t (a, upper(c));"),
    "names that begin alike": Case(
        "create table t (id int primary key, name text, name_full text, c1 int, c10 int);"
        "create index on t (name); create index on t (name_full); create index on t (c1); create index on t (c10);"
    ),
    "the same key, one includes": Case(
        _PLAIN + "create index one on t (a); create index two on t (a) include (b);", ("redundant_prefix: one",)
    ),
    "a key of one is included by the other": Case(
        _PLAIN + "create index one on t (a, b); create index two on t (a) include (b);", ("redundant_prefix: two",)
    ),
    "twins that begin another": Case(
        _PLAIN + "create index one on t (a); create index two on t (a); create index three on t (a, b);",
        ("duplicate: two", "redundant_prefix: one"),
    ),
    "a twin of a unique index that begins another": Case(
        _PLAIN + "create unique index one on t (a); create index two on t (a); create index three on t (a, b);",
        ("duplicate: two",),
    ),
    "the beginning of twins": Case(
        _PLAIN + "create index one on t (a); create index two on t (a, b); create index three on t (a, b);",
        ("duplicate: three", "redundant_prefix: one"),
    ),
}

UNUSED = {
    "never read": Case(_BUSY + "create index i on t (a); insert into t values (0);", ("unused: i",)),
    "read once is not unused": Case(
        _BUSY + "create index i on t (a); analyze t; set enable_seqscan = off; select from t where a = 5;"
        "reset enable_seqscan;"
    ),
    "a plain unique index guards": Case(_BUSY + "create unique index i on t (a); insert into t values (0);"),
    "an exclusion constraint guards": Case(
        "create table t (id int primary key, r int4range, exclude using gist (r with &&));"
        "insert into t values (1, '[1,2)');"
    ),
    "the replica identity": Case(
        "create table t (id int primary key, a int not null); create unique index i on t (a);"
        "alter table t replica identity using index i; insert into t values (1, 1);"
    ),
    "the only cover of a foreign key": Case(
        _ONE + "create index i on t (a); insert into p values (1);insert into t values (1, 1);"
    ),
    "an index that does not begin with the key": Case(
        _ONE + "create index cover on t (a); create index i on t (x, a); insert into p values (1);"
        "insert into t values (1, 1);",
        ("unused: i",),
    ),
    "an index of the same table beside the key": Case(
        _ONE + "create index cover on t (a); create index i on t (x); insert into p values (1);"
        "insert into t values (1, 1);",
        ("unused: i",),
    ),
    "once for all partitions": Case(
        "create table t (id int, a int) partition by range (id);"
        "create table t1 partition of t for values from (0) to (9);"
        "create table t2 partition of t for values from (9) to (19);"
        "create index i on t (a); insert into t values (1, 1), (11, 1);",
        ("unused: i",),
    ),
    "an untouched table proves nothing": Case(_PLAIN + "create index i on t (a);"),
}

SECURITY = {
    "an exposed partitioned table": Case(
        "create table t (id int) partition by range (id);"
        "create table t1 partition of t for values from (0) to (9);"
        "grant select on t to public;" + _OPEN,
        ("rls_disabled_exposed_table: t",),
    ),
    "a table of an extension": Case(
        "create table t (id int primary key); grant select on t to public; alter extension plpgsql add table t;" + _OPEN
    ),
    "INSERT without SELECT": Case(
        "create table t (id int primary key); grant insert on t to public;" + _OPEN, ("rls_disabled_exposed_table: t",)
    ),
    "a partitioned table with a policy that is off": Case(
        "create table t (id int) partition by range (id); create policy own on t using (id = 1);",
        ("policy_without_rls: own",),
    ),
    "a call beside a wrapped one": Case(
        _UID + _NOTES + "create policy own on notes using (writer = (select uid()) or reader = uid());",
        ("policy_function_not_initplan: own",),
    ),
    "a call in a subquery that needs the row": Case(
        _UID + _NOTES + "create policy own on notes using (exists (select uid() where uid() = notes.writer));",
        ("policy_function_not_initplan: own",),
    ),
    "wrapped calls only": Case(
        _UID + _NOTES + "create policy own on notes using (writer = (select uid()) or reader = (select uid()));"
    ),
    "a restrictive policy beside a permissive one": Case(
        _NOTES + "create policy own on notes using (writer = current_user);"
        "create policy hours on notes as restrictive using (reader is not null);"
    ),
    "two permissive policies for one command": Case(
        _NOTES + "create policy own on notes for select using (writer = current_user);"
        "create policy shared on notes for select using (reader = current_user); grant select on notes to public;"
        + _OPEN,
        ("multiple_permissive_policies: notes",),
    ),
    "a body in standard SQL": Case("create function f() returns int return 1;", since=14),
    "a trivial function with its caller's rights": Case(
        "create function f() returns int language sql as 'select 1';"
        "create function g(float8) returns float8 language internal immutable as 'dsqrt';"
    ),
    "a function with its owner's rights": Case(
        "create function f() returns int language sql security definer as 'select 1';"
        "revoke all on function f() from public;",
        ("function_search_path_mutable: f",),
    ),
    "a view with its owner's rights, without any platform's roles": Case(
        _NOTES + "create policy own on notes using (writer = current_user);"
        "create view v as select * from notes; grant select on v to public;" + _OPEN,
        ("view_runs_as_owner: v",),
        since=15,
    ),
    "a view with its caller's rights": Case(
        _NOTES + "create policy own on notes using (writer = current_user);"
        "create view v with (security_invoker = true) as select * from notes; grant select on v to public;" + _OPEN,
        since=15,
    ),
}

SEQUENCES = {
    "a bigint sequence behind an integer column": Case(
        "create sequence s as bigint; create table t (id int primary key default nextval('s'));"
        "alter sequence s owned by t.id; select setval('s', 2000000000);",
        ("near_exhaustion: s",),
    ),
    "an identity column": Case(
        "create table t (id int generated always as identity primary key); select setval('t_id_seq', 2000000000);",
        ("near_exhaustion: t_id_seq",),
    ),
    "a smallint column": Case(
        "create table t (id smallserial primary key); select setval('t_id_seq', 30000);",
        ("near_exhaustion: t_id_seq",),
    ),
    "a bigint column beyond the integers": Case(
        "create table t (id bigint generated always as identity primary key); select setval('t_id_seq', 3000000000);"
    ),
    "a maximum of its own": Case("create sequence s maxvalue 1000; select setval('s', 950);", ("near_exhaustion: s",)),
    "a sequence that begins again": Case("create sequence s maxvalue 1000 cycle; select setval('s', 950);"),
}

OTHERS = {
    "a composite key of two types that match": Case(
        "create table p (a int, b text, primary key (a, b));"
        "create table t (id int primary key, a int, b text, constraint fk foreign key (a, b) references p);"
        "create index on t (a, b);"
    ),
    "an integer that refers to a bigint": Case(
        "create table p (id bigint primary key);"
        "create table t (id int primary key, a int, constraint fk foreign key (a) references p);"
        "create index on t (a);",
        ("foreign_key_type_mismatch: fk",),
    ),
    "a column that refers to itself": Case(
        "create table t (id int primary key, constraint fk foreign key (id) references t);",
        ("column_references_itself: fk",),
    ),
    "a tree refers to its own table": Case(
        "create table t (id int primary key, up int, constraint fk foreign key (up) references t on delete cascade);"
        "create index on t (up);"
    ),
    "a partitioned table without a primary key": Case(
        "create table t (id int) partition by range (id); create table t1 partition of t for values from (0) to (9);",
        ("missing_primary_key: t",),
    ),
    "a reserved word in small letters": Case(
        'create table "order" (id int primary key);', ("identifier_is_reserved_word: order",)
    ),
}

TABLES: dict[str, tuple[tuple[str, ...], dict[str, Case]]] = {
    "foreign keys": (("indexes/unindexed_foreign_key", "indexes/foreign_key_index_questionable"), FOREIGN_KEYS),
    "duplicates": (("indexes/duplicate", "indexes/redundant_prefix", "indexes/invalid"), DUPLICATES),
    "unused": (("indexes/unused",), UNUSED),
    "security": (
        (
            "security/rls_disabled_exposed_table", "security/policy_without_rls",
            "security/policy_function_not_initplan",
            "security/multiple_permissive_policies", "security/function_search_path_mutable",
            "security/view_runs_as_owner",
        ),
        SECURITY,
    ),
    "sequences": (("sequences/near_exhaustion",), SEQUENCES),
    "others": (
        (
            "constraints/foreign_key_type_mismatch", "constraints/column_references_itself",
            "constraints/missing_primary_key", "schema/identifier_is_reserved_word",
        ),
        OTHERS,
    ),
}  # fmt: skip
"""By table: the checks that are asked, and the cases."""
