"""What the versions and their runner agree on."""

VERSION_TABLE = "audit_store_version"
