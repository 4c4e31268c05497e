"""The measurements show what lock_facts says of PostgreSQL: each test cites the fact it checks the harness against."""

import pytest

from tests.migrations_safety.oracle import MAJORS, Measurement, load_case, measured

ACCESS_SHARE = "ACCESS SHARE"
UPDATE_EXCLUSIVE = "SHARE UPDATE EXCLUSIVE"
SHARE = "SHARE"
ROW_EXCLUSIVE = "SHARE ROW EXCLUSIVE"
EXCLUSIVE = "ACCESS EXCLUSIVE"

every_major = pytest.mark.parametrize("major", MAJORS)
since_14 = pytest.mark.parametrize("major", MAJORS[1:])
before_18 = pytest.mark.parametrize("major", MAJORS[:-1])


def answer(name: str, major: int) -> Measurement:
    found = measured(load_case(name), major)
    assert found.refused is None, f"{name} was refused on {major}: {found.refused}"
    return found


def mode(name: str, major: int, relation: str) -> str | None:
    return answer(name, major).strongest().get(f"public.{relation}")


@every_major
def test_fact_1_moving_an_index_locks_the_index_and_not_the_table(major: int) -> None:
    assert answer("index/set_tablespace@rows", major).strongest() == {"public.t_b_idx": EXCLUSIVE}
    assert mode("index/reindex@rows", major, "t") == SHARE
    assert mode("index/reindex@rows", major, "t_b_idx") == EXCLUSIVE
    assert mode("partition/index_attach@partitioned_indexed", major, "t1_local") == EXCLUSIVE


@every_major
def test_fact_2_the_proof_of_not_null_is_gone_when_it_is_dropped_in_the_same_statement(major: int) -> None:
    assert answer("constraint/set_not_null_then_drop_proof@checked", major).scans == {"public.t"}
    assert answer("constraint/set_not_null_with_valid@checked", major).scans == set()
    assert answer("constraint/set_not_null_with_positive@checked", major).scans == set()
    assert answer("constraint/set_not_null_with_invalid@checked", major).scans == {"public.t"}
    assert answer("column/set_not_null_d@rows", major).scans == {"public.t"}


@every_major
def test_fact_3_a_primary_key_from_an_index_on_a_nullable_column_scans(major: int) -> None:
    nullable = answer("index/primary_key_from_nullable@keyed", major)
    assert nullable.scans == {"public.t"}
    assert nullable.strongest()["public.t"] == EXCLUSIVE
    assert answer("index/primary_key_from_checked@keyed", major).scans == set()
    assert answer("index/primary_key_from_not_null@keyed", major).scans == set()


@every_major
def test_fact_4_validating_in_the_transaction_that_adds_gains_nothing(major: int) -> None:
    for name in ("not_valid_and_validate", "not_valid_then_validate", "validate_and_add_column"):
        assert mode(f"combined/{name}@rows", major, "t") == EXCLUSIVE
    assert answer("combined/not_valid_and_validate@rows", major).scans == {"public.t"}
    together = answer("combined/foreign_key_not_valid_and_validate@rows", major)
    assert together.scans == {"public.t", "public.p"}
    assert together.strongest()["public.t"] == together.strongest()["public.p"] == ROW_EXCLUSIVE


@every_major
def test_fact_5_a_column_with_a_check_scans_the_table(major: int) -> None:
    for name in ("add_check", "add_check_true", "add_check_default"):
        assert answer(f"column/{name}@rows", major).scans == {"public.t"}
    assert answer("combined/add_column_and_check_not_valid@rows", major).scans == set()


@every_major
def test_fact_6_a_domain_with_a_check_rewrites(major: int) -> None:
    assert answer("column/add_domain_check@rows", major).rewrites == {"public.t"}
    assert answer("column/add_domain_plain@rows", major).rewrites == set()
    assert answer("column/add_domain_default@rows", major).rewrites == set()


