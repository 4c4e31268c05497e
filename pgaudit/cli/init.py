"""`pgaudit init`: a first configuration file, and the lines for a pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_CONFIGURATION = """# Read here and in every folder below. Keys: docs/configuration.md
fail-on = "high"
exclude-schemas = []
# Roles that your application's users act as: what they may reach counts as exposed.
application-roles = []

[tenancy]
# column = "tenant_id"

[review]
# context = "pgaudit.context.yaml"  # `pgaudit context init` writes one
# redaction = "names"

[targets.staging]
url-env = "STAGING_DATABASE_URL"  # the name of a variable; never a password
"""

_PIPELINE = """For a pipeline (GitHub Actions):

  - run: pip install pgaudit-cli
  - run: pgaudit scan staging -o sarif=pgaudit.sarif
    env:
      STAGING_DATABASE_URL: ${{ secrets.STAGING_DATABASE_URL }}
"""


def init(
    config: Annotated[Path, typer.Option("--config", help="File to write.")] = Path("pgaudit.toml"),
) -> int:
    """Write a configuration file to begin with, say which migration tool was found, and print lines for a pipeline."""
    from pgaudit.cli.terminal import remark, write_file, write_stdout
    from pgaudit.errors import BadConfiguration, ExitCode, PgauditError

    if config.exists():
        raise BadConfiguration("--config", f"{config} is there already", "edit it, or name another file")
    write_file(config, _CONFIGURATION)
    remark(f"wrote {config}")
    try:
        found = _migration_tool()
    except PgauditError as error:
        remark(str(error))
    else:
        remark(f"migrations: {found}")
    write_stdout(_PIPELINE)
    return ExitCode.CLEAN


def _migration_tool() -> str:
    from pgaudit.migrations.sources.detect import detect

    location = detect(Path.cwd())  # no file is read whole: this may be a home folder
    return f"{location.tool.value} in {location.folder}"
