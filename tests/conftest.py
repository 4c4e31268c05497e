"""Fixtures that give tests real servers; `tests.servers` says where they come from."""

import contextlib
import os
from collections.abc import Generator, Iterator

import pytest
from hypothesis import settings

from tests.servers import (
    MAJORS,
    Database,
    MissingServerError,
    Server,
    fresh_database,
    majors_matching,
    required_majors,
    running_server,
)
from tests.standing import LeftBehindError, Watch

settings.register_profile("same every time", deadline=None, derandomize=True, database=None)
settings.register_profile("explore", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same every time"))


class ServerPool:
    """The servers of this test process, each started when the first test asks for its major, all stopped at the end."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self._stack = stack
        self._servers: dict[int, tuple[Server, Watch]] = {}

    def get(self, major: int) -> Server:
        """Give the server of a major."""
        return self._of(major)[0]

    @contextlib.contextmanager
    def unchanged(self, major: int) -> Iterator[Server]:
        """Give the server of a major to a test, which must leave it as it is.

        A server that the environment names is not watched: others may use it too. One that was changed is not given
        to any other test.

        Raises:
            LeftBehindError: the test has left or removed something.
        """
        server, watch = self._of(major)
        if server.source == "environment":
            yield server
            return
        try:
            with watch.unchanged():
                yield server
        except LeftBehindError:
            del self._servers[major]
            raise

    def _of(self, major: int) -> tuple[Server, Watch]:
        if major not in self._servers:
            server = self._stack.enter_context(running_server(major))
            watch = Watch(server)
            self._stack.callback(watch.close)
            self._servers[major] = server, watch
        return self._servers[major]


@contextlib.contextmanager
def skipped_without_server() -> Iterator[None]:
    """Skip the running test when there is no server of a major, or fail it when `PGAUDIT_REQUIRE_MAJORS` names it."""
    try:
        yield
    except MissingServerError as error:
        missing = error
    else:
        return
    if missing.major in required_majors(os.environ):
        pytest.fail(f"PGAUDIT_REQUIRE_MAJORS asks for PostgreSQL {missing.major}: {missing}", pytrace=False)
    pytest.skip(str(missing))


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup() -> Generator[None, object, object]:
    with skipped_without_server():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call() -> Generator[None, object, object]:
    with skipped_without_server():
        return (yield)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "pg_major" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("pg")
        majors = majors_matching(marker.args[0]) if marker and marker.args else list(MAJORS)
        metafunc.parametrize("pg_major", majors, ids=[f"pg{major}" for major in majors])


@pytest.fixture(scope="session")
def server_pool() -> Iterator[ServerPool]:
    with contextlib.ExitStack() as stack:
        yield ServerPool(stack)


@pytest.fixture
def server(server_pool: ServerPool, pg_major: int) -> Iterator[Server]:
    """A running server, once for each major that the test's `pg` marker allows; to be left as it was found.

    Its counters and logs tell of all the tests before: what judges those takes a `private_cluster`.
    """
    try:
        with server_pool.unchanged(pg_major) as shared:
            yield shared
    except LeftBehindError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def database(server: Server) -> Iterator[Database]:
    """An empty database of the test's own on each of those servers."""
    with fresh_database(server) as created:
        yield created
