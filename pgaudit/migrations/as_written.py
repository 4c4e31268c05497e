"""Names that were made up for placeholders of a migration tool, shown as the migration writes them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrations_safety.script.model import Statement
from migrations_safety.timeline import Step
from probes.finding import Evidence, EvidenceValue
from probes.sql.parse import Parsed

if TYPE_CHECKING:
    from collections.abc import Callable


class AsWritten:
    """Puts placeholders back into what is told of statements. It knows those of the statements that it has met."""

    __slots__ = ("_names", "_pattern")

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None

    def meet(self, step: Step) -> None:
        """Take the placeholders of a statement, and those in the body of a DO block."""
        statement = step.statement
        if statement.is_templated:
            self._take(statement.text[statement.start : statement.end])
        elif step.embedded and any(one.statement.is_templated for one in step.embedded):
            from migrations_safety.embedded import source_of_block  # noqa: PLC0415 - few files are templates

            outcome = statement.outcome
            self._take(source_of_block(outcome).encode() if isinstance(outcome, Parsed) else b"")

    def of(self, step: Step) -> Callable[[str], str] | None:
        """What shows a name as the statement, or one in its DO block, writes it; None where none can be made up."""
        is_templated = step.statement.is_templated or any(one.statement.is_templated for one in step.embedded)
        return self._restored if self._pattern is not None and is_templated else None

    def text(self, text: str, statement: Statement) -> str:
        """A text about a statement, which may speak of others, with the placeholders as they are written."""
        pattern = self._pattern
        if pattern is None or pattern.search(text) is None:
            return text
        if not statement.is_templated and pattern.search(statement.sql) is not None:
            return text
        return self._restored(text)

    def evidence(self, evidence: Evidence, statement: Statement) -> Evidence:
        """Evidence about a statement, likewise."""
        if self._pattern is None:
            return evidence
        return {key: self._value(value, statement) for key, value in evidence.items()}

    def _value(self, value: EvidenceValue, statement: Statement) -> EvidenceValue:
        match value:
            case str():
                return self.text(value, statement)
            case tuple():
                return tuple(self.text(one, statement) for one in value)
            case _:
                return value

    def _take(self, sql: bytes) -> None:
        from migrations_safety.script.templates import words_of_placeholders  # noqa: PLC0415 - few files are templates

        found = words_of_placeholders(sql)
        known = len(self._names)
        for name, written in found.items():
            self._names.setdefault(name.decode("utf-8", "replace"), written.decode("utf-8", "replace"))
        if len(self._names) > known:
            longest_first = sorted(self._names, key=len, reverse=True)
            self._pattern = re.compile(rf"(?<![\w$])(?:{'|'.join(map(re.escape, longest_first))})(?![\w$])")

    def _restored(self, text: str) -> str:
        return text if self._pattern is None else self._pattern.sub(lambda found: self._names[found[0]], text)
