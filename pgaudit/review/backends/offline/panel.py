"""The panel review, written by rules: what seven roles say, and the eight deliverables."""

from __future__ import annotations

import msgspec

from pgaudit.review.backends.offline.actions import distinct
from pgaudit.review.backends.offline.assessment import decided, in_short, redesign_weeks, score_reasoning, timeline
from pgaudit.review.backends.offline.desk import Desk, joined, number, plural, say, say_if, sentence, within
from pgaudit.review.backends.offline.entries import change_entries, entries
from pgaudit.review.backends.offline.outlook import alternatives
from pgaudit.review.backends.offline.panel_roles import experts
from pgaudit.review.backends.offline.topics import business, migration, performance
from pgaudit.review.context.model import InputName
from pgaudit.review.deciding.decisions import Classification
from pgaudit.review.deciding.issues import Issue, Level
from pgaudit.review.deciding.score import PASS
from pgaudit.review.documents.authority import Alternative
from pgaudit.review.documents.others import PanelReview, PanelVerdict
from pgaudit.review.documents.parts import Basis, Claim, NamedList, Part
from pgaudit.review.documents.wording import PANEL_DELIVERABLES, PANEL_RECOMMENDATIONS
from pgaudit.review.evidence.context_records import topic_of
from pgaudit.review.evidence.records import RecordKind

_IN_SUMMARY = 5
_IN_FILE = " in the context file"
_OF_THE_TITLE = frozenset({topic_of(InputName.PROJECT), topic_of(InputName.DATABASE_TYPE)})
"""Inputs that no part of a panel waits for."""


def panel(desk: Desk) -> PanelReview:
    """Seven opinions and eight deliverables."""
    decisions = desk.decisions
    return PanelReview(
        experts=experts(desk),
        summary=_summary(desk),
        critical=entries(desk, decisions.at(Level.CRITICAL)),
        critical_claims=() if decisions.at(Level.CRITICAL) else (decided(desk, "No issue is critical.", ()),),
        high=entries(desk, decisions.at(Level.HIGH)),
        medium=entries(desk, decisions.at(Level.MEDIUM)),
        alternatives=_alternatives(desk),
        schema_claims=tuple(migration.proofs(desk)),
        endpoints=Part(PANEL_DELIVERABLES[6], _endpoints(desk)),
        verdict=_verdict(desk),
        changes=change_entries(desk),
    )


# ---- the deliverables


def _summary(desk: Desk) -> tuple[Claim, ...]:
    """Three paragraphs: ready or not, what must be mended, what is sound."""
    decisions = desk.decisions
    levels = [_counted(level, decisions.at(level)) for level in Level if decisions.at(level)]
    ids = tuple(identity for issue in decisions.issues for identity in issue.ids)
    ready = "is" if decisions.readiness.value >= PASS else "is not"
    claims = [
        decided(
            desk,
            f"The database {ready} ready for production: {decisions.readiness.value:g} of 10, with "
            f"{joined(levels) or 'nothing'} open.",
            ids,
        )
    ]
    grave = decisions.at(Level.CRITICAL) or decisions.at(Level.HIGH)
    if grave:
        shown = grave[:_IN_SUMMARY]
        told = " ".join(sentence(in_short(issue)) for issue in shown)
        more = f" {len(grave) - len(shown)} more of this grade follow below." if len(grave) > len(shown) else ""
        records = [record for issue in shown for record in issue.records]
        must = f"{plural(len(grave), f'{grave[0].level.value} issue')} must be mended before launch."
        claims.append(say(f"{must} {told}{more}", *records))
    return (*claims, *strengths(desk)[:1], *_unassessed(desk))


def _unassessed(desk: Desk) -> list[Claim]:
    """Which inputs the panel lacked."""
    lacking = [one for one in desk.pack.of(RecordKind.MISSING) if one.topic not in _OF_THE_TITLE]
    needs = [record.needs for record in lacking if record.needs]
    in_file = [one.removesuffix(_IN_FILE) for one in needs if one.endswith(_IN_FILE)]
    options = [one for one in needs if not one.endswith(_IN_FILE)]
    told = [f"{joined(in_file)}{_IN_FILE}"] if in_file else []
    text = f"What is not assessed lacks input: {'; '.join([*told, *options])}"
    return [say(text, *lacking, basis=Basis.NOT_ASSESSABLE)] if lacking else []