@every_major
def test_fact_7_a_referencing_column_without_default_is_not_validated(major: int) -> None:
    plain = answer("column/add_references@rows", major)
    assert plain.scans | plain.index_scans == set()
    assert (plain.strongest()["public.t"], plain.strongest()["public.p"]) == (EXCLUSIVE, ROW_EXCLUSIVE)
    assert answer("column/add_references_default@rows", major).scans == {"public.t", "public.p"}


@every_major
def test_fact_8_volatility_is_decided_after_inlining(major: int) -> None:
    assert answer("column/add_default_volatile@rows", major).rewrites == {"public.t"}
    for name in (
        "add_default_volatile_inlined",
        "add_default_now",
        "add_default_current_user",
        "add_default_stable_function",
    ):
        assert answer(f"column/{name}@rows", major).rewrites == set()


CHEAP_TYPES = (
    "retype/varchar_to_text@bare",
    "retype/text_to_varchar@bare",
    "retype/numeric_precision@rows",
    "retype/numeric_unbounded@rows",
    "retype/int_to_oid@rows",
    "retype/int_using_same@rows",
    "retype/int_to_domain_plain@rows",
    "retype/timestamp_precision@rows",
    "retype/timestamp_to_timestamptz@rows",
    "retype/bit_varying_wider@many_types",
    "retype/cidr_to_inet@many_types",
    "retype/citext@many_types",
    "retype/from_citext@many_types",
    "retype/interval_precision@many_types",
    "retype/time_precision@many_types",
    "retype/domain_to_base@many_types",
)


@every_major
@pytest.mark.parametrize("name", CHEAP_TYPES)
def test_fact_9_types_changed_without_a_rewrite(name: str, major: int) -> None:
    assert answer(name, major).rewrites == set()


@every_major
@pytest.mark.parametrize(
    "name",
    [
        "retype/int_to_bigint@rows",
        "retype/timestamp_to_timestamptz_other_zone@rows",
        "retype/timestamp_to_timestamptz_using@rows",
        "retype/varchar_array_wider@many_types",
        "retype/varchar_array_to_text@many_types",
        "retype/char_wider@many_types",
    ],
)
def test_fact_9_types_changed_with_a_rewrite(name: str, major: int) -> None:
    assert answer(name, major).rewrites == {"public.t"}


@every_major
def test_fact_9_indexes_are_rebuilt_where_the_operator_class_collation_or_expression_changes(major: int) -> None:
    assert answer("retype/citext@many_types", major).builds == {"public.t_txt"}
    wider = answer("retype/varchar_wider@indexed", major)
    assert wider.builds == {"public.t_c_expression"}
    assert wider.rewrites == set()
    assert answer("retype/varchar_wider@checked", major).scans == {"public.t"}
    assert answer("retype/varchar_wider@rows", major).scans == set()


@every_major
def test_fact_10_the_partner_of_a_foreign_key_is_locked_for_reading_too(major: int) -> None:
    wider = answer("retype/varchar_wider@fk_varchar", major)
    assert wider.rewrites == set()
    assert wider.strongest()["public.q"] == EXCLUSIVE
    for name in ("constraint/drop_foreign_key", "column/drop_column", "constraint/drop_referencing_table"):
        assert mode(f"{name}@fk_out", major, "p") == EXCLUSIVE


@every_major
def test_fact_11_new_tables_block_existing_ones(major: int) -> None:
    assert mode("table/create_references@rows", major, "t") == ROW_EXCLUSIVE
    created = answer("partition/create_free@partitioned_default", major)
    assert (created.strongest()["public.t"], created.strongest()["public.td"]) == (EXCLUSIVE, EXCLUSIVE)
    assert created.scans == {"public.td"}
    attached = answer("partition/create_like_then_attach@partitioned_default", major)
    assert (attached.strongest()["public.t"], attached.strongest()["public.td"]) == (UPDATE_EXCLUSIVE, EXCLUSIVE)


