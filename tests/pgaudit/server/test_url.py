"""Expected values: PostgreSQL manual 34.1 (connection strings), the drivers' own documentation of their URLs."""

from urllib.parse import quote

# ruff: noqa: S106, S108 -- invented passwords, and a folder that nothing is written to
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from pgaudit.errors import BadTarget, ExitCode, PgauditError
from pgaudit.server.url import parse_target

_BASE = {"user": "app", "password": "pw", "host": "db.example.com", "dbname": "shop"}


@pytest.mark.parametrize(
    ("url", "parameters"),
    [
        pytest.param("postgresql://app:pw@db.example.com/shop", _BASE, id="libpq"),
        pytest.param("postgres://app:pw@db.example.com:5433/shop", _BASE | {"port": "5433"}, id="short-scheme"),
        pytest.param("  'postgres://app:pw@db.example.com/shop' \n", _BASE, id="quoted"),
        pytest.param("psql 'postgres://app:pw@db.example.com/shop'", _BASE, id="pasted-from-a-console"),
        pytest.param("POSTGRESQL://app:pw@db.example.com/shop", _BASE, id="upper-case-scheme"),
        pytest.param("postgresql+psycopg://app:pw@db.example.com/shop", _BASE, id="sqlalchemy-psycopg"),
        pytest.param("postgresql+psycopg2://app:pw@db.example.com/shop", _BASE, id="sqlalchemy-psycopg2"),
        pytest.param(
            "postgresql+asyncpg://app:pw@db.example.com/shop?ssl=verify-full&prepared_statement_cache_size=0",
            _BASE | {"sslmode": "verify-full"},
            id="sqlalchemy-asyncpg",
        ),
        pytest.param("postgis://app:pw@db.example.com/shop?conn_max_age=600", _BASE, id="django-postgis"),
        pytest.param("pgsql://app:pw@db.example.com/shop", _BASE, id="django-environ-pgsql"),
        pytest.param("psql://app:pw@db.example.com/shop", _BASE, id="django-environ-psql"),
        pytest.param("django.db.backends.postgresql://app:pw@db.example.com/shop", _BASE, id="django-engine"),
        pytest.param(
            "postgres:////var/run/postgresql/shop",
            {"host": "/var/run/postgresql", "dbname": "shop"},
            id="django-socket",
        ),
        pytest.param(
            "ecto://app:pw@db.example.com/shop?ssl=true&pool_size=10", _BASE | {"sslmode": "require"}, id="ecto"
        ),
        pytest.param("jdbc:postgresql://db.example.com/shop?user=app&password=pw", _BASE, id="jdbc"),
        pytest.param(
            "jdbc:postgresql://a:5433,b/shop?user=app&ApplicationName=x&prepareThreshold=0&reWriteBatchedInserts=true",
            {"host": "a,b", "port": "5433,", "dbname": "shop", "user": "app", "application_name": "x"},
            id="jdbc-hosts",
        ),
        pytest.param("jdbc:postgresql:shop?user=app", {"dbname": "shop", "user": "app"}, id="jdbc-without-host"),
        pytest.param(
            "postgresql://app:pw@db.example.com/shop?connection_limit=5&pool_timeout=2&socket_timeout=3&statement_cache_size=0",
            _BASE,
            id="prisma-pool",
        ),
        pytest.param(
            "postgresql://app:pw@db.example.com/shop?sslaccept=strict",
            _BASE | {"sslmode": "verify-full", "sslrootcert": "system"},
            id="prisma-strict",
        ),
        pytest.param(
            "postgresql://app:pw@db.example.com/shop?sslmode=require&sslcert=ca.pem&sslaccept=strict",
            _BASE | {"sslmode": "verify-full", "sslrootcert": "ca.pem"},
            id="prisma-certificate-authority",
        ),
        pytest.param(
            "postgres://app:pw@db.example.com/shop?sslmode=no-verify",
            _BASE | {"sslmode": "require"},
            id="node-no-verify",
        ),
        pytest.param("postgres://app:pw@db.example.com/shop?ssl=1", _BASE | {"sslmode": "require"}, id="ssl-1"),
        pytest.param(
            "postgresql://app:p%40ss@h1:5432,h2:5433/shop?target_session_attrs=read-write&options=-c%20geqo%3Doff",
            {
                "user": "app",
                "password": "p@ss",
                "host": "h1,h2",
                "port": "5432,5433",
                "dbname": "shop",
                "target_session_attrs": "read-write",
                "options": "-c geqo=off",
            },
            id="several-hosts",
        ),
        pytest.param(
            "postgresql://[2001:db8::1]:5433/shop", {"host": "2001:db8::1", "port": "5433", "dbname": "shop"}, id="ipv6"
        ),
        pytest.param("postgresql://%2Ftmp%2Fpg/shop", {"host": "/tmp/pg", "dbname": "shop"}, id="socket"),
        pytest.param(
            "postgresql:///shop?host=/tmp/pg&user=a@server",
            {"host": "/tmp/pg", "dbname": "shop", "user": "a@server"},
            id="query-only",
        ),
        pytest.param("host=db.example.com user=app password=pw dbname=shop", _BASE, id="conninfo"),
        pytest.param(
            "host=h password='it\\'s = mine' dbname=d",
            {"host": "h", "password": "it's = mine", "dbname": "d"},
            id="conninfo-quotes",
        ),
        pytest.param("service=staging", {"service": "staging"}, id="service"),
        pytest.param(
            "postgres://app:a+b@h/d", {"user": "app", "password": "a+b", "host": "h", "dbname": "d"}, id="plus-is-plus"
        ),
        pytest.param(
            "postgres://app:a:b?c#d@h/d",
            {"user": "app", "password": "a:b?c#d", "host": "h", "dbname": "d"},
            id="as-libpq-reads-it",
        ),
    ],
)
def test_a_url_of_any_framework_becomes_what_libpq_understands(url: str, parameters: dict[str, str]) -> None:
    found = parse_target(url).parameters()
    assert found == parameters
    assert conninfo_to_dict(make_conninfo(**found)) == parameters


