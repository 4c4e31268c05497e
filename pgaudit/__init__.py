"""pgaudit finds schema, tenancy, performance and migration risks in a live PostgreSQL database.

It is not the pgAudit extension. The public API is what `__all__` names; it is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import probes

if TYPE_CHECKING:
    from pgaudit.api import gate, scan

__all__ = ["gate", "scan"]

if not getattr(probes, "PGAUDIT_PROBES", False):
    raise ImportError(
        f"the package `probes` at {getattr(probes, '__file__', '?')} is another project's and hides pgaudit's: "
        "install pgaudit-cli in an environment of its own"
    )


def __getattr__(name: str) -> object:
    if name in __all__:
        from pgaudit import api  # noqa: PLC0415 - loading it loads the driver

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
