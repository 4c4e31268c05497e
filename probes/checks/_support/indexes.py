"""Judging indexes."""

from __future__ import annotations

import re

from probes.catalog.expression import Expression, text_of
from probes.catalog.names import quoted


def predicate_is_not_null_of(predicate: Expression, columns: tuple[str, ...]) -> bool:
    """Whether a partial index leaves out nothing but nulls of these columns.

    The deparser writes such a predicate as `((a IS NOT NULL) AND (b IS NOT NULL))`.
    """
    text = text_of(predicate)
    if text is None:
        return False
    conditions = {part.strip("() ") for part in re.split(r"\bAND\b", text)}
    allowed = {f"{quoted(column)} IS NOT NULL" for column in columns}
    return conditions <= allowed
