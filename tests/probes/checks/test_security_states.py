"""Security checks on servers in states that no story can make: client authentication, TLS."""

from __future__ import annotations

import pytest

from probes.finding import Severity
from tests.probes.checks.states import findings_of, look, names
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


WIDE = """\
local all all md5
host all all 0.0.0.0/0 md5
host shop app,+admins 10.1.0.0/16 scram-sha-256
host shop app 10.0.0.0/8 cert
hostnossl shop app all scram-sha-256
host shop app ::/0 scram-sha-256
host all all 127.0.0.1/32 ident
host all all 0.0.0.0/0 reject
"""
SAID = {
    "security/hba_md5": ["host all all 0.0.0.0/0 md5", "local all all md5"],
    "security/hba_ident": ["host all all 127.0.0.1/32 ident"],
    "security/hba_wide_address": [
        "host all all 0.0.0.0/0 md5",
        "host shop app ::/0 scram-sha-256",
        "hostnossl shop app all scram-sha-256",
    ],
    "security/hba_all_users_all_databases": ["host all all 0.0.0.0/0 md5"],
    "security/hba_superuser_remote": [
        "host all all 0.0.0.0/0 md5",
        "host shop app,+admins 10.1.0.0/16 scram-sha-256",
    ],
    "security/hba_plain_host": [
        "host all all 0.0.0.0/0 md5",
        "host shop app ::/0 scram-sha-256",
        "host shop app,+admins 10.1.0.0/16 scram-sha-256",
        "hostnossl shop app all scram-sha-256",
    ],
}
NARROW = """\
local all all peer
host shop app 127.0.0.1/32 scram-sha-256
host all all 0.0.0.0/0 reject
"""


@pytest.mark.pg
def test_each_rule_about_lines_reports_its_lines_and_no_others(pg_major: int) -> None:
    with private_cluster(pg_major) as cluster:
        with cluster.connect() as connection:
            connection.execute("create role admins; create role chief superuser login in role admins")
        write_rules(cluster, WIDE)
        catalog = look(cluster.dsn)
        for check, expected in SAID.items():
            assert names(findings_of(check, catalog)) == expected, check
        write_rules(cluster, NARROW)
        catalog = look(cluster.dsn)
        assert {check: names(findings_of(check, catalog)) for check in SAID} == {key: [] for key in SAID}


@pytest.mark.pg(">= 18")
def test_login_roles_are_listed_without_the_servers_own(pg_major: int) -> None:
    with private_cluster(pg_major) as cluster:
        with cluster.connect() as connection:
            connection.execute("create role app login; create role team nologin")
        (finding,) = findings_of("security/login_roles_review", look(cluster.dsn))
        assert finding.evidence["roles"] == ("app", "postgres")
