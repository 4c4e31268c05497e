"""A Django project's apps and migration files, read as syntax trees, never imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pgaudit.migrations.sources.files import file_names, walk
from pgaudit.migrations.sources.pyast import (
    Constants,
    assignments,
    dotted_name,
    is_constant,
    keyword_of,
    parse_python,
    text_of,
)

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class DjangoFile:
    """One migration of an app."""

    app: str
    name: str
    path: Path
    dependencies: tuple[Key, ...]
    run_before: tuple[Key, ...]
    replaces: tuple[Key, ...]
    atomic: bool
    operations: tuple[ast.expr, ...]
    constants: Constants


def migration_folders(root: Path) -> Iterator[Path]:
    """The `migrations` packages below a folder."""
    seen: set[Path] = set()
    for path in walk(root, (".py",), max_depth=8):
        folder = path.parent
        if folder.name == "migrations" and folder not in seen:
            seen.add(folder)
            yield folder


def django_files(root: Path) -> Iterator[DjangoFile]:
    """Every migration of every app, apps in path order, migrations in order of their names."""
    for folder in migration_folders(root):
        app = app_label(folder.parent)
        for file_name in file_names(folder, (".py",)):
            if not file_name.startswith(("_", "~")):
                found = read_file(folder / file_name, app)
                if found is not None:
                    yield found


def app_label(folder: Path) -> str:
    """The label of an app: what an AppConfig in `apps.py` says by a literal, else the folder's name."""
    apps = folder / "apps.py"
    if apps.exists():
        for node in parse_python(apps).body:
            if isinstance(node, ast.ClassDef):
                names = assignments(node.body)
                if label := text_of(names.get("label"), names):
                    return label
    return folder.name


def read_file(path: Path, app: str) -> DjangoFile | None:
    """The migration of a file; None when it has no class `Migration`."""
    tree = parse_python(path)
    classes = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Migration")
    migration = next(classes, None)
    if migration is None:
        return None
    constants = assignments(tree.body)
    names = assignments(migration.body)
    return DjangoFile(
        app,
        path.stem,
        path,
        tuple(_keys(names.get("dependencies"), constants)),
        tuple(_keys(names.get("run_before"), constants)),
        tuple(_keys(names.get("replaces"), constants)),
        not is_constant(names.get("atomic"), value=False),
        _elements(names.get("operations")),
        constants,
    )


def _keys(node: ast.expr | None, constants: Constants) -> Iterator[Key]:
    for element in _elements(node):
        if isinstance(element, ast.Tuple) and len(element.elts) >= 2:  # noqa: PLR2004 -- (app, name)
            app, name = text_of(element.elts[0], constants), text_of(element.elts[1], constants)
            if app is not None and name is not None:
                yield app, name


def _elements(node: ast.expr | None) -> tuple[ast.expr, ...]:
    match node:
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return tuple(elements)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return (*_elements(left), *_elements(right))
        case _:
            return ()


def operation_name(node: ast.expr) -> str:
    """The class of an operation, as `RunSQL` of `migrations.RunSQL(...)`."""
    return dotted_name(node.func).rpartition(".")[2] if isinstance(node, ast.Call) else ""


def argument(call: ast.Call, position: int, name: str) -> ast.expr | None:
    """An argument by its position or its keyword."""
    return call.args[position] if len(call.args) > position else keyword_of(call, name)


def nested_operations(call: ast.Call) -> tuple[ast.expr, ...]:
    """The operations that a `SeparateDatabaseAndState` runs in the database."""
    return _elements(argument(call, 0, "database_operations"))
