"""Typed statements: what PostgreSQL's parser makes of SQL, as frozen structs."""
