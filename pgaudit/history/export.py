"""Frames as files for other programs."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from pgaudit.errors import BadConfiguration, MissingExtra, OutputNotWritable
from pgaudit.history import frames
from pgaudit.store.opening import Store

KINDS = ("database", "table", "index", "sequence", "query")
FORMATS = ("parquet", "csv")


def export(store: Store, target: str, folder: Path, format_name: str = "parquet") -> list[Path]:
    """Write everything that is known of a target, a file for each frame; gives their paths.

    Raises:
        BadConfiguration: No such format.
        MissingExtra: Parquet without pyarrow.
        OutputNotWritable: The folder cannot be written.
    """
    if format_name not in FORMATS:
        raise BadConfiguration("--export", f"{format_name!r} is no format", f"choose {' or '.join(FORMATS)}")
    found = {"runs": frames.runs(store, target), "findings": frames.findings(store, target)}
    found |= {f"observations_{kind}": frames.observations(store, target, kind) for kind in KINDS}
    return [_write(frame, folder / f"{name}.{format_name}") for name, frame in found.items()]


def _write(frame: pd.DataFrame, path: Path) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".csv":
            frame.to_csv(path, index=False)
        else:
            frame.to_parquet(path, index=False)
    except ImportError as error:
        raise MissingExtra("pyarrow, which writes Parquet,", "parquet") from error
    except OSError as error:
        raise OutputNotWritable(path, error.strerror or str(error)) from error
    return path
