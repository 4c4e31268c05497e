"""`pgaudit serve`: the store as web pages for a team."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from pgaudit.cli import options as opt

if TYPE_CHECKING:
    import socket


def serve(
    store: opt.StoreOption = None,
    host: Annotated[str, typer.Option("--host", envvar="PGAUDIT_HOST", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", envvar="PGAUDIT_PORT", min=0, max=65535, help="0: any that is free.")
    ] = 8765,
    token: Annotated[
        Optional[str],  # noqa: UP045 - typer resolves annotations at run time
        typer.Option(
            "--token",
            envvar="PGAUDIT_TOKEN",
            help="What readers must know; demanded on any address but a loopback one. Better given in PGAUDIT_TOKEN.",
            show_default=False,
        ),
    ] = None,
) -> int:
    """Show recorded targets, runs, findings and report pages in a browser. Reads only. Needs the extra `serve`."""
    from pgaudit.cli.terminal import remark
    from pgaudit.errors import ExitCode, Interrupted, MissingExtra
    from pgaudit.store.opening import open_to_read

    try:
        import uvicorn

        from pgaudit.serving.app import application
    except ModuleNotFoundError as error:
        raise MissingExtra("the web server", "serve") from error
    _check_access(host, token)
    with _listening(host, port) as listener:
        opened = open_to_read(store)
        try:
            remark(f"reading {opened.name} at http://{host}:{listener.getsockname()[1]}/; Ctrl-C ends it")
            config = uvicorn.Config(application(opened, token), log_level="warning", access_log=False)
            with suppress(KeyboardInterrupt, Interrupted):  # how it is meant to end
                uvicorn.Server(config).run(sockets=[listener])
        finally:
            opened.close()
    return ExitCode.CLEAN


def _check_access(host: str, token: str | None) -> None:
    """Raise BadConfiguration where anybody could read."""
    from pgaudit.errors import BadConfiguration
    from pgaudit.serving.access import FEWEST_CHARACTERS, LOOPBACK

    if token is None and host not in LOOPBACK:
        advice = "set PGAUDIT_TOKEN to a secret, or listen on 127.0.0.1"
        raise BadConfiguration("--host", f"{host} can be reached by others, and no token is set", advice)
    if token is not None and len(token) < FEWEST_CHARACTERS:
        advice = "make one with: openssl rand -hex 24"
        raise BadConfiguration("--token", f"it has fewer than {FEWEST_CHARACTERS} characters", advice)


def _listening(host: str, port: int) -> socket.socket:
    """A socket at that address. Raises BadConfiguration where it cannot be had."""
    import socket

    from pgaudit.errors import BadConfiguration

    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except OSError as error:
        problem = f"{host}:{port} cannot be listened on: {error.strerror or error}"
        raise BadConfiguration("--port", problem, "choose another address or port") from error
