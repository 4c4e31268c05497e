"""A draft: statements of a model, why, and the records they rest on."""

from __future__ import annotations

import msgspec


class Draft(msgspec.Struct, frozen=True):
    """A change as a model proposes it, names restored."""

    sql: tuple[str, ...]
    why: str
    cites: tuple[str, ...]
    """Ids under which the records were sent."""