@every_major
def test_fact_12_attaching_scans_the_default_partition_unless_it_excludes_the_range(major: int) -> None:
    assert answer("partition/attach_checked@partitioned_default", major).scans == {"public.td"}
    assert answer("partition/attach_checked@partitioned_default_checked", major).scans == set()
    bare = answer("partition/attach_bare@partitioned", major)
    assert bare.builds == {"public.cand_bare_b_idx", "public.cand_bare_pkey"}
    assert bare.strongest()["public.cand_bare"] == EXCLUSIVE
    assert mode("partition/attach_bare@partitioned_fk_out", major, "p") == ROW_EXCLUSIVE


@since_14
def test_fact_13_detach_concurrently_locks_the_partition_for_reading(major: int) -> None:
    found = answer("concurrent/detach@partitioned_fk_out", major)
    assert (found.strongest()["public.t1"], found.strongest()["public.p"]) == (EXCLUSIVE, ROW_EXCLUSIVE)
    assert measured(load_case("concurrent/detach@partitioned_default"), major).refused is not None


@every_major
def test_fact_13_detach_locks_the_partition_weakly_on_13_only(major: int) -> None:
    for world in ("partitioned_bare", "partitioned_bare_default"):
        found = answer(f"partition/detach@{world}", major).strongest()
        assert found["public.t"] == EXCLUSIVE
        assert found["public.t1"] == (UPDATE_EXCLUSIVE if major == 13 else EXCLUSIVE)
    assert mode("partition/detach@partitioned_default", major, "td") == EXCLUSIVE
    # A row trigger of the parent is dropped from the partition, which blocks its readers on 13 too.
    assert mode("partition/detach@partitioned", major, "t1") == EXCLUSIVE
    assert mode("partition/detach@partitioned_fk_out", major, "p") == ROW_EXCLUSIVE


@since_14
def test_fact_14_reindex_concurrently_of_a_partitioned_table_takes_share_on_the_partitions(major: int) -> None:
    assert mode("concurrent/reindex_table@partitioned", major, "t1") == SHARE
    assert mode("concurrent/reindex_table@partitioned", major, "t") == UPDATE_EXCLUSIVE


@every_major
def test_fact_15_if_exists_does_not_avoid_the_lock(major: int) -> None:
    for name in (
        "column/add_if_not_exists_present",
        "column/drop_if_exists_missing",
        "constraint/drop_if_exists_missing",
    ):
        assert mode(f"{name}@rows", major, "t") == EXCLUSIVE
    assert mode("index/create_if_not_exists_present@rows", major, "t") == SHARE
    for name in (
        "maintenance/drop_table_if_exists_missing",
        "index/drop_if_exists_missing",
        "table/create_if_not_exists_present",
    ):
        assert answer(f"{name}@rows", major).locks == {}


@every_major
def test_fact_16_checks_on_a_domain_scan_its_users(major: int) -> None:
    for name in ("domain_add_check", "domain_set_not_null", "domain_validate"):
        found = answer(f"dependents/{name}@domain_column", major)
        assert found.strongest() == {"public.t": SHARE}
        assert found.scans == {"public.t"}


@every_major
def test_fact_17_renames(major: int) -> None:
    assert mode("index/rename@rows", major, "t_b_idx") == UPDATE_EXCLUSIVE
    assert mode("index/rename_as_table@rows", major, "t_b_idx") == EXCLUSIVE
    assert mode("constraint/rename@rows", major, "t") == EXCLUSIVE
    assert mode("table/rename_trigger@rows", major, "t") == EXCLUSIVE
    assert mode("dependents/rename_policy@policied", major, "t") == EXCLUSIVE
    assert mode("options/rename_rule@ruled", major, "t") == EXCLUSIVE


@every_major
def test_fact_18_triggers_and_what_cascade_reaches(major: int) -> None:
    for name in ("table/create_trigger", "options/enable_trigger", "options/disable_trigger"):
        assert mode(f"{name}@rows", major, "t") == ROW_EXCLUSIVE
    for name in ("table/drop_trigger", "table/drop_trigger_function_cascade", "maintenance/reassign_owned"):
        assert mode(f"{name}@rows", major, "t") == EXCLUSIVE
    assert mode("dependents/enum_drop_cascade@enum_column", major, "t") == EXCLUSIVE