def _counted(level: Level, issues: tuple[Issue, ...]) -> str:
    """`27 HIGH issues (47 places)`."""
    places = sum(len(issue.records) for issue in issues)
    head = plural(len(issues), f"{level.value} issue")
    return head if places == len(issues) else f"{head} ({plural(places, 'place')})"


def strengths(desk: Desk) -> list[Claim]:
    """What is sound, by what was counted and by checks that found nothing."""
    keys, column, policies = desk.fact("keys"), desk.fact("tenant_column"), desk.fact("policies")
    parts: list[str] = []
    records = []
    if keys:
        parts.append(keys.says)
        records.append(keys)
    if column and number(column.facts.get("first_in_an_index")):
        parts.append(
            f"{column.facts.get('first_in_an_index')} of {column.facts.get('tables_with_it')} tables of tenants "
            f"have {column.facts.get('column')} first in an index"
        )
        records.append(column)
    if policies and policies.facts.get("commonest_count"):
        alike, count = number(policies.facts.get("commonest_count")), number(policies.facts.get("policies"))
        parts.append(f"{alike:g} of {plural(count, 'policy', 'policies')} are worded alike")
        records.append(policies)
    clean = desk.clean(
        "constraints/fk_cycle", "indexes/unindexed_foreign_key", "vacuum/xid_wraparound_database", "versions/major_eol"
    )
    if clean:
        parts.append(f"looked for and not found: {joined(within(one.title) for one in clean)}")
        records += clean
    return [say(f"What holds: {'; '.join(parts)}", *records)] if parts else []


def _alternatives(desk: Desk) -> Part:
    lists = tuple(
        NamedList(
            f"{one.name}: {'switch' if one.recommendation == 'ADOPT' else 'keep proposed'}",
            (
                _led("What's different", one.description),
                *(_led("What's different", claim) for claim in one.differences),
                *(_led("Pro", claim) for claim in one.advantages),
                *(_led("Con", claim) for claim in one.disadvantages),
                _led(f"Migration complexity {one.complexity}", _work(one)),
                _led("Recommendation: switch" if one.recommendation == "ADOPT" else "Keep proposed", one.reasoning),
            ),
        )
        for one in alternatives(desk).alternatives
    )
    if lists:
        return Part(PANEL_DELIVERABLES[4], lists=lists)
    relations = desk.fact("relations")
    return Part(
        PANEL_DELIVERABLES[4], tuple(say_if("There is no schema yet to which another could be held", relations))
    )


def _work(one: Alternative) -> Claim:
    """Why it takes what it takes."""
    text = "rows are copied while both designs run, every query that reads them changes, and the switch needs a window"
    return msgspec.structs.replace(one.reasoning, text=sentence(text))


def _led(label: str, claim: Claim) -> Claim:
    """The claim behind the word that says what it is for."""
    return msgspec.structs.replace(claim, text=f"{label}: {claim.text}")


def _endpoints(desk: Desk) -> tuple[Claim, ...]:
    """What endpoints have to answer and to limit, as far as the database shows it."""
    return distinct(
        business.answers(desk), performance.paging(desk), business.rest(desk), business.partial_failures(desk)
    )


def _verdict(desk: Desk) -> PanelVerdict:
    decisions = desk.decisions
    return PanelVerdict(
        score=decisions.readiness.value,
        score_reasoning=score_reasoning(desk),
        recommendation=PANEL_RECOMMENDATIONS[list(Classification).index(decisions.classification)],
        may_proceed=decisions.readiness.value >= PASS,
        timeline=(
            decided(
                desk,
                f"If approved with changes: +{plural(decisions.production_effort.weeks, 'week')} to implementation.",
                decisions.production_effort.cites,
            ),
            _redesign(desk),
            *timeline(desk),
        ),
    )


def _redesign(desk: Desk) -> Claim:
    """What a redesign would take, or that none is asked for."""
    weeks = redesign_weeks(desk)
    if weeks is None:
        text = "If redesign needed: none is: nothing that was found asks for a redesign."
    else:
        text = f"If redesign needed: +{plural(weeks, 'week')} to implementation."
    return decided(desk, text, desk.decisions.production_effort.cites)
