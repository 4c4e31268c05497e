"""What becomes of a finding, case by case as the states are defined."""

from __future__ import annotations

import pytest

from pgaudit.store.objects import is_in_scope
from pgaudit.store.states import Coverage, Followed, Sighting, State, Tracked, follow
from probes.catalog.scope import Scope
from probes.finding import ObjectRef, Severity, Skip

ORDERS = ObjectRef("table", "orders", "public")
CHECK = "vacuum/table_bloat_estimated"


def seen(**changes: object) -> Sighting:
    given: dict[str, object] = {
        "fingerprint": "v1:a",
        "check": CHECK,
        "object": ORDERS,
        "severity": Severity.MEDIUM,
        "magnitude": 0.5,
        "unit": "wasted_ratio",
        "object_oid": 1234,
    }
    return Sighting(**(given | changes))  # type: ignore[arg-type]


def known(**changes: object) -> Tracked:
    given: dict[str, object] = {
        "fingerprint": "v1:a",
        "check": CHECK,
        "object": ORDERS,
        "severity": Severity.MEDIUM,
        "state": State.UNCHANGED,
        "magnitude": 0.5,
        "object_oid": 1234,
    }
    return Tracked(**(given | changes))  # type: ignore[arg-type]


def after(before: list[Tracked], now: list[Sighting], **coverage: object) -> list[Followed]:
    given: dict[str, object] = {"checked": frozenset({CHECK})}
    return follow(before, now, Coverage(**(given | coverage)))  # type: ignore[arg-type]


def state_of(before: list[Tracked], now: list[Sighting], **coverage: object) -> State:
    (one,) = after(before, now, **coverage)
    return one.state


def test_what_was_not_there_before_is_new() -> None:
    assert state_of([], [seen()]) is State.NEW


def test_what_was_there_before_is_unchanged() -> None:
    assert state_of([known()], [seen()]) is State.UNCHANGED


def test_a_higher_severity_is_worse_and_a_lower_one_better() -> None:
    assert state_of([known()], [seen(severity=Severity.HIGH)]) is State.WORSE
    assert state_of([known()], [seen(severity=Severity.LOW)]) is State.BETTER


def test_a_number_must_move_by_a_fifth() -> None:
    assert state_of([known()], [seen(magnitude=0.59)]) is State.UNCHANGED
    assert state_of([known()], [seen(magnitude=0.61)]) is State.WORSE
    assert state_of([known()], [seen(magnitude=0.39)]) is State.BETTER


def test_a_number_that_creeps_is_worse_in_the_end() -> None:
    magnitude: float | None = 0.5
    states: list[State] = []
    for now in (0.55, 0.59, 0.62, 0.66):
        (one,) = after([known(magnitude=magnitude)], [seen(magnitude=now)])
        states.append(one.state)
        magnitude = one.magnitude
    assert states == [State.UNCHANGED, State.UNCHANGED, State.WORSE, State.UNCHANGED]


def test_a_small_absolute_move_is_noise_however_large_in_proportion() -> None:
    assert state_of([known(magnitude=0.01)], [seen(magnitude=0.025)]) is State.UNCHANGED


def test_what_its_check_no_longer_sees_is_fixed() -> None:
    assert state_of([known()], [], exists=lambda _object: True) is State.FIXED


def test_what_has_no_object_any_more_is_gone() -> None:
    assert state_of([known()], [], exists=lambda _object: False) is State.GONE


def test_a_check_that_did_not_run_says_nothing() -> None:
    (one,) = after([known()], [], checked=frozenset())
    assert (one.state, one.reason) == (State.NOT_CHECKED, "its check did not run")


def test_a_skipped_check_gives_its_reason_and_what_it_needs() -> None:
    skip = Skip(CHECK, "permission denied", "pg_monitor")
    (one,) = after([known()], [], checked=frozenset(), skips=(skip,))
    assert (one.state, one.reason) == (State.NOT_CHECKED, "permission denied (needs pg_monitor)")


@pytest.mark.parametrize(
    "skipped",
    [ORDERS, ObjectRef("schema", "public")],
    ids=["the object", "its schema"],
)
def test_an_object_that_could_not_be_judged_is_not_fixed(skipped: ObjectRef) -> None:
    assert state_of([known()], [], skips=(Skip(CHECK, "locked", object=skipped),)) is State.NOT_CHECKED


def test_a_column_of_a_table_that_could_not_be_judged_is_not_fixed() -> None:
    column = known(object=ObjectRef("column", "note", "public", "orders"))
    assert state_of([column], [], skips=(Skip(CHECK, "locked", object=ORDERS),)) is State.NOT_CHECKED


def test_another_object_that_could_not_be_judged_does_not_matter() -> None:
    other = Skip(CHECK, "locked", object=ObjectRef("table", "other", "public"))
    assert state_of([known()], [], skips=(other,)) is State.FIXED


