"""The files of measurements: they can be read back, and say which majors they speak of."""

from hypothesis import given
from hypothesis import strategies as st

from tests.migrations_safety.oracle import MAJORS, load_cases
from tests.migrations_safety.oracle.measured import majors_of, pack, read_area, span_of, unpack


@given(st.sets(st.sampled_from(MAJORS), min_size=1))
def test_a_span_of_majors_reads_back_as_the_same_majors(majors: set[int]) -> None:
    assert majors_of(span_of(majors)) == sorted(majors)


def test_every_measurement_reads_back_as_written() -> None:
    found = [found for case in load_cases() for found in read_area(case.area).get(case.name, {}).values()]
    assert found
    assert all(unpack(pack(measurement)) == measurement for measurement in found)


def test_every_case_is_measured_on_every_major_where_it_exists() -> None:
    missing = [
        f"{case.name} on {major}"
        for case in load_cases()
        for major in case.majors
        if major not in read_area(case.area).get(case.name, {})
    ]
    assert missing == []


def test_case_names_are_unique() -> None:
    names = [case.name for case in load_cases()]
    assert len(names) == len(set(names))
