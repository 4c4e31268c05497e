"""`pgaudit suppress`: accept a finding, with a reason and an end."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def suppress(
    fingerprint: Annotated[str, typer.Argument(metavar="ID", help="The finding's id, from the JSON report.")],
    check: Annotated[str, typer.Option("--check", help="The check of the finding, for the reader of the file.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it is accepted.")],
    expires: Annotated[str, typer.Option("--expires", help="The last day it holds, such as 2027-03-31, or never.")],
    config: Annotated[Path, typer.Option("--config", envvar="PGAUDIT_CONFIG", help="File to add it to.")] = Path(
        "pgaudit.toml"
    ),
) -> int:
    """Accept one finding: adds a [[suppress]] entry to pgaudit.toml."""
    from datetime import date

    from pgaudit.cli.terminal import remark, write_file
    from pgaudit.config import load_configuration
    from pgaudit.errors import BadConfiguration, ExitCode

    if not fingerprint.startswith("v1:"):
        raise BadConfiguration("ID", f"{fingerprint!r} is no finding's id", "copy `id` from the JSON report")
    if not reason.strip():
        raise BadConfiguration("--reason", "it is empty", "say why the finding is accepted")
    if expires != "never":
        try:
            date.fromisoformat(expires)
        except ValueError:
            raise BadConfiguration("--expires", f"{expires!r} is no date", "write 2027-03-31, or never") from None
    before = config.read_text(encoding="utf-8") if config.exists() else ""
    if before:
        load_configuration(config.parent, explicit=config)  # never add to a file that is broken already
    header = "[[tool.pgaudit.suppress]]" if config.name == "pyproject.toml" else "[[suppress]]"
    entry = [header, f"check = {_toml(check)}", f"id = {_toml(fingerprint)}", f"reason = {_toml(reason)}"]
    entry.append(f"expires = {_toml(expires) if expires == 'never' else expires}")
    write_file(config, (before.rstrip("\n") + "\n\n" if before else "") + "\n".join(entry) + "\n")
    remark(f"added to {config}")
    return ExitCode.CLEAN


def _toml(text: str) -> str:
    """A basic string of TOML; JSON's escapes are a subset of TOML's."""
    import json

    return json.dumps(text)