def test_what_the_run_was_not_to_look_at_is_neither_fixed_nor_gone() -> None:
    assert state_of([known()], [], in_scope=lambda _object: False) is State.NOT_CHECKED
    assert state_of([known()], [], in_scope=lambda _: False, exists=lambda _: False) is State.NOT_CHECKED


@pytest.mark.parametrize(
    ("scope", "one", "is_in"),
    [
        (Scope(), ORDERS, True),
        (Scope(include_schemas=("app*",)), ORDERS, False),
        (Scope(include_schemas=("app*",)), ObjectRef("schema", "app2"), True),
        (Scope(exclude_schemas=("public",)), ObjectRef("function", "f()", "public"), False),
        (Scope(exclude_schemas=("public",)), ObjectRef("role", "public"), True),
        (Scope(exclude_tables=("public.ord*",)), ORDERS, False),
        (Scope(exclude_tables=("public.ord*",)), ObjectRef("index", "i", "public", "orders"), False),
        (Scope(exclude_tables=("public.ord*",)), ObjectRef("index", "orders_i", "public", "lines"), True),
        (Scope(exclude_tables=("public.ord*",)), ObjectRef("function", "order_f()", "public"), True),
    ],
)
def test_an_object_is_looked_at_where_its_schema_and_its_table_are(
    scope: Scope, one: ObjectRef, *, is_in: bool
) -> None:
    assert is_in_scope(scope, one) is is_in


def test_what_was_not_checked_keeps_what_was_known() -> None:
    (one,) = after([known(severity=Severity.HIGH, magnitude=0.7)], [], checked=frozenset())
    assert (one.severity, one.magnitude, one.is_seen) == (Severity.HIGH, 0.7, False)


def test_after_a_night_without_a_check_it_is_compared_with_the_night_before() -> None:
    unseen = known(state=State.NOT_CHECKED)
    assert state_of([unseen], [seen()]) is State.UNCHANGED
    assert state_of([unseen], [seen(severity=Severity.HIGH)]) is State.WORSE
    assert state_of([unseen], []) is State.FIXED


@pytest.mark.parametrize("closed", [State.FIXED, State.GONE])
def test_what_comes_back_is_reopened(closed: State) -> None:
    assert state_of([known(state=closed)], [seen()]) is State.REOPENED


def test_what_is_closed_and_stays_away_is_not_told_again() -> None:
    assert after([known(state=State.FIXED)], []) == []


def test_what_was_accepted_is_suppressed_whatever_its_number_does() -> None:
    assert state_of([known()], [seen(suppressed=True, magnitude=0.9)]) is State.SUPPRESSED


def test_an_acceptance_that_ended_leaves_it_open_but_not_new() -> None:
    assert state_of([known(state=State.SUPPRESSED)], [seen()]) is State.UNCHANGED


def test_counters_that_began_anew_neither_fix_nor_worsen_what_rests_on_them() -> None:
    restarted = {"counters_restarted": True, "usage_checks": frozenset({CHECK})}
    assert state_of([known()], [], **restarted) is State.NOT_CHECKED
    assert state_of([known()], [seen(magnitude=0.9)], **restarted) is State.UNCHANGED


def test_counters_that_began_anew_do_not_matter_to_what_is_read_from_the_catalog() -> None:
    assert state_of([known()], [], counters_restarted=True) is State.FIXED


def test_another_version_of_the_tool_fixes_nothing_in_its_first_run() -> None:
    (first,) = after([known()], [], same_tool=False)
    assert first.state is State.NOT_CHECKED
    (second,) = after([known(state=first.state, absent_runs=first.absent_runs)], [])
    assert (second.state, second.reason) == (State.FIXED, "another version of pgaudit no longer reports it")


def test_a_renamed_object_keeps_its_history() -> None:
    renamed = seen(fingerprint="v1:b", object=ObjectRef("table", "purchases", "public"))
    (one,) = after([known()], [renamed])
    assert (one.state, one.moved_from, one.reason) == (State.UNCHANGED, "v1:a", "was public.orders")


def test_a_renamed_object_that_is_worse_says_so() -> None:
    renamed = seen(fingerprint="v1:b", object=ObjectRef("table", "purchases", "public"), severity=Severity.CRITICAL)
    (one,) = after([known()], [renamed])
    assert (one.state, one.moved_from) == (State.WORSE, "v1:a")


def test_the_same_oid_in_another_database_is_no_rename() -> None:
    renamed = seen(fingerprint="v1:b", object=ObjectRef("table", "purchases", "public"))
    states = {one.state for one in after([known()], [renamed], same_cluster=False, exists=lambda _object: False)}
    assert states == {State.NEW, State.GONE}


def test_two_that_could_be_meant_are_no_rename() -> None:
    twins = [known(), known(fingerprint="v1:twin")]
    renamed = seen(fingerprint="v1:b", object=ObjectRef("table", "purchases", "public"))
    found = {one.fingerprint: one.state for one in after(twins, [renamed])}
    assert found == {"v1:b": State.NEW, "v1:a": State.FIXED, "v1:twin": State.FIXED}
