"""Security checks on servers in states that no story can make: client authentication, TLS."""

from __future__ import annotations

import pytest

from probes.finding import Severity
from tests.probes.checks.states import findings_of, look
from tests.servers import PrivateCluster, private_cluster

HBA = """\
local all all trust
host all portal 10.20.0.0/16 password
hostssl all "quoted name" 10.21.0.0/16 password
host shop app,portal 2001:db8::/32 trust
host all all 127.0.0.1/32 trust
host all support 10.20.0.0/16 scram-sha-256
host all all 10.99.0.0/16 reject
"""
ASKS_FOR_PROOF = """\
local all all peer
host all all 10.0.0.0/8 scram-sha-256
host all all 10.9.0.0/16 reject
"""
TRUST = "security/hba_trust_or_password"


def write_rules(cluster: PrivateCluster, lines: str) -> None:
    """Write the file; the view shows it as it stands, and those who are in stay in."""
    (cluster.data_directory / "pg_hba.conf").write_text(lines)


@pytest.mark.pg
def test_trust_and_password_lines_are_reported_by_their_words_and_graver_over_the_network(pg_major: int) -> None:
    with private_cluster(pg_major) as cluster:
        write_rules(cluster, HBA)
        found = {finding.object.name: finding for finding in findings_of(TRUST, look(cluster.dsn))}
        severities = {name: finding.severity for name, finding in found.items()}
        inside_tls = severities.pop('hostssl all "quoted name" 10.21.0.0/16 password', None)
        assert inside_tls in {Severity.MEDIUM, None}  # a server built without TLS calls the line an error
        assert severities == {
            "local all all trust": Severity.HIGH,
            "host all portal 10.20.0.0/16 password": Severity.HIGH,
            "host shop app,portal 2001:db8::/32 trust": Severity.CRITICAL,
            "host all all 127.0.0.1/32 trust": Severity.HIGH,
        }
        write_rules(cluster, ASKS_FOR_PROOF)
        assert findings_of(TRUST, look(cluster.dsn)) == ()