@every_major
def test_fact_19_storage_parameters(major: int) -> None:
    assert mode("options/set_fillfactor@rows", major, "t") == UPDATE_EXCLUSIVE
    assert mode("options/set_user_catalog_table@rows", major, "t") == EXCLUSIVE
    assert mode("column/set_storage@rows", major, "t") == EXCLUSIVE
    assert mode("column/set_storage@rows", major, "t_b_idx") == EXCLUSIVE


@every_major
def test_fact_20_vacuum_truncates_under_a_short_exclusive_lock(major: int) -> None:
    assert mode("maintenance/vacuum@bloated", major, "t") == EXCLUSIVE
    assert mode("maintenance/vacuum_truncate_off@bloated", major, "t") == UPDATE_EXCLUSIVE
    assert mode("options/comment@rows", major, "t") == UPDATE_EXCLUSIVE
    assert mode("column/comment@rows", major, "t") == UPDATE_EXCLUSIVE
    assert mode("constraint/comment@rows", major, "t") == ACCESS_SHARE


@every_major
def test_fact_21_grants_lock_the_table_on_18(major: int) -> None:
    for name in ("grant", "grant_column", "revoke"):
        assert answer(f"options/{name}@rows", major).strongest() == ({"public.t": ACCESS_SHARE} if major == 18 else {})


@every_major
def test_fact_21_unique_on_a_partitioned_table_locks_partitions_for_reading_on_18(major: int) -> None:
    found = answer("constraint/add_unique_with_key@partitioned", major)
    assert found.strongest()["public.t1"] == (EXCLUSIVE if major == 18 else SHARE)
    assert found.builds == {"public.t1_id_f_key", "public.t2_id_f_key"}
    assert found.scans == {"public.t1", "public.t2"}


def test_fact_21_what_is_new_on_18() -> None:
    assert answer("column/add_generated_virtual@rows", 18).scans == set()
    assert answer("column/add_generated_virtual_not_null@rows", 18).scans == {"public.t"}
    assert answer("column/set_not_null@not_null_not_valid", 18).scans == {"public.t"}
    validated = answer("constraint/validate_not_null@not_null_not_valid", 18)
    assert validated.strongest()["public.t"] == UPDATE_EXCLUSIVE
    assert answer("constraint/add_foreign_key_not_valid@partitioned", 18).scans == set()
    enforced = answer("constraint/enforce_foreign_key@not_enforced", 18)
    assert (enforced.strongest()["public.t"], enforced.strongest()["public.p"]) == (EXCLUSIVE, ROW_EXCLUSIVE)
    assert enforced.scans == {"public.t", "public.p"}


@before_18
def test_fact_21_a_foreign_key_of_a_partitioned_table_cannot_be_not_valid_before_18(major: int) -> None:
    assert measured(load_case("constraint/add_foreign_key_not_valid@partitioned"), major).refused == "42809"


@every_major
def test_fact_22_attributes_and_enum_values_lock_no_table(major: int) -> None:
    assert answer("dependents/composite_add_attribute@enum_column", major).locks == {}
    added = answer("dependents/enum_add_value@enum_column", major)
    assert added.locks == {}
    assert not added.requires_no_transaction


@every_major
def test_version_table_truncating_a_partition(major: int) -> None:
    found = answer("partition/truncate_partition@partitioned", major)
    assert found.strongest().get("public.t") == (ACCESS_SHARE if major == 13 else None)
    assert found.strongest()["public.t1"] == EXCLUSIVE
    assert found.rewrites == {"public.t1"}


@every_major
def test_version_table_reindexing_a_partitioned_table(major: int) -> None:
    found = answer("index/reindex_table@partitioned", major)
    assert found.strongest()["public.t"] == SHARE
    assert found.strongest().get("public.t1") == (None if major == 13 else SHARE)
    assert found.requires_no_transaction == (major > 13)
