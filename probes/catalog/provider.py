"""Which managed service runs a server, from what only that service has."""

from collections.abc import Collection
from enum import StrEnum


class Provider(StrEnum):
    """Who runs the server, as far as it shows."""

    SELF_MANAGED = "self-managed"
    RDS = "rds"
    AURORA = "aurora"
    CLOUD_SQL = "cloudsql"
    ALLOYDB = "alloydb"
    AZURE = "azure"
    SUPABASE = "supabase"
    NEON = "neon"
    HEROKU = "heroku"
    CRUNCHY = "crunchy"
    AIVEN = "aiven"
    DIGITALOCEAN = "digitalocean"
    TIMESCALE = "timescale"

    @property
    def is_managed(self) -> bool:
        """Whether somebody else has the superuser and the configuration files."""
        return self is not Provider.SELF_MANAGED

    @property
    def administrator(self) -> str:
        """The role to run grants as: what the service gives to its customers, or a superuser."""
        return _ADMINISTRATORS.get(self, "a superuser")


_ADMINISTRATORS = {
    Provider.RDS: "rds_superuser",
    Provider.AURORA: "rds_superuser",
    Provider.CLOUD_SQL: "cloudsqlsuperuser",
    Provider.ALLOYDB: "alloydbsuperuser",
    Provider.AZURE: "azure_pg_admin",
    Provider.SUPABASE: "postgres",
    Provider.NEON: "neon_superuser",
    Provider.HEROKU: "the default credential",
    Provider.CRUNCHY: "postgres",
    Provider.AIVEN: "avnadmin",
    Provider.DIGITALOCEAN: "doadmin",
    Provider.TIMESCALE: "tsdbadmin",
}
# In order: a service built on another's servers comes first.
_MARKER_ROLES = (
    ("supabase_admin", Provider.SUPABASE),
    ("neon_superuser", Provider.NEON),
    ("alloydbsuperuser", Provider.ALLOYDB),
    ("cloudsqlsuperuser", Provider.CLOUD_SQL),
    ("azure_pg_admin", Provider.AZURE),
    ("tsdbadmin", Provider.TIMESCALE),
    ("avnadmin", Provider.AIVEN),
    ("doadmin", Provider.DIGITALOCEAN),
    ("rds_superuser", Provider.RDS),
)
_SETTING_PREFIXES = (
    ("neon", Provider.NEON),
    ("alloydb", Provider.ALLOYDB),
    ("cloudsql", Provider.CLOUD_SQL),
    ("azure", Provider.AZURE),
    ("crunchy", Provider.CRUNCHY),
    ("aurora", Provider.AURORA),
    ("apg", Provider.AURORA),
    ("rds", Provider.RDS),
)
_HOST_SUFFIXES = (
    (".supabase.co", Provider.SUPABASE),
    (".supabase.com", Provider.SUPABASE),
    (".neon.tech", Provider.NEON),
    (".postgres.database.azure.com", Provider.AZURE),
    (".postgresbridge.com", Provider.CRUNCHY),
    (".aivencloud.com", Provider.AIVEN),
    (".db.ondigitalocean.com", Provider.DIGITALOCEAN),
    (".tsdb.cloud.timescale.com", Provider.TIMESCALE),
    (".rds.amazonaws.com", Provider.RDS),
)
MARKER_ROLES = tuple(role for role, _ in _MARKER_ROLES)
ADMINISTRATOR_ROLES = ("rds_superuser", "cloudsqlsuperuser", "alloydbsuperuser", "azure_pg_admin", "neon_superuser")


def detect_provider(
    *, setting_prefixes: Collection[str], roles: Collection[str], schemas: Collection[str], host: str
) -> Provider:
    """Gives the managed service a server belongs to; what the server has is believed before what its host is called.

    Args:
        setting_prefixes: what stands before the dot in names of settings.
        roles: roles of the server, as far as `MARKER_ROLES` has them.
        schemas: schemas of the database, as far as a service is known by them.
        host: as connected to; several are separated by commas.
    """
    if "heroku_ext" in schemas:
        return Provider.HEROKU
    by_setting = next((provider for prefix, provider in _SETTING_PREFIXES if prefix in setting_prefixes), None)
    by_role = next((provider for role, provider in _MARKER_ROLES if role in roles), None)
    names = host.lower().split(",")
    by_host = next((p for suffix, p in _HOST_SUFFIXES if any(name.endswith(suffix) for name in names)), None)
    found = by_setting or by_role or by_host or Provider.SELF_MANAGED
    # Aurora clusters have RDS's roles; their endpoints are called cluster-... or cluster-ro-...
    if found is Provider.RDS and any(".cluster-" in name for name in names):
        return Provider.AURORA
    return found