@pytest.mark.parametrize(
    ("query", "schema"), [("schema=tenant1", "tenant1"), ("currentSchema=a,b", "a"), ("search_path=%22x%22", "x")]
)
def test_the_schema_of_the_url_becomes_the_default_filter(query: str, schema: str) -> None:
    target = parse_target(f"postgresql://app:pw@db.example.com/shop?{query}")
    assert target.schema == schema
    assert target.parameters() == _BASE


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("postgres://u@h:6432/d", "port 6432"),
        ("postgres://u@h:6543/d", "port 6543"),
        ("postgres://u@aws-0-eu.pooler.supabase.com/d", "pooler in the host name"),
        ("postgres://u@ep-x-pooler.eu.neon.tech/d", "pooler in the host name"),
        ("postgres://u@pgbouncer/d", "pgbouncer in the host name"),
        ("postgres://u@h/d?pgbouncer=true", "pgbouncer=true in the URL"),
    ],
)
def test_a_pooled_url_is_noticed_and_loses_its_startup_options(url: str, hint: str) -> None:
    separator = "&" if "?" in url else "?"
    target = parse_target(f"{url}{separator}options=-c%20statement_timeout%3D5s")
    assert target.pooler_hints == (hint,)
    assert "options" not in target.parameters()
    assert [note for note in target.notes if "options" in note]


def test_options_that_tell_a_proxy_the_database_are_kept_when_pooled() -> None:
    target = parse_target("postgres://u@ep-x-pooler.eu.neon.tech/d?options=endpoint%3Dep-x")
    assert target.setting("options") == "endpoint=ep-x"


def test_a_direct_url_gives_no_pooler_hint() -> None:
    assert not parse_target("postgres://u@db.example.com:5432/d?pgbouncer=false").looks_pooled


def test_an_unknown_query_parameter_is_named_and_left_out() -> None:
    target = parse_target("postgres://u@h/d?shiny_new_option=1")
    assert target.parameters() == {"user": "u", "host": "h", "dbname": "d"}
    assert target.notes == ("ignored an unknown parameter shiny_new_option of the URL",)


