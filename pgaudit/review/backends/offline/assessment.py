"""Sections 1 and 17: what was decided, put into words; and how the issues of an earlier review stand."""

from __future__ import annotations

from pgaudit.review.backends.offline.desk import Desk, joined, plural, say, sentence, titled, within
from pgaudit.review.backends.offline.entries import count_in_words
from pgaudit.review.backends.offline.topics import tenancy
from pgaudit.review.deciding.decisions import Classification, Verdict
from pgaudit.review.deciding.effort import DAYS_A_WEEK, HOURS_A_DAY
from pgaudit.review.deciding.issues import Issue, Level
from pgaudit.review.deciding.risks import Risk
from pgaudit.review.documents.authority import Assessment, RiskLine, SignOff
from pgaudit.review.documents.parts import Basis, Cell, Claim, Row, Table
from pgaudit.review.documents.wording import CLASSIFICATIONS, SAFETY, SIGN_OFFS, STRATEGIES
from pgaudit.review.evidence.records import Record, RecordKind


def assessment(desk: Desk) -> Assessment:
    """Section 1."""
    decisions = desk.decisions
    chosen, reasoning = tenancy.strategy(desk)
    return Assessment(
        strategy=STRATEGIES[chosen],
        strategy_reasoning=tuple(reasoning),
        score=decisions.readiness.value,
        score_reasoning=score_reasoning(desk),
        classification=CLASSIFICATIONS[list(Classification).index(decisions.classification)],
        risks=tuple(_risk(desk, risk) for risk in decisions.risks),
        weeks_with_changes=decisions.production_effort.weeks,
        weeks_of_redesign=redesign_weeks(desk),
        timeline=timeline(desk),
    )


def decided(desk: Desk, text: str, cites: tuple[str, ...]) -> Claim:
    """A claim of what rules decided; where no finding stands behind it, on what was checked."""
    there = cites or tuple(record.id for record in anchors(desk))
    return Claim(text, there, Basis.DECIDED)


def anchors(desk: Desk) -> list[Record]:
    """What says how far the database was checked; the first record of all where nothing does."""
    covered = [one for one in desk.pack.of(RecordKind.INVENTORY) if one.topic.startswith("coverage/")]
    return covered or list(desk.pack.records[:1])


def score_reasoning(desk: Desk) -> tuple[Claim, ...]:
    """The arithmetic, and where the score goes."""
    decisions = desk.decisions
    claims = [
        decided(
            desk,
            f"{decisions.readiness.arithmetic}. Issues count once, however many places they have.",
            decisions.readiness.cites,
        )
    ]
    if decisions.at(Level.CRITICAL):
        after, later = decisions.after_critical, decisions.after_high
        claims.append(
            decided(
                desk,
                f"With the critical issues closed it is {after.value:g}, with the high ones as well {later.value:g} "
                f"({later.arithmetic}).",
                later.cites or decisions.readiness.cites,
            )
        )
    elif decisions.at(Level.HIGH):
        later = decisions.after_high
        claims.append(
            decided(desk, f"With the high issues closed it is {later.value:g} ({later.arithmetic}).", later.cites)
        )
    return tuple(claims)


def _risk(desk: Desk, risk: Risk) -> RiskLine:
    unseen = (
        f"; {plural(len(risk.unseen), 'check')} of it could not run"
        if risk.unseen and risk.cites != risk.unseen
        else ""
    )
    driver = risk.driver or "the checks of it ran and found nothing"
    text = sentence(f"{driver}{unseen}")
    return RiskLine(
        risk.dimension.value, risk.level.value, decided(desk, text, (*risk.cites, *(risk.unseen if unseen else ())))
    )


def redesign_weeks(desk: Desk) -> float | None:
    """Weeks of one engineer, where the design itself has to change."""
    if desk.decisions.classification is not Classification.REDESIGN:
        return None
    effort = desk.decisions.production_effort
    return effort.weeks * 2


def timeline(desk: Desk) -> tuple[Claim, ...]:
    """How the weeks came about."""
    effort = desk.decisions.production_effort
    if not desk.decisions.was_looked_at:
        return (decided(desk, "No check has looked at the database, so no work could be estimated.", ()),)
    if not effort.hours:
        return (decided(desk, "Nothing critical or high is open, so no work of this review stands before it.", ()),)
    week = HOURS_A_DAY * DAYS_A_WEEK
    return (
        decided(
            desk,
            f"{effort.arithmetic}, for critical and high issues, review and test included; at {week:g} h a week one "
            f"engineer needs {plural(effort.weeks, 'week')}, rounded up to a half.",
            effort.cites,
        ),
    )


