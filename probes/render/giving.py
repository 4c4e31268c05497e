"""What every giver of pieces shares: one object that cannot be written does not end the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from probes.finding import ObjectRef
from probes.render.model import Key, Missing, Piece, UnwritableError
from probes.render.names import Names
from probes.render.scribe import Scribe

Given = Piece | Missing
Giver = Callable[[Names], Iterator[Given]]


def written(names: Names, key: Key, about: ObjectRef, write: Callable[[Scribe], Piece]) -> Given:
    """The piece that `write` gives, or why there is none."""
    try:
        return write(Scribe(names))
    except UnwritableError as error:
        return Missing(key, about, error.reason)
