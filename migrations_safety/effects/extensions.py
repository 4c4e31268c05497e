"""What extensions are known to bring along."""

from __future__ import annotations

EXTENSIONS_WITHOUT_RELATIONS = frozenset({
    "adminpack", "amcheck", "autoinc", "bloom", "btree_gin", "btree_gist", "citext", "cube", "dblink", "dict_int",
    "dict_xsyn", "earthdistance", "file_fdw", "fuzzystrmatch", "hstore", "insert_username", "intagg", "intarray", "isn",
    "lo", "ltree", "moddatetime", "pageinspect", "pg_freespacemap", "pg_logicalinspect", "pg_prewarm", "pg_surgery",
    "pg_trgm", "pg_visibility", "pg_walinspect", "pgcrypto", "pgrowlocks", "pgstattuple", "plpgsql", "postgres_fdw",
    "refint", "seg", "sslinfo", "tablefunc", "tcn", "tsm_system_rows", "tsm_system_time", "unaccent", "uuid-ossp",
    "xml2",
})  # fmt: skip
"""Those of PostgreSQL 13 to 18 that make no table, view or schema: types, functions and operators only."""
