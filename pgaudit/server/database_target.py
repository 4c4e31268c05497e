"""What to connect to: libpq's parameters, with the secrets kept apart."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from pgaudit.errors import one_line
from pgaudit.server.redaction import Secret, redact

SECRET_KEYWORDS = frozenset({"password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key"})
_PUBLIC_KEYWORDS = ("user", "dbname", "host", "hostaddr", "port", "service")


@dataclass(frozen=True, slots=True)
class Target:
    """A database to audit. Printing one shows no password.

    Attributes:
        name: for people and reports: `user@host:port/database`, or the configured name.
        settings: libpq keywords and values, without secrets.
        secrets: libpq keywords whose values are secret.
        schema: the schema that the URL names (Prisma's `schema=`, JDBC's `currentSchema=`), a default filter.
        pooler_hints: why the URL looks like a connection pooler's; empty if it does not.
        notes: what was changed or left out of the URL, one line each, for stderr.
    """

    name: str
    settings: tuple[tuple[str, str], ...]
    secrets: tuple[tuple[str, Secret], ...] = field(default=())
    schema: str | None = None
    pooler_hints: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def looks_pooled(self) -> bool:
        """Whether the URL looks like a connection pooler's."""
        return bool(self.pooler_hints)

    @property
    def has_password(self) -> bool:
        """Whether a password was written in the URL or connection string itself."""
        return any(keyword == "password" for keyword, _ in self.secrets)

    def setting(self, keyword: str) -> str | None:
        """Gives the value of a libpq keyword that is not secret, or None."""
        return dict(self.settings).get(keyword)

    def parameters(self) -> dict[str, str]:
        """Gives libpq's keywords and values, secrets included: only for opening a connection."""
        return dict(self.settings) | {keyword: secret.reveal() for keyword, secret in self.secrets}

    def redact(self, text: str, *, also: Iterable[Secret] = ()) -> str:
        """Gives a driver's or server's text without this target's secrets."""
        public = [value for keyword, value in self.settings if keyword in _PUBLIC_KEYWORDS]
        return redact(text, [*(secret for _, secret in self.secrets), *also], public=public)

    def renamed(self, name: str) -> "Target":
        """Gives the same target under the name that the configuration has for it."""
        return replace(self, name=name)

    def with_notes(self, *notes: str) -> "Target":
        """Gives the same target with further notes."""
        return replace(self, notes=(*self.notes, *notes))


def display_name(settings: Mapping[str, str]) -> str:
    """Gives `user@host:port/database` of libpq settings, or `service x`; parts that are not set are left out."""
    if "service" in settings and "host" not in settings:
        return one_line(f"service {settings['service']}")
    hosts = (settings.get("host") or settings.get("hostaddr") or "").split(",")
    ports = settings.get("port", "").split(",")
    places = [_place(host, ports[index] if index < len(ports) else ports[0]) for index, host in enumerate(hosts)]
    user = f"{settings['user']}@" if settings.get("user") else ""
    database = f"/{settings['dbname']}" if settings.get("dbname") else ""
    return one_line(f"{user}{','.join(places)}{database}")


def _place(host: str, port: str) -> str:
    shown = "local" if not host or host.startswith(("/", "@")) else f"[{host}]" if ":" in host else host
    return f"{shown}:{port}" if port else shown
