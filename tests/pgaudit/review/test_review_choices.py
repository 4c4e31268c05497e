"""`[review]` of the configuration: what it says, what wins over it, and what it may never say."""

from __future__ import annotations

from pathlib import Path

import pytest

from pgaudit.cli.review_choices import OF_EVIDENCE, OF_MODELS, Chosen, Given, ModelChoices, chosen
from pgaudit.cli.review_llm import announcement, model_request
from pgaudit.config import REDACTION_LEVELS, REVIEW_FORMATS, load_configuration
from pgaudit.errors import BadConfiguration, BadTarget
from pgaudit.review.backends.anthropic.exchange import DEFAULT_MODEL
from pgaudit.review.documents.formats import Format
from pgaudit.review.redaction.wire import Redaction
from tests.pgaudit.cli.running import pgaudit
from tests.pgaudit.review.fake_api import KEY
from tests.servers import Database

NOWHERE = "postgresql://127.0.0.1:1/none"
EVERYTHING = """
[review]
format = "panel"
llm-model = "claude-sonnet-5-5"
redaction = "hashed"
max-cost-usd = 2
context = "ops/context.yaml"
related-env = "PAYMENTS_URL"
shadow-dsn-env = "SCRATCH_URL"
"""
VARIABLES = {"PAYMENTS_URL": "payments.pgsnapshot", "SCRATCH_URL": "postgresql://shadow@scratch/postgres"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with every key of `[review]`."""
    (tmp_path / "ops").mkdir()
    (tmp_path / "ops" / "context.yaml").write_text("rpo: 5 minutes\n")
    (tmp_path / "pgaudit.toml").write_text(EVERYTHING)
    return tmp_path


def held(folder: Path, given: Given | None = None, *, reads: frozenset[str] | None = None) -> Chosen:
    """What holds in a folder where the variables are set."""
    loaded = load_configuration(folder)
    if reads is None:
        return chosen(given or Given(), loaded, VARIABLES)
    return chosen(given or Given(), loaded, {}, reads=reads)


def test_what_the_project_says_holds_from_any_folder_below(project: Path) -> None:
    (project / "src").mkdir()
    by = held(project / "src")
    assert (by.format_name, by.model, by.redaction, by.max_cost_usd) == ("panel", "claude-sonnet-5-5", "hashed", 2.0)
    assert by.context == project / "ops" / "context.yaml"
    assert (by.related, by.shadow_dsn) == (VARIABLES["PAYMENTS_URL"], VARIABLES["SCRATCH_URL"])


def test_what_is_given_wins_over_what_the_project_says(project: Path) -> None:
    mine = Given("plan", "claude-haiku-5-5", "names", 0.0, Path("mine.yaml"), "other", NOWHERE)
    by = held(project, mine)
    assert (by.format_name, by.model, by.redaction, by.max_cost_usd) == ("plan", "claude-haiku-5-5", "names", 0.0)
    assert (by.context, by.related, by.shadow_dsn) == (Path("mine.yaml"), "other", NOWHERE)
    assert by.by_project is None


def test_without_a_word_of_anybody_the_usual_holds(tmp_path: Path) -> None:
    by = held(tmp_path)
    assert (by.format_name, by.model, by.redaction) == ("authority", DEFAULT_MODEL, Redaction.NAMES.value)
    assert (by.max_cost_usd, by.context, by.related, by.shadow_dsn, by.by_project) == (None,) * 5


def test_a_command_asks_only_for_the_keys_that_it_reads(project: Path) -> None:
    asked = chosen(Given(), load_configuration(project), VARIABLES, reads=OF_EVIDENCE)
    assert (asked.shadow_dsn, asked.related, asked.redaction) == (VARIABLES["SCRATCH_URL"], None, "names")
    shown = held(project, reads=OF_MODELS)  # its variables are not set, and nobody minds
    assert (shown.redaction, shown.context, shown.related, shown.shadow_dsn) == ("hashed", None, None, None)


def test_the_shadow_server_is_not_asked_for_where_no_shadow_is_wanted(project: Path) -> None:
    loaded = load_configuration(project)
    assert chosen(Given(shadow=False), loaded, {"PAYMENTS_URL": "x"}).shadow_dsn is None


def test_the_words_of_the_configuration_are_those_of_reviews() -> None:
    assert {one.value for one in Format} == set(REVIEW_FORMATS)
    assert {one.value for one in Redaction} == set(REDACTION_LEVELS)


def test_what_holds_is_shown_before_anything_is_sent_and_by_whom(project: Path) -> None:
    request = model_request(ModelChoices(wanted=True, consents=True), held(project), {"ANTHROPIC_API_KEY": KEY})
    told = "\n".join(announcement([], request))
    assert "model: claude-sonnet-5-5" in told
    assert "redaction: hashed" in told
    assert "stops before 2" in told
    keys = "format, llm-model, redaction, max-cost-usd, context, related-env, shadow-dsn-env"
    assert set(keys.split(", ")) == set(told.partition("configured: ")[2].partition(" by ")[0].split(", "))
    assert str(project / "pgaudit.toml") in told
    assert "scratch" not in told


def test_a_configuration_cannot_redraw_what_is_shown(tmp_path: Path) -> None:
    (tmp_path / "pgaudit.toml").write_text('[review]\nllm-model = "x\\u001b[2K\\rredaction: names"\n')
    told = "\n".join(
        announcement(
            [], model_request(ModelChoices(wanted=True, consents=True), held(tmp_path), {"ANTHROPIC_API_KEY": KEY})
        )
    )
    assert "\x1b" not in told
    assert "\r" not in told


def test_a_limit_that_cannot_be_kept_for_want_of_a_price_is_told(tmp_path: Path) -> None:
    (tmp_path / "pgaudit.toml").write_text('[review]\nllm-model = "new-model"\nmax-cost-usd = 1\n')
    told = "\n".join(
        announcement(
            [], model_request(ModelChoices(wanted=True, consents=True), held(tmp_path), {"ANTHROPIC_API_KEY": KEY})
        )
    )
    assert "nothing is asked" in told


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("llm = true", "unknown field `llm` - at `$.review`: see docs/configuration.md; --llm and --yes belong on"),
        ("yes = true", "unknown field `yes`"),
        ('llm-base-url = "https://elsewhere.example.com"', "unknown field `llm-base-url`"),
        ('anthropic-api-key = "x"', "keys in the environment"),
        ('redaction = "some"', "redaction is 'some': write one of names, hashed, full"),
        ('format = "essay"', "format is 'essay': write one of authority, panel"),
        ("max-cost-usd = -1", "max-cost-usd is -1"),
        ("max-cost-usd = nan", "max-cost-usd is nan"),
        ('max-cost-usd = "2"', "Expected `float | null`, got `str`"),
        ('context = "none.yaml"', "none.yaml, which is not there"),
        ('related-env = "UNSET"', "related-env of [review] names UNSET, which is not set"),
        ('shadow-dsn-env = "UNSET"', "shadow-dsn-env of [review] names UNSET, which is not set"),
        ('shadow-dsn-env = "postgresql://me:canary@h/d"', "shadow-dsn-env is no name of a variable"),
        ('related-env = "postgresql://me:canary@h/d"', "related-env is no name of a variable"),
    ],
)
def test_a_mistake_in_the_file_is_told_with_its_file_and_nothing_secret(tmp_path: Path, line: str, says: str) -> None:
    (tmp_path / "pgaudit.toml").write_text(f"[review]\n{line}\n")
    with pytest.raises(BadConfiguration) as told:
        held(tmp_path)
    assert says in str(told.value)
    assert str(tmp_path / "pgaudit.toml") in str(told.value)
    assert "canary" not in str(told.value)


def test_a_url_in_place_of_a_targets_variable_is_not_repeated(tmp_path: Path) -> None:
    (tmp_path / "pgaudit.toml").write_text('[targets.a]\nurl-env = "postgresql://me:canary@h/d"\n')
    with pytest.raises(BadConfiguration, match="url-env is no name of a variable") as told:
        load_configuration(tmp_path)
    assert "canary" not in str(told.value)


@pytest.mark.parametrize("limit", [float("nan"), -1.0])
def test_a_limit_that_limits_nothing_is_refused(tmp_path: Path, limit: float) -> None:
    with pytest.raises(BadConfiguration, match="--max-cost-usd"):
        held(tmp_path, Given(max_cost_usd=limit))


@pytest.mark.parametrize("variable", [None, "SCRATCH_URL"])
def test_a_shadow_server_that_is_no_postgresql_url_is_refused_by_its_source(
    tmp_path: Path, variable: str | None
) -> None:
    (tmp_path / "pgaudit.toml").write_text('[review]\nshadow-dsn-env = "SCRATCH_URL"\n')
    given = Given(shadow_dsn=None if variable else "http://me:canary@host")
    with pytest.raises(BadTarget, match=variable or "--shadow-dsn") as told:
        chosen(given, load_configuration(tmp_path), {"SCRATCH_URL": "http://me:canary@host"})
    assert "canary" not in str(told.value)


def test_mistakes_end_the_commands_before_anything_is_connected_to(tmp_path: Path) -> None:
    (tmp_path / "pgaudit.toml").write_text('[review]\ncontext = "none.yaml"\n')
    for arguments in (("review", NOWHERE), ("ask", "query", NOWHERE)):
        ran = pgaudit(*arguments, cwd=tmp_path)
        assert (ran.code, "which is not there" in ran.err) == (2, True), ran.err
        assert pgaudit(*arguments, "--isolated", cwd=tmp_path).code == 3
    assert pgaudit("review", NOWHERE, "--max-cost-usd", "-1").code == 2


@pytest.mark.pg("== 18")
def test_the_environment_wins_over_the_project_and_a_flag_over_both(database: Database, tmp_path: Path) -> None:
    (tmp_path / "pgaudit.toml").write_text('[review]\nformat = "checklist"\nredaction = "full"\nmax-cost-usd = 3\n')
    arguments, env = ("review", database.dsn, "--no-shadow", "--dry-run"), {"PGAUDIT_REDACTION": "hashed"}
    ran = pgaudit(*arguments, "--max-cost-usd", "1", env=env, cwd=tmp_path)
    assert "redaction: hashed" in ran.err
    assert "stops before 1" in ran.err
    assert f"configured: format by [review] of {tmp_path / 'pgaudit.toml'}" in ran.error_lines
    assert "redaction: names" in pgaudit(*arguments, "--redaction", "names", env=env, cwd=tmp_path).err


@pytest.mark.pg("== 18")
def test_a_shadow_server_that_does_not_answer_is_told_once_and_costs_only_the_proofs(
    database: Database, tmp_path: Path
) -> None:
    database.execute("create table keyless (id integer)")
    (tmp_path / "pgaudit.toml").write_text('[review]\nformat = "plan"\nshadow-dsn-env = "SCRATCH_URL"\n')
    env = {"SCRATCH_URL": "postgresql://me:canary@127.0.0.1:1/none"}
    for arguments in (("review", database.dsn), ("ask", "schema-design", database.dsn, "--entity", "keyless")):
        ran = pgaudit(*arguments, env=env, cwd=tmp_path)
        assert ran.code == 0, ran.err
        assert ran.err.count("no shadow database could be made: cannot reach the shadow server") == 1
        assert "UNPROVEN" in ran.out
        assert "canary" not in ran.out + ran.err
