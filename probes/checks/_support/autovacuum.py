"""What autovacuum is set to do with a table: its storage parameters over the server's settings."""

from __future__ import annotations

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation

_OFF = frozenset({"off", "false", "no", "0", "n", "f"})


def option(options: tuple[str, ...], name: str) -> str | None:
    """The value of a storage parameter; None where it is not set."""
    for text in options:
        key, _, value = text.partition("=")
        if key == name:
            return value
    return None


def is_switched_off(options: tuple[str, ...]) -> bool:
    """Whether autovacuum_enabled is false among these storage parameters."""
    value = option(options, "autovacuum_enabled")
    return value is not None and value.lower() in _OFF


def number(catalog: Catalog, table: Relation | None, name: str) -> float | None:
    """A numeric parameter of autovacuum as it holds for the table; None where the server does not say."""
    own = option(table.row.options, name) if table and table.row.options else None
    if own is not None:
        return float(own)
    setting = catalog.setting(name)
    return float(setting.value) if setting else None


def vacuum_threshold(table: Relation) -> float | None:
    """How many dead rows make autovacuum come; None where the settings are not visible."""
    return _threshold(table, "autovacuum_vacuum_threshold", "autovacuum_vacuum_scale_factor", capped=True)


def insert_threshold(table: Relation) -> float | None:
    """How many inserted rows make it come; None where the settings are not visible or inserts do not count."""
    found = _threshold(table, "autovacuum_vacuum_insert_threshold", "autovacuum_vacuum_insert_scale_factor")
    return None if found is None or found < 0 else found


def analyze_threshold(table: Relation) -> float | None:
    """How many changed rows make it analyse; None where the settings are not visible."""
    return _threshold(table, "autovacuum_analyze_threshold", "autovacuum_analyze_scale_factor")


def _threshold(table: Relation, base_name: str, factor_name: str, *, capped: bool = False) -> float | None:
    catalog = table.catalog
    base, factor = number(catalog, table, base_name), number(catalog, table, factor_name)
    if base is None or factor is None:
        return None
    if base < 0:
        return base
    found = base + factor * max(table.row.tuples, 0.0)
    cap = number(catalog, table, "autovacuum_vacuum_max_threshold") if capped else None  # PostgreSQL 18
    return min(found, cap) if cap is not None and cap >= 0 else found
