"""ALTER TABLE, and the same subcommands on indexes, views, sequences, composite types and foreign tables."""

from migrations_safety.effects.alter_table.subcommands import alter_table

__all__ = ["alter_table"]
