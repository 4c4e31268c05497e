"""The key of pseudonyms: one for each installation, so that the same evidence leaves as the same text."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

_BYTES = 32


def pseudonym_key(folder: Path) -> bytes:
    """The key that the folder holds, made where there is none; one for this run alone where none can be kept."""
    path = folder / "pseudonyms.key"
    new = secrets.token_bytes(_BYTES)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(path) or new
    except OSError:
        return new
    with os.fdopen(descriptor, "wb") as file:
        file.write(new)
    return new


def _read(path: Path) -> bytes | None:
    try:
        found = path.read_bytes()
    except OSError:
        return None
    return found if len(found) == _BYTES else None
