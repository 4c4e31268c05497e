"""ALTER TABLE, and the same subcommands on indexes, views, sequences, composite types and foreign tables."""
