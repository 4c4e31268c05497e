"""The red flags of a diagnosis: raised, not seen, or unknown, with the records that say so."""

from __future__ import annotations

import re
from collections.abc import Callable

from pgaudit.review.backends.offline.checklist import Judged, not_met, unknown
from pgaudit.review.backends.offline.desk import Desk, joined, number, plural, say, words
from pgaudit.review.backends.offline.topics import indexes, performance
from pgaudit.review.context.model import InputName
from pgaudit.review.documents.others import Met, RedFlag
from pgaudit.review.documents.parts import Basis, Claim
from pgaudit.review.documents.wording import RED_FLAGS
from probes.finding import Severity

_STAR = re.compile(r"^\s*select\s+(\w+\.)?\*", re.IGNORECASE)


def red_flags(desk: Desk) -> tuple[RedFlag, ...]:
    """Each red flag of the format."""
    return tuple(RedFlag(name, *_judged(desk, judge)) for name, judge in zip(RED_FLAGS, _FLAGS, strict=True))


def _judged(desk: Desk, judge: Callable[[Desk], Judged]) -> Judged:
    """What is said of a flag; of tables nothing where there is none yet."""
    keys = desk.fact("keys")
    if judge in _OF_TABLES and keys is not None and keys.facts.get("tables") == 0:
        text = "Not assessed: there is no table yet. Needed: --proposal PATH (the schema that is to be)"
        return Met.UNKNOWN, say(text, keys, basis=Basis.NOT_ASSESSABLE)
    return judge(desk)


def _no_queries(desk: Desk) -> Judged:
    """That no statement was recorded, and what would record them."""
    told = [claim for claim in performance.workload(desk) if claim.basis is Basis.NOT_ASSESSABLE]
    return (Met.UNKNOWN, told[0]) if told else unknown(desk, "queries", InputName.ACCESS_PATTERNS)


def _n_plus_one(desk: Desk) -> Judged:
    found = desk.found("queries/n_plus")
    if found:
        return not_met(found[0].says, *found)
    shaped = [claim for claim in performance.shapes(desk) if "N+1" in claim.text]
    if shaped:
        text = " ".join(claim.text for claim in shaped)
        return Met.NOT_MET, Claim(text, tuple(dict.fromkeys(one for claim in shaped for one in claim.cites)))
    if desk.queries():
        return Met.MET, say("None of the heaviest statements has the shape of one", *desk.queries())
    return _no_queries(desk)


def _unindexed(desk: Desk) -> Judged:
    found = desk.found("indexes/unindexed_foreign_key", "queries/missing", "queries/unserved", "indexes/missing")
    noticed = [one for one in found if one.severity is not Severity.INFO]
    if noticed:
        where = joined(indexes.columns_of(one) for one in noticed)
        return not_met(f"{plural(len(noticed), 'lookup')} without an index: {where}", *noticed)
    if found:
        text = f"{plural(len(found), 'foreign key has', 'foreign keys have')} no index, all of them on small tables"
        return Met.MET, say(text, *found)
    clean = desk.clean("indexes/unindexed_foreign_key")
    return (Met.MET, say("Every foreign key has its index", *clean)) if clean else unknown(desk, "indexes")


def _float_money(desk: Desk) -> Judged:
    found = desk.found("schema/money_as_float", "money/float")
    if found:
        return not_met("; ".join(one.says for one in found), *found)
    clean = desk.clean("schema/money_as_float")
    return (Met.MET, say("No amount of money is floating point", *clean)) if clean else unknown(desk, "amounts")


def _no_timestamps(desk: Desk) -> Judged:
    times = desk.fact("timestamps")
    if times is None or times.facts.get("tables") == 0:
        return unknown(desk, "timestamps")
    missing = number(times.facts.get("tables")) - number(times.facts.get("with_created"))
    without = words(times.facts.get("without_created"))
    told = times.says
    if missing and without:
        told += f". Nothing tells when a row was made in {joined(without)}"
    return (Met.NOT_MET if missing else Met.MET), say(told, times)


