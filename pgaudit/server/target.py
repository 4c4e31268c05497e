"""Which database or snapshot a command is about: argument, stdin, configured name, environment, in that order."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from pgaudit.errors import BadConfiguration, BadTarget, NoTarget, UnknownTargetName
from pgaudit.server.database_target import Target, display_name
from pgaudit.server.url import is_connection_string, parse_target, pooler_hints

SNAPSHOT_SUFFIX = ".pgsnapshot"
URL_VARIABLES = ("PGAUDIT_DATABASE_URL", "DATABASE_URL")
_DIRECT_URL_VARIABLES = ("DIRECT_URL", "DIRECT_DATABASE_URL", "POSTGRES_URL_NON_POOLING")
# Only these say which server or database; PGUSER, PGPASSWORD or PGPORT alone do not.
_LIBPQ_VARIABLES = {
    "PGSERVICE": "service",
    "PGHOST": "host",
    "PGHOSTADDR": "hostaddr",
    "PGDATABASE": "dbname",
}
_LIBPQ_NAMING = {**_LIBPQ_VARIABLES, "PGPORT": "port", "PGUSER": "user"}


@dataclass(frozen=True, slots=True)
class SnapshotTarget:
    """A saved picture of a database, audited without a server."""

    path: Path

    @property
    def name(self) -> str:
        """The file's name without its ending, for reports."""
        return self.path.stem


@dataclass(frozen=True, slots=True)
class ConfiguredTarget:
    """A target of the configuration file: the name of a variable that holds its URL, or a URL without a password."""

    url_env: str | None = None
    url: str | None = None


def resolve_target(
    argument: str | None,
    *,
    environment: Mapping[str, str],
    configured: Mapping[str, ConfiguredTarget],
    stdin: TextIO,
) -> Target | SnapshotTarget:
    """Gives what to audit.

    Args:
        argument: the command's TARGET: a URL, a keyword=value string, `-` for stdin, a configured name, or the
            path of a `.pgsnapshot`; None if it was not given.
        environment: read without an argument: PGAUDIT_DATABASE_URL, DATABASE_URL, libpq's PG variables.
        configured: targets of the configuration file by name.
        stdin: read only for `-`.

    Raises:
        NoTarget: nothing names a database. An empty argument ("$DATABASE_URL" unset) never means the next source.
        BadTarget: what names it cannot mean a PostgreSQL database.
        BadConfiguration: the configured target of that name is not usable.
    """
    if argument is None:
        return _from_environment(environment)
    text = argument.strip()
    if not text:
        raise NoTarget(["the TARGET argument"])
    if text == "-":
        return _from_stdin(stdin)
    if text.endswith(SNAPSHOT_SUFFIX) and "://" not in text:
        return SnapshotTarget(Path(text))
    if is_connection_string(text):
        target = parse_target(text)
        visible = (
            "the password was on the command line, where other users see it: use - (stdin) or PGAUDIT_DATABASE_URL"
        )
        return target.with_notes(visible) if target.has_password else target
    return _from_configuration(text, configured, environment)


def _from_stdin(stdin: TextIO) -> Target:
    for line in stdin:
        if line.strip():
            return parse_target(line, source="the target on standard input")
    raise NoTarget(["standard input"])


def _from_configuration(
    name: str, configured: Mapping[str, ConfiguredTarget], environment: Mapping[str, str]
) -> Target:
    entry = configured.get(name)
    if entry is None:
        if not all(character.isalnum() or character in "_.-" for character in name):
            raise BadTarget("is neither a URL nor a configured name", "write postgresql://user@host:5432/database")
        raise UnknownTargetName(name, configured)
    where = f"target {name}"
    if entry.url_env is not None:
        url = environment.get(entry.url_env, "")
        if not url.strip():
            raise BadConfiguration(where, f"{entry.url_env} is not set", f"set {entry.url_env} to the database's URL")
        return parse_target(url, source=entry.url_env).renamed(name)
    if entry.url is None:
        raise BadConfiguration(where, "it has neither url-env nor url", "add url-env with the name of a variable")
    target = parse_target(entry.url, source=f"the url of {where}").renamed(name)
    if target.secrets:
        raise BadConfiguration(
            where, "its url holds a password", "keep it in ~/.pgpass or in a variable, and use url-env"
        )
    return target


def _from_environment(environment: Mapping[str, str]) -> Target:
    for variable in URL_VARIABLES:
        if url := environment.get(variable, "").strip():
            target = parse_target(url, source=variable)
            return target.with_notes(*_direct_url_note(target, variable, environment))
    if any(environment.get(variable) for variable in _LIBPQ_VARIABLES):
        return _from_libpq_variables(environment)
    raise NoTarget([variable for variable in URL_VARIABLES if variable in environment])


def _direct_url_note(target: Target, variable: str, environment: Mapping[str, str]) -> list[str]:
    direct = [name for name in _DIRECT_URL_VARIABLES if environment.get(name, "").strip()]
    if not target.looks_pooled or not direct:
        return []
    return [f"{variable} looks like a connection pooler's ({target.pooler_hints[0]}); {direct[0]} is set: prefer it"]


def _from_libpq_variables(environment: Mapping[str, str]) -> Target:
    """Leaves everything to libpq, which reads these variables itself, and only says what they name."""
    named = {keyword: environment[name] for name, keyword in _LIBPQ_NAMING.items() if environment.get(name)}
    return Target(
        name=display_name(named), settings=(), pooler_hints=pooler_hints(named.get("host"), named.get("port"))
    )
