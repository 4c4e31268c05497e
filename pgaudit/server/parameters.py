"""The query parameters of database URLs: libpq's own, and those of other clients made into libpq's."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from pgaudit.errors import BadTarget


def words(text: str) -> frozenset[str]:
    """Gives the words of a text."""
    return frozenset(text.split())


# PostgreSQL 18, "Parameter Key Words"; not `replication`: an audit needs an ordinary session.
LIBPQ_KEYWORDS = words(
    """
    application_name channel_binding client_encoding connect_timeout dbname fallback_application_name gssdelegation
    gssencmode gsslib host hostaddr keepalives keepalives_count keepalives_idle keepalives_interval krbsrvname
    load_balance_hosts max_protocol_version min_protocol_version oauth_client_id oauth_client_secret oauth_issuer
    oauth_scope options passfile password port require_auth requirepeer scram_client_key scram_server_key service
    servicefile ssl_max_protocol_version ssl_min_protocol_version sslcert sslcertmode sslcompression sslcrl sslcrldir
    sslkey sslkeylogfile sslmode sslnegotiation sslpassword sslrootcert sslsni
    target_session_attrs tcp_user_timeout user
    """
)
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")

_ALIASES = {
    "applicationname": "application_name",
    "database": "dbname",
    "logintimeout": "connect_timeout",
    "connecttimeout": "connect_timeout",
    "ssl-mode": "sslmode",
    "ssl-root-cert": "sslrootcert",
    "ssl-ca": "sslrootcert",
    "ssl-cert": "sslcert",
    "ssl-key": "sslkey",
    "username": "user",
}
_SCHEMA_NAMES = frozenset({"schema", "currentschema", "search_path", "options[search_path]"})
# What other clients read from the same URL and a server never sees: Prisma, SQLAlchemy, Django, node-postgres, JDBC,
# Rails, Ecto, sqlx, pgx, Vercel. Compared in lower case.
_OTHER_CLIENTS = words(
    """
    connection_limit pool_timeout socket_timeout statement_cache_size sslidentity single_use_connections
    prepared_statement_cache_size prepared_statement_name_func async_fallback
    conn_max_age conn_health_checks disable_server_side_cursors ssl_require atomic_requests
    uselibpqcompat binary max_lifetime idle_timeout
    preparethreshold preparedstatementcachequeries rewritebatchedinserts targetservertype sockettimeout tcpkeepalive
    stringtype sslfactory defaultrowfetchsize loggerlevel assumeminserverversion readonly
    pool pool_size encoding charset prepared_statements statement_timeout lock_timeout reaping_frequency
    checkout_timeout queue_target queue_interval
    statement-cache-capacity
    pool_max_conns pool_min_conns pool_max_conn_lifetime pool_max_conn_idle_time pool_health_check_period
    default_query_exec_mode description_cache_capacity statement_cache_capacity statement_cache_mode
    x-migrations-table x-migrations-table-quoted x-multi-statement x-multi-statement-max-size x-statement-timeout
    x-lock-strategy supa workaround timezone
    """
)
_PRISMA_ONLY = frozenset({"schema", "sslaccept", "sslidentity", "connection_limit", "pgbouncer", "socket_timeout"})
_SAFETY_WORDS = ("ssl", "tls", "gss", "auth", "verify", "cert", "encrypt", "channel")
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]{0,40}\Z")
_TRUE = frozenset({"true", "1", "yes", "on", "t"})
_FALSE = frozenset({"false", "0", "no", "off", "f"})
# Neon and Supabase tell the database to route to in `options`; it never reaches a server.
_ROUTING_OPTIONS = re.compile(r"\s*(-c\s*)?(endpoint|project|reference)\s*=\s*\S+\s*\Z")


@dataclass(slots=True)
class Draft:
    """What has been read of a target so far."""

    source: str
    settings: dict[str, str] = field(default_factory=dict[str, str])
    schema: str | None = None
    pooled_by_flag: bool = False
    notes: list[str] = field(default_factory=list[str])


def translate_query(draft: Draft, pairs: Iterable[tuple[str, str]]) -> None:
    """Adds a URL's query parameters to the draft as libpq's.

    Raises:
        BadTarget: a value makes no sense, or an unknown parameter may be about encryption, which must not be ignored.
    """
    pairs = list(pairs)
    names = {name.lower() for name, _ in pairs}
    for name, value in pairs:
        _translate(draft, name, value)
    if names & _PRISMA_ONLY and "sslcert" in draft.settings and "sslkey" not in draft.settings:
        # In Prisma's URLs sslcert is the certificate authority's.
        draft.settings.setdefault("sslrootcert", draft.settings.pop("sslcert"))
    if "sslidentity" in names:
        draft.settings.pop("sslpassword", None)
        draft.notes.append(
            "sslidentity (PKCS#12) is not something libpq reads; use sslcert and sslkey if they are needed"
        )


def _translate(draft: Draft, name: str, value: str) -> None:
    folded = name.lower()
    keyword = _ALIASES.get(folded, folded)
    if keyword == "sslmode":
        draft.settings["sslmode"] = _ssl_mode(draft, value)
    elif keyword == "ssl":
        _translate_ssl(draft, value)
    elif keyword == "sslaccept":
        _translate_sslaccept(draft, value)
    elif folded in _SCHEMA_NAMES:
        draft.schema = value.split(",", 1)[0].strip().strip('"') or draft.schema
    elif folded == "pgbouncer":
        draft.pooled_by_flag = value.lower() in _TRUE
    elif keyword in LIBPQ_KEYWORDS:
        draft.settings[keyword] = value
    else:
        _pass_over(draft, name)


def _ssl_mode(draft: Draft, value: str) -> str:
    mode = value.lower().replace("_", "-")
    if mode == "no-verify":
        draft.notes.append("sslmode=no-verify is read as sslmode=require: encrypted, the certificate is not verified")
        return "require"
    if mode in SSL_MODES:
        return mode
    raise BadTarget("has an unknown sslmode", f"use one of {', '.join(SSL_MODES)}", source=draft.source)


def _translate_ssl(draft: Draft, value: str) -> None:
    """`ssl=true` of node-postgres, JDBC and Ecto; asyncpg writes a mode there."""
    if value.lower() in _TRUE or not value:
        draft.settings.setdefault("sslmode", "require")
        draft.notes.append("ssl=true is read as sslmode=require: encrypted, the certificate is not verified")
    elif value.lower() in _FALSE:
        draft.settings.setdefault("sslmode", "disable")
    else:
        draft.settings.setdefault("sslmode", _ssl_mode(draft, value))


def _translate_sslaccept(draft: Draft, value: str) -> None:
    """Prisma: `strict` verifies the certificate against the system's authorities."""
    if value.lower() == "strict":
        draft.settings["sslmode"] = "verify-full"
        if not {"sslrootcert", "sslcert"} & draft.settings.keys():
            draft.settings["sslrootcert"] = "system"


def _pass_over(draft: Draft, name: str) -> None:
    if name.lower() in _OTHER_CLIENTS:
        return
    shown = f"parameter {name}" if _PLAIN_NAME.match(name) else "parameter"
    if any(word in name.lower() for word in _SAFETY_WORDS):
        raise BadTarget(
            f"has an unknown {shown}, which may be about encryption",
            "correct its spelling or remove it; libpq's names are sslmode, sslrootcert, sslcert, sslkey",
            source=draft.source,
        )
    draft.notes.append(f"ignored an unknown {shown} of the URL")


def drop_options(draft: Draft) -> None:
    """Removes startup `options`, which a transaction pooler refuses, unless they only tell a proxy where to go."""
    options = draft.settings.get("options")
    if options and not _ROUTING_OPTIONS.match(options):
        del draft.settings["options"]
        draft.notes.append("left out options: a connection pooler refuses startup options")
