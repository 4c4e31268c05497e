"""Who may do what: roles, definer functions, other servers, encryption."""

from __future__ import annotations

import re

from pgaudit.review.evidence.inventory.facts import counted, fact, listed, some
from pgaudit.review.evidence.records import Record
from probes.catalog.catalog import Catalog
from probes.catalog.rows import ForeignServer, PgExtension

_DYNAMIC = re.compile(r"\bexecute\b(?!\s+(?:function|procedure)\b)", re.IGNORECASE)
_CONCATENATED = re.compile(r"\bexecute\b[^;]*\|\|", re.IGNORECASE)


def _roles(catalog: Catalog) -> Record:
    logins = [role for role in catalog.roles if role.row.can_login]
    superusers = sorted(role.name for role in logins if role.row.superuser)
    bypassing = sorted(role.name for role in logins if role.row.bypass_rls and not role.row.superuser)
    application = sorted(catalog.scope.application_roles)
    named = (
        f"; {listed(application)} named as the application's" if application else "; none is named as the application's"
    )
    return fact(
        "inventory/roles",
        "Roles",
        f"{counted(len(logins), 'role')} may log in, {_of_them(len(superusers), 'superuser')}, "
        f"{len(bypassing) or 'none'} past row level security{named}",
        logins=len(logins),
        superusers=some(superusers),
        bypassing_rls=some(bypassing),
        application_roles=some(application),
    )


def _of_them(count: int, noun: str) -> str:
    return f"none of them a {noun}" if not count else f"1 of them a {noun}" if count == 1 else f"{count} {noun}s"


def _programs(catalog: Catalog) -> Record:
    functions = list(catalog.functions)
    definers = sorted(one.qualified_name for one in functions if one.row.security_definer)
    dynamic = sorted(one.qualified_name for one in functions if _DYNAMIC.search(one.row.source or ""))
    joined = sorted(one.qualified_name for one in functions if _CONCATENATED.search(one.row.source or ""))
    return fact(
        "inventory/programs",
        "Functions",
        f"of {counted(len(functions), 'function')}, {len(definers) or 'none'} "
        f"{'runs with its' if len(definers) <= 1 else 'run with their'} owner's rights and {_built(dynamic, joined)}"
        if functions
        else "there is no function of one's own, so none builds SQL or lends its owner's rights",
        functions=len(functions),
        security_definer=some(definers),
        dynamic_sql=some(dynamic),
        sql_joined_from_strings=some(joined),
    )


def _built(dynamic: list[str], joined: list[str]) -> str:
    if not dynamic:
        return "none builds SQL at run time"
    builds = "builds" if len(dynamic) == 1 else "build"
    return f"{len(dynamic)} {builds} SQL at run time, {len(joined) or 'none'} of these by joining strings"


def _links(catalog: Catalog) -> Record:
    servers = sorted(row.name for row in catalog.rows(ForeignServer))
    linking = sorted(row.name for row in catalog.rows(PgExtension) if row.name in {"dblink", "postgres_fdw"})
    told = f"{counted(len(servers), 'foreign server')}; linking extensions: {', '.join(linking) or 'none'}"
    if not servers and not linking:
        told = "no foreign server is declared and no extension that links databases is installed"
    return fact(
        "inventory/links", "Links to other databases", told, foreign_servers=some(servers), extensions=tuple(linking)
    )


def _encryption(catalog: Catalog) -> Record:
    ssl, password = catalog.setting("ssl"), catalog.setting("password_encryption")
    crypto = any(row.name == "pgcrypto" for row in catalog.rows(PgExtension))
    ssl_value = ssl.value if ssl else None
    password_value = password.value if password else None
    return fact(
        "inventory/encryption",
        "Encryption",
        f"ssl is {ssl_value or 'not readable'}, passwords are stored as {password_value or 'not readable'}, "
        f"pgcrypto is {'installed' if crypto else 'not installed'}",
        ssl=ssl_value,
        password_encryption=password_value,
        pgcrypto=crypto,
    )


FACTS = (_programs, _roles, _links, _encryption)
"""Each gives one record."""