def _no_keys(desk: Desk) -> Judged:
    keys = desk.fact("keys")
    off = [
        one
        for one in desk.found("constraints/disabled_trigger", "constraints/not_enforced")
        if "foreign key" in one.says.lower()
    ]
    if off:
        return not_met(f"Declared, but not checked: {'; '.join(one.says for one in off[:3])}", *off)
    missing = desk.found("constraints/missing_foreign")
    if missing:
        return not_met("; ".join(one.says for one in missing[:3]), *missing)
    if keys is None or keys.facts.get("tables") == 0:
        return unknown(desk, "foreign keys")
    return (Met.MET if number(keys.facts.get("foreign_keys")) else Met.NOT_MET), say(keys.says, keys)


def _plain_secrets(desk: Desk) -> Judged:
    found = desk.found("security/sensitive_column")
    if found:
        return not_met("; ".join(one.says for one in found[:3]), *found)
    encryption, personal = desk.fact("encryption"), desk.fact("personal_data")
    if encryption is None or personal is None:
        return unknown(desk, "encryption", InputName.COMPLIANCE)
    return Met.UNKNOWN, say(
        f"{personal.says}; {encryption.says}. Whether values are encrypted was not looked at: no row is ever read",
        personal,
        encryption,
    )


def _boundaries(desk: Desk) -> Judged:
    found = desk.found("sessions/idle_in_transaction")
    if found:
        return not_met(found[0].says, *found)
    return unknown(desk, "boundaries of transactions, which are in the code", InputName.API)


def _stars(desk: Desk) -> Judged:
    found = desk.found("queries/select_star")
    if found:
        return not_met(found[0].says, *found)
    queries = desk.queries()
    if not queries:
        return _no_queries(desk)
    whole = [one for one in queries if _STAR.search(performance.query_text(one))]
    selects = "selects" if len(whole) <= 1 else "select"
    text = f"{len(whole) or 'none'} of the {plural(len(queries), 'statement')} that took longest {selects} every column"
    return (Met.NOT_MET if whole else Met.MET), say(text, *(whole or queries))


def _unpaged(desk: Desk) -> Judged:
    found = desk.found("queries/no_limit", "queries/offset")
    if found:
        return not_met(found[0].says, *found)
    wide = [claim for claim in performance.shapes(desk) if "without a LIMIT" in claim.text]
    if wide:
        return Met.NOT_MET, wide[0]
    claims = performance.paging(desk)
    if claims:
        return Met.MET, claims[0]
    return unknown(desk, "paging", InputName.ACCESS_PATTERNS) if desk.queries() else _no_queries(desk)


def _aggregations(desk: Desk) -> Judged:
    heavy = [
        one
        for one in desk.queries()
        if number(one.facts.get("share_ratio")) >= 0.1  # noqa: PLR2004 - a tenth of all time
        and any(word in performance.query_text(one).lower() for word in ("count(", "sum(", "avg(", "group by"))
    ]
    if heavy:
        share = sum(number(one.facts.get("share_ratio")) for one in heavy)
        takes = "takes" if len(heavy) == 1 else "take"
        text = f"{plural(len(heavy), 'aggregating statement')} {takes} {share:.0%} of all execution time"
        served = performance.served(desk)
        return not_met(f"{text}; the indexes that they lack come first" if served else text, *heavy)
    if desk.queries():
        return Met.MET, say("None of the heaviest statements aggregates", *desk.queries())
    return _no_queries(desk)


_FLAGS = (
    _n_plus_one,
    _unindexed,
    _float_money,
    _no_timestamps,
    _no_keys,
    _plain_secrets,
    _boundaries,
    _stars,
    _unpaged,
    _aggregations,
)
_OF_TABLES = frozenset({_unindexed, _float_money, _no_timestamps, _no_keys, _plain_secrets})
