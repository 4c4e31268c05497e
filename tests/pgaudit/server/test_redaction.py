import copy
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from psycopg.conninfo import make_conninfo

from pgaudit.server.redaction import MASK, Secret, redact
from pgaudit.server.url import parse_target

_LIBPQ = 'connection to server at "h" (192.0.2.1), port 5432 failed: FATAL: {} (in "{}")'


@given(st.text(st.characters(exclude_categories=["C"]), min_size=4, max_size=40))
def test_no_form_of_a_password_gets_through(password: str) -> None:
    assume(password.strip() == password)
    assume(password not in _LIBPQ)
    assume(password not in MASK)
    for written in (password, quote(password, safe=""), make_conninfo(host="h", password=password)):
        assert password not in redact(_LIBPQ.format(written, written), [Secret(password)])


@pytest.mark.parametrize(
    "text",
    [
        'invalid URI "postgresql://app:verysecret@h/d"',
        "invalid value in host=h password=verysecret user=app",
        "invalid value in password = 'very\\'secret'",
        'could not read "postgres://h/d?user=app&password=verysecret&x=1"',
    ],
)
def test_a_password_in_a_connection_string_is_masked_though_it_is_not_known(text: str) -> None:
    assert "secret" not in redact(text, [])


def test_a_password_that_is_also_a_name_shown_anyway_does_not_stand_out() -> None:
    """Masking the role's name would tell that it is the password."""
    target = parse_target("postgresql://postgres:postgres@h/d")
    text = 'password authentication failed for user "postgres"'
    assert target.redact(text) == text


def test_a_one_letter_password_does_not_show_by_the_gaps_it_leaves() -> None:
    assert redact("authentication failed, a", [Secret("a")]) == f"authentication failed, {MASK}"


def test_a_secret_shows_nothing_of_itself() -> None:
    secret = Secret("verysecret")
    assert f"{secret} {secret!r} {[secret]} {copy.copy(secret)!r}" == f"{MASK} {MASK} [{MASK}] {MASK}"
    assert secret.reveal() == "verysecret"
    assert secret == Secret("verysecret")
