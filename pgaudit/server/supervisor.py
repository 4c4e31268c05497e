"""The small process between us and an embedded server, so that the server never outlives us.

Started as a script by `pgaudit.server.embedded` (`python -I -S supervisor.py FOLDER UID GID COMMAND...`); it imports
the standard library only. It is the parent of the server and holds the reading end of a pipe whose writing end dies
with our process, also by SIGKILL.

| what it reads from standard input | what it does |
|---|---|
| a letter of `STOP_SIGNALS` | sends the signal and keeps the folder |
| end of file | stops the server at once and removes the folder |

SIGTERM and SIGHUP are treated as end of file. When the server ends by itself the supervisor ends too and keeps the
folder with its log.
"""

import os
import select
import shutil
import signal
import subprocess
import sys
from types import FrameType

STOP_SIGNALS = {"s": signal.SIGTERM, "f": signal.SIGINT, "i": signal.SIGQUIT}
"""Letter on the pipe -> signal: smart, fast and immediate shutdown as the manual names them."""

_IMMEDIATE_STOP_TIMEOUT_S = 10  # the postmaster itself gives its children 5 seconds


def main(arguments: list[str]) -> int:
    """Give the server's exit code after it ended, by our doing or its own."""
    folder, uid, gid, *command = arguments
    wakeup = _wake_on_signals()
    server = _start(command, int(uid), int(gid))
    sys.stdout.write(f"{server.pid}\n")
    sys.stdout.flush()
    if _watch(server, wakeup):
        _stop_at_once(server)
        shutil.rmtree(folder, ignore_errors=True)
    return server.wait()


def _start(command: list[str], uid: int, gid: int) -> "subprocess.Popen[bytes]":
    log = sys.stderr.fileno()
    if uid == os.geteuid():
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)  # noqa: S603 -- our launcher's own arguments
    return subprocess.Popen(  # noqa: S603 -- likewise
        command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, user=uid, group=gid, extra_groups=[]
    )


def _wake_on_signals() -> int:
    """Give a descriptor on which the number of each arriving signal can be read."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _only_wake)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return reading


def _only_wake(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: the descriptor of `signal.set_wakeup_fd` needs a handler in Python to receive a signal."""


def _watch(server: "subprocess.Popen[bytes]", wakeup: int) -> bool:
    """Whether our owner is gone; False when the server ended, on an order passed on to it or by itself."""
    control = sys.stdin.fileno()
    while True:
        ready, _, _ = select.select([control, wakeup], [], [])
        if wakeup in ready and {signal.SIGTERM, signal.SIGHUP} & set(os.read(wakeup, 64)):
            return True
        if server.poll() is not None:
            return False
        if control in ready:
            letter = os.read(control, 1).decode()
            if not letter:
                return True
            server.send_signal(STOP_SIGNALS[letter])


def _stop_at_once(server: "subprocess.Popen[bytes]") -> None:
    server.send_signal(signal.SIGQUIT)
    try:
        server.wait(_IMMEDIATE_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
