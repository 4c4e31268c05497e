"""Database URLs as people paste them (Prisma, SQLAlchemy, JDBC, Django, Ecto, node) made into what libpq understands.

libpq's own reading of a URL is followed where it has one. Credentials end at `@`, so an unescaped `@` in a password
moves the host, and the error then repeats a part of the password: such URLs are refused here, and not repeated.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from pgaudit.errors import BadTarget
from pgaudit.server.conninfo import conninfo_pairs
from pgaudit.server.database_target import SECRET_KEYWORDS, Target, display_name
from pgaudit.server.parameters import LIBPQ_KEYWORDS, Draft, drop_options, translate_query, words
from pgaudit.server.redaction import Secret

_POSTGRES_SCHEMES = words(
    """
    postgresql postgres postgis ecto pgsql psql pg pgx pgx5 timescale timescaledb timescalegis postgresql_psycopg2
    django.db.backends.postgresql django.db.backends.postgresql_psycopg2 django.contrib.gis.db.backends.postgis
    """
)
_OTHER_DATABASES = words(
    "mysql mariadb sqlite sqlite3 sqlserver mssql mongodb redis rediss oracle redshift cockroachdb snowflake http https"
)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9_.]*)(?:\+[A-Za-z0-9_]+)?:(?://)?")
_JDBC = re.compile(r"(?i)jdbc:(?:aws-wrapper:)?(?=[a-z]+:)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_HOST = re.compile(r"[\w.\-:%]+\Z|[/@].*\Z")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})|%00")
_PASTED_PSQL = re.compile(r"psql\s+(?=['\"]?\w)")
_POOLER_PORTS = frozenset({"6432", "6543"})
_POOLER_WORDS = ("pooler", "pgbouncer")
_LAST_PORT = 65535
_ENCODE = (
    "percent-encode the user and password: @ is %40, / is %2F, : is %3A, ? is %3F, # is %23, % is %25, a space is %20"
)


@dataclass(frozen=True, slots=True, repr=False)
class _Parts:
    """A URL cut at its separators, not decoded."""

    user: str
    password: str | None
    hosts: str
    path: str
    query: str


def is_connection_string(text: str) -> bool:
    """Whether a text is meant as a URL or a keyword=value string, right or wrong (a name of a target is neither)."""
    return "://" in text or "=" in text or "@" in text or text.lower().startswith(("jdbc:", "postgres:", "postgresql:"))


def parse_target(text: str, *, source: str = "the target") -> Target:
    """Gives the target that a database URL or a libpq connection string means.

    Args:
        text: as pasted; surrounding space, quotes and a leading `psql` are taken off.
        source: where it came from, for messages (`DATABASE_URL`).

    Raises:
        BadTarget: it cannot mean a PostgreSQL database. Nothing of `text` that could be a password is repeated.
    """
    pasted = _unwrapped(text)
    if _CONTROL.search(pasted):
        raise BadTarget("contains a line break or control character", _ENCODE, source=source)
    draft = Draft(source)
    if "://" in pasted.split("=", 1)[0] or _JDBC.match(pasted) or "=" not in pasted:
        _read_url(draft, pasted)
    else:
        _read_conninfo(draft, pasted)
    return _finished(draft)


def pooler_hints(host: str | None, port: str | None, *, by_flag: bool = False) -> tuple[str, ...]:
    """Gives the reasons why a host and port look like a connection pooler's."""
    hints = [f"port {number}" for number in (port or "").split(",") if number in _POOLER_PORTS]
    hints += [f"{word} in the host name" for word in _POOLER_WORDS if word in (host or "").lower()][:1]
    return (*hints, "pgbouncer=true in the URL") if by_flag else tuple(hints)


def _unwrapped(text: str) -> str:
    pasted = _PASTED_PSQL.sub("", text.strip(), count=1) if text.strip().startswith("psql") else text.strip()
    if len(pasted) > 1 and pasted[0] == pasted[-1] and pasted[0] in "'\"":
        return pasted[1:-1].strip()
    return pasted


def _read_conninfo(draft: Draft, text: str) -> None:
    pairs = conninfo_pairs(text, source=draft.source)
    if pairs.keys() - LIBPQ_KEYWORDS:
        semicolons = "use spaces, not semicolons, or a postgresql:// URL" if ";" in text else "quote values with spaces"
        raise BadTarget("has a keyword that libpq does not know", semicolons, source=draft.source)
    translate_query(draft, pairs.items())


def _read_url(draft: Draft, text: str) -> None:
    rest = _after_scheme(text, draft.source)
    parts = _cut(rest, draft.source)
    for keyword, value in (("user", parts.user), ("password", parts.password)):
        if value:
            draft.settings[keyword] = _decoded(value, draft.source)
    _read_hosts(draft, parts.hosts)
    _read_path(draft, parts.path, has_host=bool(parts.hosts))
    pairs = [pair.partition("=") for pair in parts.query.split("&") if pair]
    if any(not separator for _, separator, _ in pairs) or _looks_misplaced(pairs):
        raise BadTarget("has a query part that is not name=value", _ENCODE, source=draft.source)
    translate_query(draft, [(_decoded(name, draft.source), _decoded(value, draft.source)) for name, _, value in pairs])


