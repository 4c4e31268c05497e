"""What rules say of danger, with a catalog, against what servers did: each case of the oracle on one of the majors."""

from collections.abc import Iterator
from fnmatch import fnmatch

from migrations_safety.judging import Judging, Verdict
from migrations_safety.rule import Profile
from migrations_safety.script.model import ScriptText, Wrapping
from migrations_safety.script.reader import read_script
from migrations_safety.timeline import Timeline
from probes.catalog.catalog import Catalog
from tests.migrations_safety.danger import is_dangerous
from tests.migrations_safety.oracle import MAJORS, Case, Measurement, NotMeasuredError, load_cases, measured
from tests.migrations_safety.oracle.model import Where
from tests.migrations_safety.worlds import catalogs

HARMLESS = {
    "*truncate*": "what is read is an empty file",
    "column/add_not_null@*empty": "what is read is an empty table: with a row the server refuses",
    "*no_data": "what is written is an empty file",
    "dependents/matview_*": "nobody writes to a materialized view but REFRESH",
    "maintenance/refresh_*concurrently": "nobody writes to a materialized view but REFRESH",
    "index/create*@target_matview*": "nobody writes to a materialized view but REFRESH",
    "combined/select_then_alter": "the table is read before it is locked",
    "constraint/validate_then_set_not_null": "the table is read before it is locked",
}
"""Cases that a server shows to block during work, and why no rule says so."""
BAD = {
    "combined/savepoint_after*": "what a savepoint took back was done all the same, and undone",
    "index/*set_tablespace": "only an index is locked, and no query on its table can be planned",
}
"""Cases that block no table during work, and why a rule speaks."""
GENERAL = {"column/add_not_null"}
"""Cases that have no rule of their own."""


def share_of(major: int) -> Iterator[tuple[Case, Measurement]]:
    """Give one case of six, another sixth for each major."""
    cases = [case for case in load_cases() if major in case.majors and "temporary" not in case.world.situations]
    for case in cases[MAJORS.index(major) :: len(MAJORS)]:
        try:
            truth = measured(case, major)
        except NotMeasuredError:
            continue
        if truth.refused is None:
            yield case, truth


def verdicts(case: Case, truth: Measurement, catalog: Catalog | None, major: int) -> list[Verdict]:
    """Give what the rules of the default profile say of a case."""
    alone = case.where is Where.OUTSIDE or truth.requires_no_transaction
    text = ScriptText(
        file="a.sql",
        content=";\n".join(case.statements).encode(),
        wrapping=Wrapping.PER_STATEMENT if alone else Wrapping.PER_FILE,
    )
    timeline, judging = Timeline(catalog, major), Judging(Profile.DEFAULT)
    found: list[Verdict] = []
    step = None
    for step in timeline.steps(read_script([text])):
        with timeline.before():
            found += judging.judge(step)
    found += judging.judge_script(step)
    assert not judging.failed
    return found


def is_listed(case: Case, names: dict[str, str]) -> bool:
    """Give whether a case is one of those."""
    form = case.name.partition("@")[0]
    return any(fnmatch(form, name) or fnmatch(case.name, name) for name in names)


def test_rules_say_of_every_case_whether_it_blocks_during_work(pg_major: int) -> None:
    share = list(share_of(pg_major))
    known = catalogs(pg_major, sorted({case.world.name for case, _ in share}))
    missed, alarms, general = set[str](), set[str](), set[str]()
    for case, truth in share:
        works = {one.rule.id for one in verdicts(case, truth, known[case.world.name], pg_major) if one.flag.works}
        if "blocks-while-working" in works:
            general.add(case.name.partition("@")[0])
        if is_dangerous(truth) and not works and not is_listed(case, HARMLESS):
            missed.add(case.name)
        if works and not is_dangerous(truth) and not is_listed(case, BAD):
            alarms.add(case.name)
    assert len(share) > 1_000
    assert (missed, alarms) == (set(), set())
    assert general <= GENERAL
