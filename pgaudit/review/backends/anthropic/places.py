"""Where prose of a model may stand in a document: beside what was assessed, never in place of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from pgaudit.review.documents.authority import Alternatives, Assessment, Flaws, SchemaChanges, SignOff
from pgaudit.review.documents.checking import cited
from pgaudit.review.documents.envelope import Document
from pgaudit.review.documents.others import (
    DatabasePlan,
    Diagnosis,
    ExpertAnswer,
    ExpertOpinion,
    PanelReview,
    PositionCard,
)
from pgaudit.review.documents.parts import Basis, Claim, Section

Path = tuple[str | int, ...]

_PROSE: Mapping[type[msgspec.Struct], str] = {
    Assessment: "strategy_reasoning",
    Flaws: "claims",
    Alternatives: "claims",
    SchemaChanges: "claims",
    SignOff: "assessment",
    ExpertOpinion: "analysis",
    PanelReview: "summary",
    PositionCard: "claims",
    DatabasePlan: "schema_design",
    Diagnosis: "analysis",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A list of claims that may grow."""

    path: Path
    """From the unit."""
    heading: str


@dataclass(frozen=True, slots=True)
class Unit:
    """A part of a document that has its own reviewer."""

    path: Path
    """From the document."""
    title: str
    places: tuple[Place, ...]
    cites: tuple[str, ...]
    """Ids of everything that it rests on."""
    said: tuple[str, ...]
    """What the rules wrote there."""
    takes_changes: bool = False
    """Whether SQL may be drafted for it."""


def units(document: Document) -> list[Unit]:
    """The parts of a document in which something was assessed, in reading order."""
    own = [_unit(document, (), document)] if type(document) in _PROSE else []
    return [unit for unit in (*own, *_inner(document)) if unit.places and unit.cites]


def _takes_changes(node: msgspec.Struct, document: Document) -> bool:
    """Where a format asks for code: its own list of changes, and every section of the expert's answer."""
    return isinstance(node, SchemaChanges | Diagnosis | PanelReview) or isinstance(document, ExpertAnswer)


def _inner(document: Document) -> Iterator[Unit]:
    for name in document.__struct_fields__:
        value = getattr(document, name)
        children = enumerate(value) if isinstance(value, tuple) else [(None, value)]
        for index, child in children:
            if isinstance(child, Section) or type(child) in _PROSE:
                yield _unit(child, (name,) if index is None else (name, index), document)


def _unit(node: msgspec.Struct, path: Path, document: Document) -> Unit:
    texts = list(cited(node)) if path else [(claim.text, claim.cites) for claim in getattr(node, _PROSE[type(node)])]
    return Unit(
        path,
        _title(node, path),
        tuple(_places(node)),
        tuple(dict.fromkeys(identity for _, cites in texts for identity in cites)),
        tuple(text for text, _ in texts),
        _takes_changes(node, document),
    )


def _title(node: msgspec.Struct, path: Path) -> str:
    named = getattr(node, "heading", None) or getattr(node, "role", None)
    return str(named or (str(path[-1]) if path else "the whole")).replace("_", " ")


def _places(node: msgspec.Struct) -> Iterator[Place]:
    if isinstance(node, Section):
        for index, part in enumerate(node.parts):
            if part.is_assessed:
                yield Place(("parts", index, "claims"), part.heading)
        return
    field = _PROSE[type(node)]
    claims: tuple[Claim, ...] = getattr(node, field)
    if any(claim.basis is not Basis.NOT_ASSESSABLE for claim in claims):
        yield Place((field,), field.replace("_", " "))


def replaced(node: Any, path: Path, change: Callable[[Any], Any]) -> Any:
    """The node with what stands at a path changed."""
    if not path:
        return change(node)
    head, rest = path[0], path[1:]
    if isinstance(head, int):
        return (*node[:head], replaced(node[head], rest, change), *node[head + 1 :])
    return msgspec.structs.replace(node, **{head: replaced(getattr(node, head), rest, change)})
