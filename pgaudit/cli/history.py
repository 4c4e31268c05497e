"""`pgaudit history`: the runs that were recorded, and how findings came and went."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from pgaudit.cli import options as opt

if TYPE_CHECKING:
    from pgaudit.errors import BadConfiguration
    from pgaudit.store.opening import Store
    from pgaudit.store.reading import RunSummary


def history(
    target: Annotated[
        Optional[str],  # noqa: UP045 - typer resolves annotations at run time
        typer.Argument(
            metavar="[TARGET]", help="Name that runs were recorded under. Default: all.", show_default=False
        ),
    ] = None,
    store: opt.StoreOption = None,
    reviews: Annotated[
        bool, typer.Option("--reviews", help="List reviews instead: what each took and came to.")
    ] = False,
    format_name: Annotated[str, typer.Option("--format", "-f", help="text or json.")] = "text",
    limit: Annotated[int, typer.Option("--limit", min=1, help="So many of the latest runs.")] = 30,
    export: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--export", metavar="FOLDER", help="Write all that is known of TARGET as files, one a frame."),
    ] = None,
    export_format: Annotated[
        str, typer.Option("--export-format", help="parquet (needs the extra `parquet`) or csv.")
    ] = "parquet",
) -> int:
    """List recorded runs, newest first. `pgaudit diff 12 15` compares two of them."""
    from pgaudit.cli.terminal import write_stdout
    from pgaudit.errors import BadConfiguration, ExitCode
    from pgaudit.store.opening import open_to_read
    from pgaudit.store.reading import runs, targets

    if format_name not in {"text", "json"}:
        raise BadConfiguration("--format", f"{format_name!r} is no format of this command", "choose text or json")
    as_json = format_name == "json"
    opened = open_to_read(store)
    try:
        if reviews:
            if export is not None:
                raise BadConfiguration("--export", "it stands beside --reviews", "use --format json for reviews")
            from pgaudit.cli.history_reviews import listed

            write_stdout(listed(opened, target, limit, as_json=as_json), for_programs=as_json)
            return ExitCode.CLEAN
        found = runs(opened, target, limit=limit)
        known = targets(opened)
        if not found and target is not None:
            raise _nothing_of(target, known)
        if export is not None:
            _export(opened, target, known, export, export_format)
            return ExitCode.CLEAN
    finally:
        opened.close()
    write_stdout(_json(found) if as_json else _text(found), for_programs=as_json)
    return ExitCode.CLEAN


def _nothing_of(target: str, known: list[str]) -> BadConfiguration:
    """Why a target has no runs, and what to ask instead."""
    from pgaudit.errors import BadConfiguration

    if target in known:
        return BadConfiguration("TARGET", f"no run was recorded as {target!r}", "its reviews are under --reviews")
    if target == "reviews":
        return BadConfiguration("TARGET", "no run was recorded as 'reviews'", "reviews are under --reviews")
    names = ", ".join(known) or "none yet: record one with `pgaudit scan --record`"
    return BadConfiguration("TARGET", f"nothing was recorded as {target!r}", f"recorded are {names}")


def _export(store: Store, target: str | None, known: list[str], folder: Path, format_name: str) -> None:
    """Write the frames of a target, of the only one where none is named, and print their paths."""
    from pgaudit.cli.terminal import write_stdout
    from pgaudit.errors import BadConfiguration
    from pgaudit.history.export import export

    if target is None and len(known) != 1:
        names = ", ".join(known) or "none yet: record one with `pgaudit scan --record`"
        raise BadConfiguration("--export", "no TARGET is named", f"recorded are {names}")
    written = export(store, target or known[0], folder, format_name)
    write_stdout("".join(f"{path}\n" for path in written))


def _json(found: list[RunSummary]) -> str:
    import msgspec

    from pgaudit.reports.escaping import json_safe

    return json_safe(msgspec.json.format(msgspec.json.encode(found), indent=2).decode()) + "\n"


def _text(found: list[RunSummary]) -> str:
    if not found:
        return "no run recorded yet: `pgaudit scan --record` keeps one; reviews are under --reviews\n"
    rows = [("run", "when (UTC)", "target", "score", "what changed"), *map(_row, found)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = (
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]).rstrip()
        for row in rows
    )
    return "\n".join(lines) + "\n"


def _row(run: RunSummary) -> tuple[str, str, str, str, str]:
    from pgaudit.reports.escaping import printable

    changed = ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in run.states.items())
    if run.failure is not None:
        changed = f"failed: {printable(run.failure)}"
    interrupted = " (interrupted)" if run.interrupted else ""
    when = run.started_at.strftime("%Y-%m-%d %H:%M")
    score = "" if run.score is None else f"{run.score:.0f}"
    return str(run.id), when, printable(run.target), score, (changed or "nothing found") + interrupted