def _after_scheme(text: str, source: str) -> str:
    jdbc = _JDBC.match(text)
    url = text[jdbc.end() :] if jdbc else text
    match = _SCHEME.match(url)
    scheme = match[1].lower() if match else ""
    if scheme == "prisma" or url.lower().startswith("prisma+"):
        raise BadTarget(
            "is a Prisma Accelerate URL, which is not a database",
            "use the direct URL of the database (often DIRECT_URL)",
            source=source,
        )
    if match is None or scheme not in _POSTGRES_SCHEMES:
        kind = f"is a {scheme} URL" if scheme in _OTHER_DATABASES else "is not a PostgreSQL URL"
        raise BadTarget(kind, "write postgresql://user@host:5432/database", source=source)
    if not match[0].endswith("//"):
        if jdbc is None:
            raise BadTarget("is not a PostgreSQL URL", "write postgresql://user@host:5432/database", source=source)
        return "/" + url[match.end() :].lstrip("/")
    return url[match.end() :]


def _cut(rest: str, source: str) -> _Parts:
    """Cuts as libpq does: what stands before an `@` in the first segment is the credentials.

    Raises:
        BadTarget: an unescaped separator inside the credentials is likely.
    """
    first, slash, tail = rest.partition("/")
    credentials, at, place = first.rpartition("@")
    user, colon, password = credentials.partition(":")
    hosts, question, early_query = place.partition("?")
    path, _, query = (slash + tail).partition("?") if not question else ("", "", early_query + slash + tail)
    ambiguous = "@" in credentials or "@" in path or "?" in user or re.search(r"\?[^@]*=", password)
    if ambiguous or ("@" in query and not at and not _hosts_are_plain(hosts)):
        raise BadTarget("has an @ or another separator inside the user or password", _ENCODE, source=source)
    return _Parts(user, password if colon else None, hosts, path, query)


def _hosts_are_plain(hosts: str) -> bool:
    return all(re.fullmatch(r"(\[[^\]]*\]|[^:\[\]]*)(:\d*)?", one) for one in hosts.split(","))


def _looks_misplaced(pairs: list[tuple[str, str, str]]) -> bool:
    """Whether the query may be the end of a password: an `@` in it, though no parameter of libpq holds it."""
    return any("@" in name or ("@" in value and name.lower() not in LIBPQ_KEYWORDS) for name, _, value in pairs)


def _read_hosts(draft: Draft, text: str) -> None:
    if not text:
        return
    hosts: list[str] = []
    ports: list[str] = []
    for one in text.split(","):
        match = re.fullmatch(r"(?:\[([^\]]*)\]|([^:\[\]]*))(?::(.*))?", one)
        host = _decoded((match[1] or match[2] or "") if match else "", draft.source)
        if match is None or (host and not _HOST.match(host)):
            raise BadTarget("has no valid host name", _ENCODE, source=draft.source)
        hosts.append(host)
        ports.append(match[3] or "")
    if any(hosts):
        draft.settings["host"] = ",".join(hosts)
    if any(ports):
        draft.settings["port"] = ",".join(ports)


def _read_path(draft: Draft, path: str, *, has_host: bool) -> None:
    """The database; without a host a path of several parts is a socket's folder and a database, as Django reads it."""
    name = path[1:]
    if name.startswith("/") and not has_host:
        folder, _, name = name.rpartition("/")
        if folder:
            draft.settings["host"] = _decoded(folder, draft.source)
    if database := _decoded(name.rstrip("/"), draft.source):
        draft.settings["dbname"] = database


def _decoded(text: str, source: str) -> str:
    """Gives the percent-decoded text, where `+` is a plus sign, as in libpq."""
    if _BAD_PERCENT.search(text) or " " in text:
        raise BadTarget("has a % or a space that is not percent-encoded", _ENCODE, source=source)
    try:
        decoded = unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise BadTarget("has percent-encoded bytes that are not UTF-8", _ENCODE, source=source) from None
    if _CONTROL.search(decoded):
        raise BadTarget("contains a line break or control character", _ENCODE, source=source)
    return decoded


def _finished(draft: Draft) -> Target:
    _check_ports(draft)
    settings = {keyword: value for keyword, value in draft.settings.items() if value}
    hints = pooler_hints(settings.get("host"), settings.get("port"), by_flag=draft.pooled_by_flag)
    draft.settings = settings
    if hints:
        drop_options(draft)
    if not settings.keys() & {"host", "hostaddr", "dbname", "service"}:
        raise BadTarget(
            "names neither a host nor a database", "write postgresql://user@host:5432/database", source=draft.source
        )
    return Target(
        name=display_name({k: v for k, v in settings.items() if k not in SECRET_KEYWORDS}),
        settings=tuple((k, v) for k, v in settings.items() if k not in SECRET_KEYWORDS),
        secrets=tuple((k, Secret(v)) for k, v in settings.items() if k in SECRET_KEYWORDS),
        schema=draft.schema,
        pooler_hints=hints,
        notes=tuple(draft.notes),
    )


def _check_ports(draft: Draft) -> None:
    for port in draft.settings.get("port", "").split(","):
        if port and not (port.isascii() and port.isdigit() and 0 < int(port[:6]) <= _LAST_PORT):
            raise BadTarget(
                f"has a port that is not a number from 1 to {_LAST_PORT}",
                f"correct it, or {_ENCODE}",
                source=draft.source,
            )