def sign_off(desk: Desk) -> SignOff:
    """Section 17."""
    decisions = desk.decisions
    rejected = decisions.verdict is Verdict.REJECTED
    critical = decisions.at(Level.CRITICAL)
    return SignOff(
        readiness=decisions.verdict.value,
        safety=SAFETY[0 if decisions.is_safe else 1],
        critical_fixes=decisions.critical_fixes,
        weeks=decisions.production_effort.weeks,
        assessment=_state(desk),
        if_rejected=tuple(
            say(in_short(issue), *issue.records)
            for issue in (*critical, *(one for one in decisions.flaws if one.level is Level.CRITICAL))
        )
        if rejected
        else (),
        recommendation=_recommendation(desk),
        sign_off=SIGN_OFFS[1 if rejected else 0],
    )


def in_short(issue: Issue) -> str:
    """What an issue is and where, in one line."""
    if len(issue.records) == 1:
        return titled(issue.title, issue.records[0].says)
    return f"{issue.title}: {joined(str(record.object) for record in issue.records if record.object)}"


def still_open(desk: Desk) -> list[Claim]:
    """How much is open, and what of it is gravest."""
    claims = [_counted(desk)]
    critical = desk.decisions.at(Level.CRITICAL)
    if critical:
        names = joined(dict.fromkeys(within(one.title) for one in critical))
        records = [record for one in critical for record in one.records]
        claims.append(say(f"What can lose or disclose data, or stop writes, now: {names}", *records))
    return claims


def _counted(desk: Desk) -> Claim:
    decisions = desk.decisions
    ids = tuple(identity for issue in decisions.issues for identity in issue.ids)
    counts = [f"{count_in_words(decisions.at(level))} {level.value}" for level in Level if decisions.at(level)]
    return decided(desk, f"Open: {joined(counts)}." if counts else "No issue was found.", ids)


def _state(desk: Desk) -> tuple[Claim, ...]:
    decisions = desk.decisions
    claims = [_counted(desk)]
    if decisions.flaws:
        records = [record for issue in decisions.flaws for record in issue.records]
        claims.append(say(f"Against the proposal: {count_in_words(decisions.flaws)}, in section 3", *records))
    return tuple(claims)


def _recommendation(desk: Desk) -> tuple[Claim, ...]:
    decisions = desk.decisions
    critical, high = decisions.at(Level.CRITICAL), decisions.at(Level.HIGH)
    ids = tuple(identity for issue in (*critical, *high) for identity in issue.ids)
    if not decisions.was_looked_at:
        text = (
            "No check has looked at the database, so nothing is approved. Run the review where the server can be read."
        )
        return (decided(desk, text, ids),)
    effort, later = decisions.critical_effort, decisions.production_effort
    if critical:
        names = joined(dict.fromkeys(within(issue.title) for issue in critical))
        text = (
            f"No: stop feature work until step 1 is done and deployed. {plural(len(critical), 'issue')} "
            f"{'stands' if len(critical) == 1 else 'stand'} against it ({names}): {effort.hours:g} hours of work, "
            f"not a redesign. Then close the {count_in_words(high)} graded HIGH while development goes on; production "
            f"follows after {plural(later.weeks, 'week')} of one engineer in all."
        )
        if decisions.classification is Classification.REDESIGN:
            text = text.replace(", not a redesign", ", and no SQL mends them: the design has to change")
        return (decided(desk, text, ids),)
    if high:
        text = (
            f"Development may go on: no issue is critical. Before production close the "
            f"{count_in_words(high)} graded HIGH, {later.hours:g} hours of work."
        )
        return (decided(desk, text, ids),)
    rest = tuple(identity for issue in decisions.issues for identity in issue.ids)
    capped = f", held there because: {'; '.join(decisions.readiness.caps)}" if decisions.readiness.caps else ""
    text = (
        "Development may go on, and nothing found stands against production. The score is "
        f"{decisions.readiness.value:g}{capped}."
    )
    return (decided(desk, text, rest or decisions.readiness.cites),)


def status_table(desk: Desk) -> Table | None:
    """How the issues of an earlier review stand; None where none was given."""
    statuses = desk.decisions.statuses
    if statuses is None or not statuses.of:
        return None
    rows = [Row((Cell(one.status.value), Cell(one.title), Cell(one.says)), (one.record,)) for one in statuses.of]
    return Table(("Status", "Issue", "What changed"), tuple(rows))
