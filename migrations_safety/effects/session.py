"""Settings and transactions: what later statements of a script see of SET, BEGIN and their kind."""

from __future__ import annotations
