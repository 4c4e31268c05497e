"""The SQL of a role that audits: three levels, worded for the service that runs the server."""

from __future__ import annotations

from pgaudit.errors import BadConfiguration
from pgaudit.server.doctor import Level
from probes.catalog.names import qualified, quoted
from probes.catalog.provider import Provider

_SETTINGS = {
    "default_transaction_read_only": "on",
    "statement_timeout": "'30s'",
    "lock_timeout": "'200ms'",
    "idle_in_transaction_session_timeout": "'60s'",
}
_RESERVED_NAMES = {"auditor"}  # the pgAudit extension's manual names its role so, and logs whatever that role may read


def audit_role_sql(level: str, provider: str, role: str, database: str, migrations_table: str | None) -> str:
    """A script for psql.

    Args:
        level: `minimum` (structure), `standard` (and sessions, statements, settings) or `full`.
        provider: A value of `Provider`.
        role: Name of the role to create.
        database: Database it may connect to.
        migrations_table: `schema.table` that the gate reads; only with `full`.

    Raises:
        BadConfiguration: A level, provider or name that cannot be.
    """
    chosen = _level(level)
    service = _provider(provider)
    if role in _RESERVED_NAMES:
        raise BadConfiguration("--role", f"{role!r} may switch on the pgAudit extension's logging", "take another name")
    name = quoted(role)
    lines = [f"-- To be run by {service.administrator}. Set the password with \\password {role} in psql."]
    lines += [
        f"create role {name} login connection limit 3;",
        f"grant connect on database {quoted(database)} to {name};",
    ]
    lines += [f"alter role {name} set {setting} = {value};" for setting, value in _SETTINGS.items()]
    if chosen is not Level.MINIMUM:
        lines.append(f"grant pg_monitor to {name};")
    if chosen is Level.FULL:
        lines += _full(name, migrations_table, managed=service.is_managed)
    lines.append("-- Never pg_read_all_data: it opens password hashes, and pgaudit reads no table of yours.")
    return "\n".join(lines) + "\n"


def _full(name: str, migrations_table: str | None, *, managed: bool) -> list[str]:
    lines: list[str] = []
    if migrations_table:
        schema, dot, table = migrations_table.partition(".")
        if not dot:
            raise BadConfiguration("--migrations-table", f"{migrations_table!r} has no schema", "write schema.table")
        lines.append(f"grant usage on schema {quoted(schema)} to {name};")
        lines.append(f"grant select on {qualified(schema, table)} to {name};")
    if managed:
        return [*lines, "-- The service keeps pg_hba.conf and the configuration files to itself."]
    return [
        *lines,
        f"grant select on pg_catalog.pg_hba_file_rules, pg_catalog.pg_file_settings to {name};",
        f"grant execute on function pg_catalog.pg_hba_file_rules(), pg_catalog.pg_show_all_file_settings() to {name};",
    ]


def _level(level: str) -> Level:
    try:
        return Level(level)
    except ValueError:
        names = ", ".join(one.value for one in Level)
        raise BadConfiguration("--level", f"{level!r} is none", f"choose one of {names}") from None


def _provider(provider: str) -> Provider:
    try:
        return Provider(provider)
    except ValueError:
        names = ", ".join(one.value for one in Provider)
        raise BadConfiguration("--provider", f"{provider!r} is none", f"choose one of {names}") from None
