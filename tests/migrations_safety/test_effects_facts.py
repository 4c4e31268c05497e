"""What linters get wrong and servers of every major were measured to do, each as a sentence."""

import pytest

from migrations_safety.effects import Conditional, Reason, Role
from migrations_safety.effects.world import World
from tests.migrations_safety.imagined import database, effects, locks, names

AE, SRE, SHARE, SUE = "ACCESS EXCLUSIVE", "SHARE ROW EXCLUSIVE", "SHARE", "SHARE UPDATE EXCLUSIVE"
TABLE = """
create table p (id int primary key, n text);
create table t (id int primary key, a int, b text, c varchar(10), e timestamp);
create index t_b_idx on t (b);
"""
PARTITIONED = """
create table p (id int primary key);
create table t (id int not null, a int) partition by range (id);
create table t1 partition of t for values from (1) to (10);
create table td partition of t default;
"""


def test_index_is_locked_and_its_table_is_not_when_it_moves_to_another_tablespace() -> None:
    found = effects(World(None, 16), "alter index i set tablespace fast")
    assert locks(found) == {"i": AE}
    assert found.locks[0].role is Role.INDEX


def test_set_not_null_with_a_proving_check_reads_nothing() -> None:
    world = database(TABLE + "alter table t add constraint c check (a is not null and a > 0);")
    assert names(effects(world, "alter table t alter a set not null").scans) == set()


def test_set_not_null_reads_the_table_when_the_proof_is_dropped_in_the_same_statement() -> None:
    world = database(TABLE + "alter table t add constraint c check (a is not null);")
    found = effects(world, "alter table t alter a set not null, drop constraint c")
    assert names(found.scans) == {"t"}


def test_check_that_null_passes_proves_nothing() -> None:
    world = database(TABLE + "alter table t add constraint c check (a > 0);")
    assert names(effects(world, "alter table t alter a set not null").scans) == {"t"}


def test_check_that_is_not_valid_proves_nothing() -> None:
    world = database(TABLE + "alter table t add constraint c check (a is not null) not valid;")
    assert names(effects(world, "alter table t alter a set not null").scans) == {"t"}


def test_primary_key_using_index_reads_the_table_when_a_column_is_nullable() -> None:
    world = database(TABLE + "create table q (x int); create unique index q_x on q (x);")
    assert names(effects(world, "alter table q add primary key using index q_x").scans) == {"q"}


def test_validating_in_the_statement_that_adds_the_check_holds_the_strong_lock() -> None:
    found = effects(database(TABLE), "alter table t add constraint c check (a > 0) not valid, validate constraint c")
    assert locks(found) == {"t": AE}
    assert names(found.scans) == {"t"}


def test_new_column_with_a_check_reads_the_table_even_when_every_row_is_null() -> None:
    assert names(effects(database(TABLE), "alter table t add x int check (x > 0)").scans) == {"t"}


def test_new_column_of_a_constrained_domain_writes_the_table_anew() -> None:
    world = database(TABLE + "create domain positive as int check (value > 0); create domain plain as int;")
    assert names(effects(world, "alter table t add x positive").rewrites) == {"t"}
    assert names(effects(world, "alter table t add y plain").rewrites) == set()


def test_new_foreign_key_column_without_default_locks_both_tables_and_reads_none() -> None:
    found = effects(database(TABLE), "alter table t add x int references p")
    assert locks(found) == {"t": AE, "p": SRE}
    assert found.scans == ()


def test_volatile_sql_function_that_is_inlined_to_a_constant_writes_nothing() -> None:
    world = database(
        TABLE
        + "create function one() returns int volatile language sql as 'select 1';"
        + "create function two() returns int volatile language plpgsql as 'begin return 2; end';"
    )
    assert names(effects(world, "alter table t add x int default one()").rewrites) == set()
    assert names(effects(world, "alter table t add y int default two()").rewrites) == {"t"}


