# ruff: noqa: S105 -- invented passwords
import io
import subprocess
import sys
from pathlib import Path

import pytest

from pgaudit.errors import BadConfiguration, BadTarget, ExitCode, NoTarget, UnknownTargetName
from pgaudit.server.database_target import Target
from pgaudit.server.target import ConfiguredTarget, SnapshotTarget, resolve_target

_URL = "postgresql://app:verysecret@db.example.com/shop"


def _resolve(
    argument: str | None = None,
    environment: dict[str, str] | None = None,
    configured: dict[str, ConfiguredTarget] | None = None,
    stdin: str = "",
) -> Target:
    target = resolve_target(
        argument, environment=environment or {}, configured=configured or {}, stdin=io.StringIO(stdin)
    )
    assert isinstance(target, Target)
    return target


def test_nothing_set_is_a_usage_error_with_three_examples() -> None:
    with pytest.raises(NoTarget) as caught:
        _resolve()
    assert caught.value.exit_code == ExitCode.USAGE
    assert str(caught.value).count("pgaudit scan") == 3
    assert "localhost" not in str(caught.value)


@pytest.mark.parametrize("value", ["", "  ", "\n"])
def test_an_empty_database_url_counts_as_nothing_set(value: str) -> None:
    with pytest.raises(NoTarget, match="DATABASE_URL is empty"):
        _resolve(environment={"DATABASE_URL": value, "PGUSER": "app", "PGPASSWORD": "x", "PGPORT": "5432"})


def test_an_empty_argument_never_falls_through_to_the_environment() -> None:
    with pytest.raises(NoTarget, match="TARGET argument is empty"):
        _resolve("", environment={"DATABASE_URL": _URL, "PGHOST": "db"})


def test_the_argument_wins_over_the_environment() -> None:
    assert _resolve("postgres://a@one/d", environment={"PGAUDIT_DATABASE_URL": _URL}).setting("host") == "one"


def test_our_own_variable_wins_over_database_url_and_both_over_libpqs() -> None:
    environment = {
        "PGAUDIT_DATABASE_URL": "postgres://a@one/d",
        "DATABASE_URL": "postgres://a@two/d",
        "PGHOST": "three",
    }
    assert _resolve(environment=environment).setting("host") == "one"
    del environment["PGAUDIT_DATABASE_URL"]
    assert _resolve(environment=environment).setting("host") == "two"
    del environment["DATABASE_URL"]
    assert _resolve(environment=environment).name == "three"


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({"PGHOST": "db", "PGUSER": "app", "PGDATABASE": "shop", "PGPORT": "5433"}, "app@db:5433/shop"),
        ({"PGSERVICE": "staging"}, "service staging"),
        ({"PGDATABASE": "shop"}, "local/shop"),
        ({"PGHOSTADDR": "192.0.2.1"}, "192.0.2.1"),
    ],
)
def test_libpqs_variables_are_left_to_libpq_and_only_named(environment: dict[str, str], name: str) -> None:
    target = _resolve(environment=environment | {"PGPASSWORD": "verysecret"})
    assert target.parameters() == {}
    assert target.name == name


def test_a_dash_reads_the_target_from_stdin() -> None:
    target = _resolve("-", stdin=f"\n{_URL}\n")
    assert target.parameters()["password"] == "verysecret"
    assert target.notes == ()


def test_an_empty_stdin_is_nothing_to_audit() -> None:
    with pytest.raises(NoTarget, match="standard input is empty"):
        _resolve("-", stdin="\n", environment={"DATABASE_URL": _URL})


def test_a_password_on_the_command_line_is_warned_about() -> None:
    target = _resolve(_URL)
    assert any("command line" in note for note in target.notes)
    assert "verysecret" not in repr(target)


def test_a_snapshot_file_is_a_target_of_its_own() -> None:
    found = resolve_target("nightly/app.pgsnapshot", environment={}, configured={}, stdin=io.StringIO())
    assert found == SnapshotTarget(Path("nightly/app.pgsnapshot"))


def test_a_configured_name_takes_its_url_from_the_variable_it_names() -> None:
    target = _resolve("staging", {"STAGING_URL": _URL}, {"staging": ConfiguredTarget(url_env="STAGING_URL")})
    assert target.name == "staging"
    assert target.setting("host") == "db.example.com"


def test_a_configured_name_without_its_variable_says_which_one_to_set() -> None:
    with pytest.raises(BadConfiguration, match="set STAGING_URL"):
        _resolve("staging", {"DATABASE_URL": _URL}, {"staging": ConfiguredTarget(url_env="STAGING_URL")})


def test_a_password_in_the_configuration_is_refused_and_not_repeated() -> None:
    with pytest.raises(BadConfiguration, match="url-env") as caught:
        _resolve("staging", configured={"staging": ConfiguredTarget(url=_URL)})
    assert "verysecret" not in str(caught.value)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UnknownTargetName, match=r"one of production, staging.*dbname=shop"):
        _resolve("shop", configured={"staging": ConfiguredTarget(), "production": ConfiguredTarget()})


def test_a_mangled_url_is_not_repeated_as_if_it_were_a_name() -> None:
    with pytest.raises(BadTarget) as caught:
        _resolve("app:verysecret/shop")
    assert "verysecret" not in str(caught.value)


@pytest.mark.parametrize("variable", ["DIRECT_URL", "DIRECT_DATABASE_URL", "POSTGRES_URL_NON_POOLING"])
def test_a_direct_url_beside_a_pooled_one_is_pointed_out(variable: str) -> None:
    target = _resolve(environment={"DATABASE_URL": "postgres://u@h:6543/d", variable: _URL})
    assert [note for note in target.notes if variable in note and "prefer" in note]


def test_an_unescaped_at_sign_in_database_url_names_the_variable_and_the_remedy() -> None:
    with pytest.raises(BadTarget, match=r"^DATABASE_URL .*@ is %40") as caught:
        _resolve(environment={"DATABASE_URL": "postgresql://app:very@secret@h/d"})
    assert "secret" not in str(caught.value)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells where a process keeps its arguments")
def test_a_hidden_argument_is_no_longer_in_the_process_list() -> None:
    program = (
        "import sys, pathlib; from pgaudit.server.process_list import hide_argument;"
        "print(hide_argument(sys.argv[1]), pathlib.Path('/proc/self/cmdline').read_bytes())"
    )
    command = [sys.executable, "-c", program, _URL, "--format", "json"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert shown.startswith("True")
    assert "verysecret" not in shown
    assert "--format" in shown
