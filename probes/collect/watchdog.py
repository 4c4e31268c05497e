"""Hanging up on a server that has fallen silent: a frozen one, or a stuck pooler, keeps no timeout of its own."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Generator
from typing import Any

import psycopg

_LOOKS_A_SECOND = 4


class Watchdog:
    """Watches one connection while somebody waits for it; it does nothing while they work."""

    def __init__(self, connection: psycopg.Connection[Any], silence_s: float) -> None:
        self.has_hung_up = False
        """Whether the connection is gone because nothing came."""
        self.silence_s = silence_s
        """How long the server may say nothing."""
        self._connection = connection
        self._due: float | None = None

    @contextlib.contextmanager
    def on_duty(self) -> Generator[None]:
        """Look at the clock for as long as the block runs."""
        off_duty = threading.Event()
        thread = threading.Thread(target=self._watch, args=(off_duty,), name="watchdog", daemon=True)
        thread.start()
        try:
            yield
        finally:
            off_duty.set()
            thread.join()

    @contextlib.contextmanager
    def waiting(self) -> Generator[None]:
        """The block waits for an answer, or for the next part of one."""
        self._due = time.monotonic() + self.silence_s
        try:
            yield
        finally:
            self._due = None

    def _watch(self, off_duty: threading.Event) -> None:
        while not off_duty.wait(1 / _LOOKS_A_SECOND):
            due = self._due
            if due is not None and time.monotonic() > due:
                self.has_hung_up = True
                _hang_up(self._connection)
                return


def _hang_up(connection: psycopg.Connection[Any]) -> None:
    """End it from outside: whoever waits for it is told that it is gone, and nothing is sent that could wait too."""
    with contextlib.suppress(OSError, psycopg.Error):  # it is gone already
        line = socket.socket(fileno=os.dup(connection.fileno()))
        with line:
            line.shutdown(socket.SHUT_RDWR)
