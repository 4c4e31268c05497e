"""What the gate is timed on is what a project could have: a server carries it out from the first file to the last."""

from pathlib import Path

import pytest

from probes.sql.splitter import PieceKind, split
from tests.bench.migrations import ROLE, write_corpus
from tests.servers import Server, private_cluster

_FILES = 150


@pytest.mark.pg(">= 18")
def test_server_carries_out_the_corpus(server: Server, tmp_path: Path) -> None:
    written = write_corpus(tmp_path, _FILES)
    carried_out = 0
    with private_cluster(server.major) as cluster, cluster.connect() as connection:
        connection.execute(f"create role {ROLE}".encode())
        for file in sorted(tmp_path.iterdir()):
            text = file.read_bytes()
            for piece in split(text):
                if piece.kind is PieceKind.STATEMENT:
                    connection.execute(text[piece.start : piece.stop])
                    carried_out += 1
    assert carried_out == written
