"""`pgaudit doctor`: what the audit role may see, and what would give it the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pgaudit.cli import options as opt

if TYPE_CHECKING:
    from pgaudit.server.doctor import Capability, Diagnosis

_MARKS = {"present": "ok", "missing": "missing", "unavailable": "not to be had"}
_POOLERS = {"none": "no pooler", "suspected": "perhaps behind a pooler", "certain": "behind a pooler"}


def doctor(
    target: opt.TargetArgument = None,
    dsn: opt.DsnOption = None,
    format_name: opt.ListingFormat = "text",
    strict: Annotated[
        bool, typer.Option("--strict", envvar="PGAUDIT_STRICT", help="Exit 4 when a privilege is missing.")
    ] = False,
    connect_timeout: opt.ConnectTimeout = 10,
    verbose: opt.Verbose = 0,
) -> int:
    """Look at the connection, the server and each privilege: present, or the exact GRANT that gives it."""
    from pgaudit.cli.listing import wants_json
    from pgaudit.cli.targets import resolve
    from pgaudit.cli.terminal import set_up_logging, write_stdout
    from pgaudit.errors import BadConfiguration, ExitCode
    from pgaudit.server.connect import connect
    from pgaudit.server.doctor import diagnose
    from pgaudit.server.target import SnapshotTarget

    set_up_logging(verbose)
    as_json = wants_json(format_name)
    where = resolve(target, dsn)
    if isinstance(where, SnapshotTarget):
        raise BadConfiguration("TARGET", "a snapshot has no privileges", "name a database")
    with connect(where, connect_timeout_s=connect_timeout) as connection:
        found = diagnose(connection, where)
    write_stdout(_as_json(found) if as_json else _as_text(where.name, found), for_programs=as_json)
    return ExitCode.INCOMPLETE if strict and found.missing else ExitCode.CLEAN


def _as_text(name: str, found: Diagnosis) -> str:
    from pgaudit.reports.words import printable, seconds_in_words

    facts = found.facts
    role = "standby" if facts.in_recovery else "primary"
    age = seconds_in_words(facts.counters_age.total_seconds())
    lines = [
        f"{name}: PostgreSQL {facts.version}, {role}, as {printable(facts.role.name)}",
        f"provider {facts.provider.value}, {_POOLERS[facts.pooler.verdict.value]}, counters {age} old",
        "",
    ]
    for capability in found.capabilities:
        lines += _capability(capability)
    lines += [f"warning: {printable(concern.message)}" for concern in found.concerns]
    missing = len(found.missing)
    lines.append(f"{missing} of {len(found.capabilities)} missing" if missing else "nothing is missing")
    return "\n".join(lines) + "\n"


def _capability(capability: Capability) -> list[str]:
    from pgaudit.reports.escaping import printable, sql_lines

    lines = [
        f"{_MARKS[capability.status.value]:<14}{capability.title} ({capability.level.value}: {capability.unlocks})"
    ]
    lines += [f"{'':<14}{line}" for statement in capability.remedy for line in sql_lines(statement)]
    if capability.remedy and capability.run_as:
        lines.append(f"{'':<14}-- to be run by {capability.run_as}")
    if capability.note:
        lines.append(f"{'':<14}{printable(capability.note)}")
    return lines


def _as_json(found: Diagnosis) -> str:
    import msgspec

    from pgaudit.reports.escaping import json_safe

    return json_safe(msgspec.json.format(msgspec.json.encode(found, order="deterministic"), indent=2).decode()) + "\n"
