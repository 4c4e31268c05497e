"""What is concluded from facts that no test server here can show: managed services and other people's poolers.

Names of roles, settings and hosts are from the services' own manuals.
"""

import pytest

from pgaudit.server.pooler import PoolerSigns, PoolerVerdict, judge_pooler
from probes.catalog.provider import Provider, detect_provider


@pytest.mark.parametrize(
    ("prefixes", "roles", "host", "provider"),
    [
        (["rds", "plpgsql"], ["rds_superuser"], "x.abc.eu-west-1.rds.amazonaws.com", Provider.RDS),
        (["rds", "apg_plan_mgmt"], ["rds_superuser"], "app.cluster-abc.eu-west-1.rds.amazonaws.com", Provider.AURORA),
        (["cloudsql"], ["cloudsqlsuperuser"], "127.0.0.1", Provider.CLOUD_SQL),
        (["alloydb"], ["alloydbsuperuser"], "10.0.0.1", Provider.ALLOYDB),
        (["azure"], ["azure_pg_admin"], "x.postgres.database.azure.com", Provider.AZURE),
        ([], ["supabase_admin"], "db.abc.supabase.co", Provider.SUPABASE),
        (["neon"], ["neon_superuser"], "ep-cool-1.eu.aws.neon.tech", Provider.NEON),
        ([], ["tsdbadmin"], "tunnel", Provider.TIMESCALE),
        ([], [], "a.db.ondigitalocean.com,b.db.ondigitalocean.com", Provider.DIGITALOCEAN),
        (["plpgsql", "pg_stat_statements"], [], "db.example.com", Provider.SELF_MANAGED),
    ],
)
def test_a_service_is_known_by_what_only_it_has(
    prefixes: list[str], roles: list[str], host: str, provider: Provider
) -> None:
    assert detect_provider(setting_prefixes=prefixes, roles=roles, schemas=[], host=host) is provider


def test_heroku_is_known_although_it_runs_on_amazon() -> None:
    found = detect_provider(
        setting_prefixes=["rds"], roles=["rds_superuser"], schemas=["heroku_ext"], host="x.rds.amazonaws.com"
    )
    assert found is Provider.HEROKU


def _signs(
    *,
    hints: tuple[str, ...] = (),
    announced: int = 10,
    pids: tuple[int, ...] = (10, 10),
    requested: int | None = 5432,
    listening: int | None = 5432,
    host: str = "db.example.com",
) -> PoolerSigns:
    return PoolerSigns(hints, announced, pids, requested, listening, host)


def test_a_direct_connection_shows_no_sign() -> None:
    assert judge_pooler(_signs()).verdict is PoolerVerdict.NONE


def test_a_changing_server_process_is_proof() -> None:
    assert judge_pooler(_signs(pids=(10, 11))).verdict is PoolerVerdict.CERTAIN


def test_an_invented_process_id_is_proof() -> None:
    assert judge_pooler(_signs(announced=99)).verdict is PoolerVerdict.CERTAIN


def test_neons_own_proxy_is_not_a_pooler() -> None:
    assert judge_pooler(_signs(announced=99, host="ep-x.eu.aws.neon.tech")).verdict is PoolerVerdict.NONE


def test_a_pooled_name_is_a_suspicion_and_a_differing_port_supports_it() -> None:
    found = judge_pooler(_signs(hints=("port 6432",), requested=6432))
    assert found.verdict is PoolerVerdict.SUSPECTED
    assert found.reasons == ("port 6432", "the server itself listens on port 5432, not on 6432")


def test_a_forwarded_port_alone_is_no_suspicion() -> None:
    assert not judge_pooler(_signs(requested=15432)).is_likely
