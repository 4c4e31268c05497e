"""The command line."""

import gc
import sys

# Starting makes a hundred thousand objects that stay: walking them again and again is a tenth of a short run.
gc.set_threshold(50_000, 20, 20)

_INTERRUPTED = 130
"""As `pgaudit.errors.ExitCode.SIGINT`, which may not be loaded yet."""


def start() -> None:
    """Run the command line and end the process with the documented exit code, also while it is still being loaded."""
    try:
        from pgaudit.cli.main import main
    except KeyboardInterrupt:
        print("pgaudit: stopped by SIGINT: nothing was begun", file=sys.stderr)  # noqa: T201 - this is the command line
        sys.exit(_INTERRUPTED)
    main()