@pytest.mark.parametrize("default", ["now()", "current_user", "'x'::text", "1 + 2"])
def test_stable_default_writes_nothing(default: str) -> None:
    assert effects(database(TABLE), f"alter table t add x text default {default}").rewrites == ()


@pytest.mark.parametrize("default", ["clock_timestamp()::text", "random()::text", "gen_random_uuid()::text"])
def test_volatile_default_writes_the_table_and_its_indexes(default: str) -> None:
    found = effects(database(TABLE), f"alter table t add x text default {default}")
    assert names(found.rewrites) == {"t"}
    assert names(found.index_builds) == {"t_pkey", "t_b_idx"}


@pytest.mark.parametrize("column", ["c type varchar(20)", "c type text", "b type varchar", "e type timestamp(6)"])
def test_widening_writes_nothing(column: str) -> None:
    found = effects(database(TABLE), f"alter table t alter {column}")
    assert (found.rewrites, found.scans, found.index_builds) == ((), (), ())


@pytest.mark.parametrize("column", ["a type bigint", "c type varchar(5)", "c type char(20)", "a type text"])
def test_computing_values_writes_the_table(column: str) -> None:
    assert names(effects(database(TABLE), f"alter table t alter {column}").rewrites) == {"t"}


def test_timestamp_becomes_timestamptz_for_free_in_utc_only() -> None:
    statement = "alter table t alter e type timestamptz"
    assert effects(database(TABLE), statement).rewrites == ()
    assert names(effects(database(TABLE, timezone="Europe/Berlin"), statement).rewrites) == {"t"}


def test_widening_rebuilds_expression_indexes_and_checks_again() -> None:
    world = database(
        TABLE + "create index low on t (lower(c)); create index part on t (id) where c <> 'x';"
        "create index plain on t (c); alter table t add constraint k check (length(c) > 0);"
    )
    found = effects(world, "alter table t alter c type varchar(20)")
    assert names(found.index_builds) == {"low", "part"}
    assert names(found.scans) == {"t"}
    assert found.rewrites == ()


def test_retyping_a_foreign_key_column_locks_the_partner_as_strongly() -> None:
    world = database("create table q (c varchar(10) primary key); create table t (id int, c varchar(10) references q);")
    assert locks(effects(world, "alter table t alter c type varchar(20)"))["q"] == AE


def test_dropping_the_referencing_table_locks_the_referenced_one() -> None:
    world = database(TABLE + "alter table t add foreign key (a) references p;")
    assert locks(effects(world, "drop table t")) == {"t": AE, "p": AE, "t_pkey": AE, "t_b_idx": AE}


def test_new_partition_blocks_parent_and_default_partition_and_reads_the_latter() -> None:
    found = effects(database(PARTITIONED), "create table t2 partition of t for values from (10) to (20)")
    assert locks(found) == {"t": AE, "td": AE}
    assert names(found.scans) == {"td"}


def test_attaching_needs_a_check_on_the_default_partition_as_well() -> None:
    script = PARTITIONED + "create table c (id int not null, a int);"
    statement = "alter table t attach partition c for values from (10) to (20)"
    checked = "alter table c add constraint b check (id >= 10 and id < 20);"
    excluded = "alter table td add constraint o check (id >= 1000);"
    assert names(effects(database(script), statement).scans) == {"c", "td"}
    assert names(effects(database(script + checked), statement).scans) == {"td"}
    assert names(effects(database(script + checked + excluded), statement).scans) == set()
    assert locks(effects(database(script), statement)) == {"t": SUE, "c": AE, "td": AE}


def test_detach_locks_the_partition_weakly_on_13_only() -> None:
    statement = "alter table t detach partition t1"
    assert locks(effects(database(PARTITIONED, major=13), statement)) == {"t": AE, "t1": SUE, "td": AE}
    assert locks(effects(database(PARTITIONED, major=14), statement)) == {"t": AE, "t1": AE, "td": AE}


