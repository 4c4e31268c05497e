"""The documentation pages of the checks on owners."""

MIXED = """\
Tables of one schema with several owners.

What: Not all tables of a schema belong to the same role.

Why it matters: The next migration fails half way with "must be owner of table". Default privileges apply per owner, so
new tables of the second one come without grants, and each owner walks past row security on its own tables only. It
mostly comes from a hotfix run as another role.

When it is harmless: Two teams share the schema on purpose, each with its own tables.

How to fix it safely: Give the few tables to the role that owns the many. It takes a moment; look first whether the old
owner relied on being one.

How it is decided: pg_class.relowner of ordinary and partitioned tables in one schema.

Known limits: Views, sequences and functions are not compared.

Sources: https://www.postgresql.org/docs/current/ddl-priv.html
"""

NOT_SCHEMA_OWNER = """\
Table that does not belong to its schema's owner.

What: A table's owner and the owner of its schema are different roles.

Why it matters: The schema's owner may drop the table, though it may neither read nor alter it; the table's owner may be
unable to make another one beside it. Who is responsible for it is not clear to either.

When it is harmless: Schemas that belong to an administrator while a migration role owns what is in them: a common and
sound set-up. Suppress the check then.

How to fix it safely: Change the owner of the table, or of the schema, whichever is the exception.

How it is decided: relowner against nspowner. The schema public belongs to pg_database_owner since 14, which stands for
the owner of the database. Partitions follow their root.

Known limits: Membership in the owning role is not taken into account.

Sources: https://www.postgresql.org/docs/current/ddl-priv.html
"""
