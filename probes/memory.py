"""What a picture of a large database asks of Python's memory."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Generator


@contextlib.contextmanager
def without_garbage_collection() -> Generator[None]:
    """Millions of rows that hold no cycles: the collector would walk them again and again for nothing."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            # Past the young generations, whose next collection would walk all of it once more. What a program that
            # uses us has frozen itself stays so: unfreeze() knows no whose.
            if not gc.get_freeze_count():
                gc.freeze()
                gc.unfreeze()
            gc.enable()