def test_detach_concurrently_is_refused_beside_a_default_partition() -> None:
    found = effects(database(PARTITIONED), "alter table t detach partition t1 concurrently")
    assert found.refusal is not None
    assert found.refusal.sqlstate == "55000"


@pytest.mark.parametrize(
    ("statement", "mode"),
    [
        ("alter table t add column if not exists a int", AE),
        ("alter table t drop column if exists x", AE),
        ("alter table t drop constraint if exists x", AE),
        ("create index if not exists t_b_idx on t (a)", SHARE),
    ],
)
def test_if_exists_does_not_avoid_the_lock(statement: str, mode: str) -> None:
    found = effects(database(TABLE), statement)
    assert locks(found) == {"t": mode}
    assert found.scans == ()


def test_drop_of_a_missing_table_locks_nothing() -> None:
    assert effects(database(TABLE), "drop table if exists nothing").locks == ()


def test_constraint_on_a_domain_reads_every_table_that_uses_it() -> None:
    world = database("create domain d as int; create table t (x d); create table u (y d, z int);")
    found = effects(world, "alter domain d add constraint c check (value > 0)")
    assert locks(found) == {"t": SHARE, "u": SHARE}
    assert names(found.scans) == {"t", "u"}


def test_storage_parameters_lock_weakly_and_one_strongly() -> None:
    assert locks(effects(database(TABLE), "alter table t set (fillfactor = 70)")) == {"t": SUE}
    assert locks(effects(database(TABLE), "alter table t set (user_catalog_table = true)")) == {"t": AE}


def test_virtual_generated_column_changes_the_catalog_only() -> None:
    world = database(TABLE, major=18)
    assert effects(world, "alter table t add v int generated always as (a + 1) virtual").rewrites == ()
    assert names(effects(world, "alter table t add s int generated always as (a + 1) stored").rewrites) == {"t"}


def test_grant_opens_the_table_from_18_on() -> None:
    statement = "grant select on t to public"
    assert locks(effects(database(TABLE, major=17), statement)) == {}
    assert locks(effects(database(TABLE, major=18), statement)) == {"t": "ACCESS SHARE"}


def test_without_a_catalog_the_type_change_is_said_to_depend_on_it() -> None:
    found = effects(World(None, 16), "alter table t alter c type varchar(20)")
    (rewrite,) = found.rewrites
    assert isinstance(rewrite.when, Conditional)
    assert rewrite.when.reason is Reason.NO_CATALOG


def test_table_made_in_the_transaction_is_new_and_its_partner_is_not() -> None:
    world = database(TABLE)
    effects(world, "create table mine (id int primary key, a int)")
    found = effects(world, "alter table mine add foreign key (a) references p")
    new = {lock.relation.name: lock.relation.is_new for lock in found.locks}
    assert new["mine"] is True
    assert new["p"] is False


def test_not_null_constraint_that_no_catalog_lists_is_dropped_by_its_default_name() -> None:
    world = database("create table t (id int, a int not null);", major=18)
    assert effects(world, "alter table t drop constraint t_a_not_null").refusal is None
    assert names(effects(world, "alter table t alter a set not null").scans) == {"t"}


def test_trigger_may_call_a_function_that_every_server_has() -> None:
    world = database(TABLE)
    head = "create trigger g before update on t for each row execute function"
    assert effects(world, f"{head} suppress_redundant_updates_trigger()").refusal is None
    refusal = effects(world, f"{head} my.suppress_redundant_updates_trigger()").refusal
    assert refusal is not None
    assert refusal.sqlstate == "42883"


def test_set_not_null_after_a_check_that_the_script_proved_reads_nothing_without_a_catalog() -> None:
    world = World(None, 16)
    effects(world, "alter table t add constraint c check (a is not null) not valid")
    assert effects(world, "alter table t alter a set not null").scans
    effects(world, "alter table t validate constraint c")
    assert effects(world, "alter table t alter a set not null").scans == ()
