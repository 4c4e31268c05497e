"""Position card, plan and checklist as YAML, in the keys that their formats have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pgaudit.errors import BadConfiguration
from pgaudit.reports.escaping import printable
from pgaudit.review.context.reading import scalar
from pgaudit.review.documents import wording
from pgaudit.review.documents.envelope import Review
from pgaudit.review.documents.others import Checklist, DatabasePlan, Point, PositionCard
from pgaudit.review.documents.parts import Claim, Row


def render_yaml(review: Review) -> str:
    """The document as YAML. Raises BadConfiguration for a format that has no YAML form."""
    document = review.document
    match document:
        case PositionCard():
            content = _card(document)
        case DatabasePlan():
            content = _plan(document)
        case Checklist():
            content = _checklist(document)
        case _:
            raise BadConfiguration("--output", f"{review.format.value} has no YAML form", "choose md, html or json")
    head = [f"# {review.reviewer.mode.value}; ids in brackets are records of the evidence, which the JSON form holds"]
    return "\n".join([*head, *_lines(content, 0)]) + "\n"


def _card(one: PositionCard) -> dict[str, Any]:
    values = (
        one.role,
        _told(one.claims),
        _told(one.plan),
        list(one.evidence),
        _told(one.risks),
        one.confidence,
        one.cost,
        one.reversibility,
    )
    return {"position_card": dict(zip(wording.CARD_KEYS, values, strict=True))}


def _plan(one: DatabasePlan) -> dict[str, Any]:
    steps = [
        {
            "step": step.number,
            "does": _text(step.does),
            "changes": [str(number) for number in step.changes],
            "reversibility": step.reversibility,
            "risk": step.risk,
        }
        for step in one.steps
    ]
    values = (
        {
            "tables": [_table(one.tables.columns, row) for row in one.tables.rows],
            "findings": _told(one.schema_design),
        },
        {
            "primary": _told(one.primary_indexes),
            "secondary": _told(one.secondary_indexes),
            "composite": _told(one.composite_indexes),
        },
        {"steps": steps, "notes": _told(one.migration_claims)},
        {"isolation_levels": _told(one.isolation_levels), "locking": _told(one.locking)},
        {"backups": _told(one.backups), "recovery": _told(one.recovery), "monitoring": _told(one.monitoring)},
    )
    sql = {str(change.number): [f"{text.rstrip(';')};" for text in change.sql] for change in one.changes}
    return {"database_plan": {**dict(zip(wording.PLAN_KEYS, values, strict=True)), "changes": sql}}


def _checklist(one: Checklist) -> dict[str, Any]:
    pitfalls = [
        {
            "pitfall": each.name,
            "impact": each.impact,
            "fix": each.fix,
            "avoided": each.found.value,
            "because": _text(each.here),
        }
        for each in one.pitfalls
    ]
    return {
        "evidence_checklist": [_point(point) for point in one.points],
        "pitfalls": pitfalls,
        "success_criteria": [_point(point) for point in one.criteria],
    }


def _point(point: Point) -> dict[str, Any]:
    return {"point": point.text, "state": point.met.value, "because": _text(point.reason)}


def _told(claims: Iterable[Claim]) -> list[str]:
    return [_text(claim) for claim in claims]


def _table(columns: tuple[str, ...], row: Row) -> str:
    """`market.messages: columns 11, rows 150,000`."""
    name, *rest = row.cells
    told = (f"{label.lower()} {cell.text}" for label, cell in zip(columns[1:], rest, strict=True))
    return f"{name.text}: {', '.join(told)}"


def _text(claim: Claim) -> str:
    return f"{claim.text} [{', '.join(claim.cites[:4])}{', ...' if len(claim.cites) > 4 else ''}]"  # noqa: PLR2004


def _lines(value: Any, depth: int) -> list[str]:
    indent = "  " * depth
    match value:
        case Mapping():
            found: list[str] = []
            for key, child in value.items():
                found += _entry(f"{indent}{scalar(str(key))}:", child, depth)
            return found
        case list():
            found = []
            for child in value:
                if isinstance(child, Mapping):
                    inner = _lines(child, depth + 1)
                    found += [f"{indent}- {inner[0].strip()}", *inner[1:]]
                else:
                    found.append(f"{indent}- {_scalar(child)}")
            return found
        case _:
            return [f"{indent}{_scalar(value)}"]


def _entry(head: str, child: Any, depth: int) -> list[str]:
    if isinstance(child, Mapping | list):
        return (
            [head, *_lines(child, depth + 1)] if child else [f"{head} {'{}' if isinstance(child, Mapping) else '[]'}"]
        )
    return [f"{head} {_scalar(child)}"]


def _scalar(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float) else scalar(printable(str(value)))
