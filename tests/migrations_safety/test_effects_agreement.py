"""Prediction against measurement: every case, every major; with a catalog exactly, without one no danger is missed."""

import pytest

from migrations_safety.effects.predict import apply
from migrations_safety.effects.world import World
from probes.sql.parse import ParseFailure, parse_statement
from tests.migrations_safety import agreement, danger
from tests.migrations_safety.oracle import MAJORS, load_cases

CATALOG_DECIDES = {
    "combined/create_then_reference": "the new table may have been filled meanwhile",
    "combined/insert_then_alter": "the inserting statement may look up duplicates",
    "combined/savepoint_after": "what a savepoint took back is not told apart by a rule",
    "index/move_all": "the indexes may be anywhere",
    "partition/create_if_not_exists": "the partition may not exist",
    "partition/primary_key_only": "the table may not be partitioned",
    "partition/default_emptied_and_create": "the default partition may have been filled again",
    "odd/later_primary_key_only": "the table may not be partitioned",
    "odd/x_partition_of_part_a_default_5_for_values_from_100_to_200": "there may be a default partition",
    "odd/x_partition_of_part_a_not_null_for_values_from_100_to_200": "there may be a default partition",
    "odd/hstore_alter_table_t_add_column_h_hstore": "a schema before the extension's may have a domain of that name",
    "odd/hstore_alter_table_t_add_column_h_hstore_default_hstore": "likewise",
    "odd/citext_alter_table_t_alter_a_type_citext": "the column may have an index, which is built anew",
}
"""Forms that are dangerous on no catalog of the case table, and on some that it does not have."""


def test_predicted_effects_agree_with_what_servers_did(pg_major: int) -> None:
    report = agreement.compare(pg_major, load_cases())
    assert report.total > 10_000
    assert report.found == {}


@pytest.mark.parametrize("major", MAJORS)
def test_no_dangerous_form_is_missed_without_a_catalog(major: int) -> None:
    forms = danger.forms_without_catalog(load_cases(), [major])
    assert [name for name, form in forms.items() if form.dangerous_in and not form.flagged] == []


def test_no_harmless_form_is_flagged_without_a_catalog() -> None:
    forms = danger.forms_without_catalog(load_cases(), MAJORS)
    assert set(danger.false_alarms(forms)) == set(CATALOG_DECIDES)


@pytest.mark.parametrize("major", MAJORS)
def test_no_statement_raises_without_a_catalog(major: int) -> None:
    world = World(None, major)
    for statement in {statement for case in load_cases() for statement in case.statements}:
        parsed = parse_statement(statement)
        if not isinstance(parsed, ParseFailure):
            apply(world, parsed)