def test_a_misspelt_encryption_parameter_is_refused_by_name() -> None:
    with pytest.raises(BadTarget, match="sslmodee"):
        parse_target("postgres://u@h/d?sslmodee=verify-full")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("prisma://accelerate.prisma-data.net/?api_key=verysecret", "direct URL"),
        ("prisma+postgres://accelerate.prisma-data.net/?api_key=verysecret", "direct URL"),
        ("mysql://app:verysecret@h/d", "is a mysql URL"),
        ("postgresql://app:p@verysecret@h/d", "@ is %40"),
        ("postgresql://app:p/verysecret@h/d", "@ is %40"),
        ("postgresql://app:1/verysecret@h/d", "@ is %40"),
        ("postgresql://app:p?x=verysecret@h/d", "@ is %40"),
        ("postgresql://app:p?verysecret/x@h/d", "@ is %40"),
        ("postgresql://app:very%secret@h/d", "% is %25"),
        ("postgresql://app:very secret@h/d", "a space is %20"),
        ("postgresql://app:verysecret/d", "port that is not a number"),
        ("postgresql://h:70000/d", "1 to 65535"),
        ("app:verysecret@h/d", "write postgresql://"),
        ("postgresql:/app:verysecret@h/d", "write postgresql://"),
        ("postgresql://", "neither a host nor a database"),
        ("postgresql://app:verysecret@", "neither a host nor a database"),
        ("postgresql://h/d?sslmode=verysecret", "verify-full"),
        ("postgresql://h/d?verysecret", "name=value"),
        ("host=h password=very secret", "single quotes"),
        ("Host=h;Username=app;Password=verysecret", "not semicolons"),
        ("host=h password='verysecret", "single quotes"),
        ("postgresql://app:very\nsecret@h/d", "line break"),
    ],
)
def test_a_url_that_cannot_work_is_refused_with_the_remedy_and_without_its_secret(url: str, says: str) -> None:
    with pytest.raises(BadTarget) as caught:
        parse_target(url, source="DATABASE_URL")
    message = str(caught.value)
    assert caught.value.exit_code == ExitCode.USAGE
    assert says in message
    assert message.startswith("DATABASE_URL ")
    assert "secret" not in message
    assert caught.value.__cause__ is None


def test_the_name_of_a_target_has_no_password_and_no_folder() -> None:
    assert parse_target("postgres://app:pw@h:5433/shop").name == "app@h:5433/shop"
    assert parse_target("postgres://app@h1:1,h2:2/shop").name == "app@h1:1,h2:2/shop"
    assert parse_target("postgresql://%2Ftmp%2Fpg/shop").name == "local/shop"
    assert parse_target("service=staging").name == "service staging"


_PASSWORDS = st.text(min_size=5, max_size=30).filter(lambda text: len(text.strip()) >= 5)
_PRINTABLE_CHARACTERS = st.characters(exclude_categories=["C", "Z"], include_characters=" ")
_NAMES = st.text(_PRINTABLE_CHARACTERS, min_size=1, max_size=20)
_TEMPLATES = (
    "postgresql://someone:{}@db.example.com:5432/shop?schema=x",
    "jdbc:postgresql://db.example.com/shop?user=someone&password={}&currentSchema=y",
    "host=db.example.com user=someone password={}",
    "postgres://someone:{}@db.example.com/shop?pgbouncer=true&unknown_one=1",
)
_ORDINARY = " ".join(
    [
        *_TEMPLATES,
        repr(parse_target(_TEMPLATES[0].format("********"))),
        repr(parse_target(_TEMPLATES[3].format("********"))),
    ]
)


def _everything_said(text: str) -> str:
    try:
        target = parse_target(text)
    except PgauditError as error:
        return f"{error} {error!r} {error.__dict__} {error.args}"
    return f"{target} {target!r} {target.name} {target.notes} {target.settings} {target.secrets}"


@given(password=_PASSWORDS, template=st.sampled_from(_TEMPLATES))
@example(password="p@ss/word", template=_TEMPLATES[0])
@example(password="12345?a=b", template=_TEMPLATES[0])
@example(password="12345/x?sslx=1", template=_TEMPLATES[0])
@example(password="correct horse battery", template=_TEMPLATES[2])
def test_a_password_written_raw_into_a_url_is_never_shown(password: str, template: str) -> None:
    fragments = {password[start : start + 5] for start in range(len(password) - 4)}
    said = _everything_said(template.format(password))
    for fragment in fragments:
        assume(fragment.casefold() not in _ORDINARY.casefold())
        assert fragment not in said


@given(password=st.text(_PRINTABLE_CHARACTERS, min_size=5, max_size=30))
def test_an_encoded_password_arrives_whole_and_is_never_shown(password: str) -> None:
    assume(password not in _ORDINARY)
    target = parse_target(_TEMPLATES[0].format(quote(password, safe="")))
    assert target.parameters()["password"] == password
    assert password not in _everything_said(_TEMPLATES[0].format(quote(password, safe="")))


@given(
    st.fixed_dictionaries(
        {"host": st.just("db.example.com")},
        optional=dict.fromkeys(("user", "password", "dbname", "options"), _NAMES),
    )
)
def test_a_connection_string_is_read_as_libpq_reads_it(pairs: dict[str, str]) -> None:
    written = make_conninfo(**pairs)
    assert parse_target(written).parameters() == conninfo_to_dict(written)


@given(st.text(max_size=60))
def test_no_text_makes_the_parser_fail_otherwise_than_with_a_bad_target(text: str) -> None:
    _everything_said(text)
    _everything_said(f"postgresql://{text}")
    _everything_said(f"host={text}")
