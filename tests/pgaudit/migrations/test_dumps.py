"""A dump is the first migration of many projects: the server carries it out, so nothing of it may be called refused."""

import subprocess
from datetime import UTC, datetime

from migrations_safety.script.model import ScriptText
from pgaudit.migrations.gate import gate_scripts
from pgaudit.server.embedded import find_binaries
from tests.migrations_safety.rewriting import collected
from tests.probes.collect.rich import create_rich_schema
from tests.servers import fresh_database, private_cluster

_NEVER_REFUSED = ("refused-by-server", "unparsable")


def test_nothing_that_pg_dump_writes_is_called_refused(pg_major: int) -> None:
    with private_cluster(pg_major) as cluster:
        with fresh_database(cluster) as rich:
            create_rich_schema(rich)
            dump = [str(find_binaries() / "bin" / "pg_dump"), "--schema-only", rich.dsn]
            written = subprocess.run(dump, capture_output=True, check=True).stdout
        with fresh_database(cluster) as empty:
            catalog = collected(empty.dsn)
    run = gate_scripts(
        [ScriptText(file="dump.sql", content=written)], catalog, pg_major, today=datetime.now(UTC).date()
    )
    assert len(run.statements) > 300
    assert [(one.line, one.message) for one in run.findings if one.rule in _NEVER_REFUSED] == []
