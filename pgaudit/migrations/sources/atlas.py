"""Atlas: `<version>_<name>.sql` in byte order, with `atlas.sum`; a checkpoint file starts the history again."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from pgaudit.migrations.sources.files import SourceFile, decode, file_names, read_bytes, read_source
from pgaudit.migrations.sources.interface import (
    Location,
    Migration,
    MigrationState,
    Problem,
    ProblemKind,
    Rerun,
    Source,
    SourceOptions,
    SqlPart,
    State,
    StateTableRows,
    Tool,
    TxMode,
)
from pgaudit.migrations.sources.ordering import (
    applied_state,
    duplicate_versions,
    failed_state,
    set_difference,
)
from pgaudit.migrations.sources.sqlfiles import at_least_one

SUM_FILE = "atlas.sum"
DIRECTIVE = re.compile(r"^-- atlas:(\w+)[ \t]*(.*?)\s*$")
CHECKPOINT = "checkpoint"


def read(location: Location, options: SourceOptions) -> list[Migration]:
    """Every file, one transaction each unless `-- atlas:txmode none` says so in the block at its top."""
    return at_least_one(_read(location.folder, options), location.folder)


def _read(folder: Path, options: SourceOptions) -> Iterator[Migration]:
    digest = hashlib.sha256()
    for file_name in file_names(folder):
        source = read_source(folder / file_name)
        directives = file_directives(source.text)
        digest.update(file_name.encode(errors="surrogateescape"))
        checksum = None
        if not source.text.startswith("-- atlas:sum ignore"):
            digest.update(read_bytes(source.path))
            checksum = base64.b64encode(digest.digest()).decode()
        yield _migration(source, directives, checksum, options)


def _migration(
    source: SourceFile, directives: dict[str, str], checksum: str | None, options: SourceOptions
) -> Migration:
    version, _, name = source.path.name.removesuffix(".sql").partition("_")
    tx_mode = options.tx_mode or TxMode.PER_FILE
    match directives.get("txmode"):
        case "none":
            tx_mode = TxMode.PER_STATEMENT
        case "all":
            tx_mode = TxMode.ALL_PENDING
        case "file":
            tx_mode = TxMode.PER_FILE
        case _:
            pass
    text = _with_semicolons(source.text, directives.get("delimiter", ""))
    parts = (SqlPart(text, source.path),) if text else ()
    replaces = (CHECKPOINT,) if CHECKPOINT in directives else ()
    return Migration(
        Tool.ATLAS, version, name, source.path, parts, tx_mode, checksum, source.opaque, Rerun.NEVER, (), replaces
    )


def file_directives(text: str) -> dict[str, str]:
    """The `-- atlas:` lines of the comment block at the top, which an empty line must follow."""
    directives: dict[str, str] = {}
    offset = 0
    while text.startswith(("--", "#"), offset):
        end = text.find("\n", offset)
        line = text[offset:] if end < 0 else text[offset:end]
        if match := DIRECTIVE.match(line):
            directives[match[1]] = match[2]
        if end < 0:
            return directives
        offset = end + 1
    return directives if text.startswith(("\n", "\r\n"), offset) else {}


def _with_semicolons(text: str, delimiter: str) -> str:
    """The text with a delimiter of the file's own turned into semicolons, on the same lines."""
    unescaped = delimiter.replace("\\n", "\n").replace("\\t", "\t")
    if not unescaped.strip():
        return text if "\n" not in unescaped else text.replace(unescaped, ";" + unescaped)
    head, mark, rest = text.partition("\n")
    return head + mark + rest.replace(unescaped, ";" + "\n" * unescaped.count("\n"))


def states(migrations: Sequence[Migration], rows: StateTableRows) -> list[MigrationState]:
    """States by version: applied when every statement of the file was and no error is kept.

    A file below the newest applied one is refused (`--exec-order linear`). Hashes are cumulative, so that only the
    first file that differs is known to be edited.
    """
    applied: dict[str, str | None] = {}
    failed: dict[str, str] = {}
    for version, done, total, error, digest in rows.select("version", "applied", "total", "error", "hash"):
        if str(version).startswith("."):
            continue
        applied[str(version)] = str(digest).removeprefix("h1:") if digest else None
        if error or (done or 0) != (total or 0):
            failed[str(version)] = f"{done} of {total} statements were applied"
    result = set_difference(migrations, _first_difference(migrations, applied), order=str, refuses_lower=True)
    fresh = not applied
    return [_refined(state, failed, _checkpoints(migrations), fresh=fresh) for state in result]


def _first_difference(migrations: Sequence[Migration], applied: dict[str, str | None]) -> dict[str, str | None]:
    """The applied hashes up to the first file that differs or is new; those after it cannot agree any more."""
    kept = dict.fromkeys(applied)
    for migration in migrations:
        digest = applied.get(migration.version)
        kept[migration.version] = digest
        if migration.version not in applied:
            del kept[migration.version]
            break
        if digest is not None and migration.checksum_disk is not None and digest != migration.checksum_disk:
            break
    return kept


def _checkpoints(migrations: Sequence[Migration]) -> list[str]:
    return [migration.version for migration in migrations if CHECKPOINT in migration.replaces]


def _refined(state: MigrationState, failed: dict[str, str], checkpoints: list[str], *, fresh: bool) -> MigrationState:
    if state.migration is None:
        return state
    if state.version in failed:
        return failed_state(state.migration, failed[state.version])
    if state.state in {State.APPLIED, State.EDITED} or not checkpoints:
        return state
    if fresh and state.version < checkpoints[-1]:
        return applied_state(state.migration, "the checkpoint file stands for it")
    if not fresh and state.version in checkpoints:
        return applied_state(state.migration, "a checkpoint runs on an empty database only")
    return state


def problems(migrations: Sequence[Migration]) -> list[Problem]:
    """Duplicate versions, and the first file that `atlas.sum` does not describe: Atlas refuses to run then."""
    found = duplicate_versions(migrations)
    sum_path = migrations[0].path.with_name(SUM_FILE) if migrations else None
    if sum_path is None or not sum_path.exists():
        return found
    lines = decode(read_bytes(sum_path))[0].splitlines()[1:]
    recorded = {name: digest for name, _, digest in (line.rpartition(" h1:") for line in lines)}
    for migration in migrations:
        if migration.checksum_disk not in {None, recorded.get(migration.path.name)}:
            message = (
                f"{SUM_FILE} does not describe {migration.path.name}; Atlas refuses to run until it is hashed again"
            )
            stale = Problem(ProblemKind.CHECKSUM_FILE_STALE, message, (migration.version,), migration.path)
            return [*found, stale]
    return found


SOURCE = Source(Tool.ATLAS, read, states, problems=problems)
