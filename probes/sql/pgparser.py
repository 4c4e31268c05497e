"""PostgreSQL's own parser, loaded without the Python layer around it.

``import pglast.parser`` first runs ``pglast/__init__`` and builds every enum and syntax class of the package, most of
the cost of a short run. The extension module needs none of them until its object-building functions are called, so
the three modules around it are put in place unexecuted and run themselves the first time anybody reads something from
them: later users of ``pglast`` in the same process find the real thing.
"""

import sys
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class _Deferred(ModuleType):
    """A module that executes itself when an attribute it does not have yet is asked for."""

    def __getattr__(self, name: str) -> object:
        self.__class__ = ModuleType  # type: ignore[assignment]
        spec = self.__spec__
        if spec is not None and spec.loader is not None:
            spec.loader.exec_module(self)
        return getattr(self, name)


def _deferred(name: str) -> _Deferred:
    spec = find_spec(name)
    if spec is None or spec.loader is None:
        raise ImportError(name=name)
    module = module_from_spec(spec)
    module.__class__ = _Deferred
    sys.modules[name] = module
    return module  # type: ignore[return-value]


def _load() -> ModuleType:
    if "pglast" in sys.modules:
        return import_module("pglast.parser")
    before = set(sys.modules)
    try:
        package = _deferred("pglast")
        vars(package)["Error"] = import_module("pglast.error").Error
        for name in ("enums", "ast"):
            vars(package)[name] = _deferred(f"pglast.{name}")
        return import_module("pglast.parser")
    except (ImportError, AttributeError, ValueError):
        for name in [name for name in sys.modules if name.partition(".")[0] == "pglast" and name not in before]:
            del sys.modules[name]
        return import_module("pglast.parser")


_parser = _load()

ParseError: type[Exception] = _parser.ParseError
parse_sql_json: "Callable[[str], str]" = _parser.parse_sql_json
parse_plpgsql_json: "Callable[[str], str]" = _parser.parse_plpgsql_json
