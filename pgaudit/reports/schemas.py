"""Writing the published JSON Schemas: `python -m pgaudit.reports.schemas FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec

from pgaudit.reports import contract, gate_contract

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def documents() -> dict[str, str]:
    """File names and texts of the schemas."""
    from pgaudit.review.asking import answer  # noqa: PLC0415 - reports are read without reviews
    from pgaudit.review.documents import envelope  # noqa: PLC0415
    from pgaudit.review.evidence import records  # noqa: PLC0415

    return {
        "pgaudit-report-1.json": _document(
            "Report of pgaudit scan, version 1", contract.SCHEMA, contract.json_schema()
        ),
        "pgaudit-gate-1.json": _document(
            "Report of pgaudit gate, version 1", gate_contract.SCHEMA, gate_contract.json_schema()
        ),
        "pgaudit-evidence-1.json": _document("Evidence of a review, version 1", records.SCHEMA, records.json_schema()),
        "pgaudit-review-1.json": _document("Review, version 1", envelope.SCHEMA, envelope.json_schema()),
        "pgaudit-answer-1.json": _document("Answer to a question, version 1", answer.SCHEMA, answer.json_schema()),
    }


def _document(title: str, name: str, schema: dict[str, Any]) -> str:
    definitions = dict(schema["$defs"])
    root = schema["$ref"].rpartition("/")[2]
    body = definitions.pop(root)
    body = {**body, "properties": {**body["properties"], "schema": {"const": name}}}
    whole = {"$schema": _DIALECT, "title": title, **{key: value for key, value in body.items() if key != "title"}}
    return msgspec.json.format(msgspec.json.encode({**whole, "$defs": definitions}), indent=2).decode() + "\n"


def write(folder: Path) -> None:
    """Write the schemas into a folder."""
    for name, text in documents().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
