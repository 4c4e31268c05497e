"""How a folder shows which migration tool it belongs to: one small function for each sign, none of which runs anything.

A sign is *sure* when no other tool leaves it. Layouts that several tools share are in `shared_layouts`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from pgaudit.migrations.sources.files import decode, file_names, is_dir, list_folder, read_bytes
from pgaudit.migrations.sources.interface import Location, Tool
from pgaudit.migrations.sources.signs import FLYWAY_CONFIGS, LIQUIBASE_ROOTS, drizzle_journal

SQL_FOLDERS = (
    ".",
    "migrations",
    "db/migrations",
    "db/migration",
    "sql",
    "database/migrations",
    "src/main/resources/db/migration",
)
_SCRIPT_FOLDERS = (".", "migrations", "src/migrations", "src/migration", "src/database/migrations", "db/migrations")
_PARENTS_SEARCHED = 3


def text_at(path: Path) -> str:
    """The text of a small file, empty when there is none."""
    return decode(read_bytes(path))[0] if path.is_file() else ""


def subfolder_with(folder: Path, *file_names_inside: str) -> bool:
    """Whether a subfolder holds all of the files."""
    if not folder.is_dir():
        return False
    return any(
        is_dir(entry) and all((folder / entry.name / name).exists() for name in file_names_inside)
        for entry in list_folder(folder)
    )


def prisma(root: Path) -> Location | None:
    """`prisma.config.ts`, a `migration_lock.toml`, or `prisma/migrations`."""
    config = next(
        (root / f"prisma.config.{ext}" for ext in ("ts", "js", "mjs") if (root / f"prisma.config.{ext}").exists()), None
    )
    if config and (
        match := re.search(r"\bmigrations\s*:\s*\{[^}]*?\bpath\s*:\s*['\"]([^'\"]+)", text_at(config), re.DOTALL)
    ):
        return Location(Tool.PRISMA, root, root / match[1], config)
    schema = _package_setting(root, "prisma", "schema")
    beside_schema = [(root / schema).parent / "migrations"] if schema else []
    for folder in (*beside_schema, root / "prisma" / "migrations", root / "migrations", root):
        if (folder / "migration_lock.toml").exists():
            return Location(Tool.PRISMA, root, folder)
    inside = root / "prisma" / "migrations"
    return Location(Tool.PRISMA, root, inside) if inside.is_dir() else None


def _package_setting(root: Path, section: str, key: str) -> str:
    try:
        value = msgspec.json.decode(text_at(root / "package.json") or "{}").get(section, {}).get(key, "")
    except (ValueError, AttributeError):
        return ""
    return str(value)


def drizzle(root: Path) -> Location | None:
    """A journal, or folders with `migration.sql` and `snapshot.json`, where `drizzle.config.*` or custom says."""
    config = next(
        (path for name in ("ts", "js", "mjs", "json") if (path := root / f"drizzle.config.{name}").exists()), None
    )
    match = re.search(r"['\"]?\bout['\"]?\s*:\s*['\"]([^'\"]+)", text_at(config)) if config else None
    for folder in ([root / match[1]] if match else []) + [root / "drizzle", root]:
        if drizzle_journal(folder).exists() or subfolder_with(folder, "migration.sql", "snapshot.json"):
            return Location(Tool.DRIZZLE, root, folder, config)
    return None


def alembic(root: Path) -> Location | None:
    """`alembic.ini`, `[tool.alembic]`, or a folder with `env.py` and `versions`."""
    for name in ("alembic.ini", "pyproject.toml"):
        config = root / name
        if config.is_file() and (name == "alembic.ini" or "[tool.alembic]" in text_at(config)):
            folder = _script_location(config)
            if folder is not None and folder.is_dir():
                return Location(Tool.ALEMBIC, root, folder, config)
    folder = root.parent if root.name == "versions" and (root.parent / "env.py").exists() else root
    if not ((folder / "env.py").exists() and (folder / "versions").is_dir()):
        return None
    for parent in list(folder.parents)[:_PARENTS_SEARCHED]:
        config = parent / "alembic.ini"
        if config.is_file() and (named := _script_location(config)) is not None and named.resolve() == folder.resolve():
            return Location(Tool.ALEMBIC, parent, folder, config)
    return Location(Tool.ALEMBIC, folder.parent, folder)


def _script_location(config: Path) -> Path | None:
    from pgaudit.migrations.sources.alembic_graph import script_location  # noqa: PLC0415 -- only where Alembic is

    return script_location(config)


def django(root: Path) -> Location | None:
    """`manage.py`, or a `migrations` package of an app."""
    if (root / "manage.py").is_file():
        return Location(Tool.DJANGO, root, root, root / "manage.py")
    if (root / "__init__.py").exists() and root.name == "migrations":
        for name in file_names(root, (".py",))[:20]:
            if re.search(r"class Migration\(\s*(migrations\.)?Migration\s*\)", text_at(root / name)):
                project = next((p for p in list(root.parents)[:4] if (p / "manage.py").is_file()), root.parent)
                manage = project / "manage.py"
                return Location(Tool.DJANGO, project, root, manage if manage.is_file() else None)
    return None


def supabase(root: Path) -> Location | None:
    """`supabase/config.toml` or `supabase/migrations`, or one of these folders itself."""
    for base in (root / "supabase", root, root.parent):
        if (
            base.name == "supabase"
            and (base / "migrations").is_dir()
            and root in {base.parent, base, base / "migrations"}
        ):
            return Location(Tool.SUPABASE, base.parent, base / "migrations")
    return None


def atlas(root: Path) -> Location | None:
    """`atlas.sum`, or the folder that `atlas.hcl` names."""
    config = root / "atlas.hcl"
    match = re.search(r"\bdir\s*=\s*\"file://([^\"?]+)", text_at(config)) if config.is_file() else None
    for folder in ([root / match[1]] if match else []) + [root / "migrations", root]:
        if (folder / "atlas.sum").exists() or (match and folder.is_dir()):
            return Location(Tool.ATLAS, root, folder, config if config.is_file() else None)
    return None


def sqitch(root: Path) -> Location | None:
    """`sqitch.plan`, or where `sqitch.conf` says that it is."""
    match = re.search(
        r"^\s*(plan_file|top_dir)\s*=\s*\"?([^\"\n#;]+?)\"?\s*$", text_at(root / "sqitch.conf"), re.MULTILINE
    )
    named = [] if match is None else [root / match[2] if match[1] == "plan_file" else root / match[2] / "sqitch.plan"]
    for plan in (*named, root / "sqitch.plan"):
        if plan.is_file():
            return Location(Tool.SQITCH, root, root, plan)
    return None


def flyway(root: Path) -> Location | None:
    """`flyway.toml` or `flyway.conf` with its first `filesystem:` location, or files named `V1__name.sql`."""
    config = next((root / name for name in FLYWAY_CONFIGS if (root / name).is_file()), None)
    locations = _flyway_locations(config) if config else []
    for name in (*locations, "src/main/resources/db/migration", "db/migration", "sql", "migrations", "."):
        folder = root / name
        named = name in locations and folder.is_dir()
        if named or (folder.is_dir() and _any_name(folder, r"^[VR][0-9._]*__.+\.sql$")):
            return Location(Tool.FLYWAY, root, folder, config)
    return None


def _flyway_locations(config: Path) -> list[str]:
    from pgaudit.migrations.sources.flyway_config import read_config  # noqa: PLC0415 -- only where Flyway is

    return [value.removeprefix("filesystem:") for value in read_config(config).locations if "classpath:" not in value]


def diesel(root: Path) -> Location | None:
    """`diesel.toml`, or folders with `up.sql`."""
    config = root / "diesel.toml"
    for folder in (root / "migrations", root):
        if subfolder_with(folder, "up.sql") and (config.is_file() or not subfolder_with(folder, "migration.sql")):
            return Location(Tool.DIESEL, root, folder, config if config.is_file() else None)
    return None


def rails(root: Path) -> Location | None:
    """`db/migrate`, or a folder of timestamped Ruby files."""
    for folder in (root / "db" / "migrate", root):
        if folder.is_dir() and _any_name(folder, r"^[0-9]{3,}_\w+\.rb$", (".rb",)):
            return Location(Tool.RAILS, root, folder)
    return None


def ecto(root: Path) -> Location | None:
    """`priv/<repo>/migrations` of a Mix project, or a folder of timestamped `.exs` files."""
    folders = [root]
    if (root / "mix.exs").is_file() and (root / "priv").is_dir():
        folders += [root / "priv" / entry.name / "migrations" for entry in list_folder(root / "priv") if is_dir(entry)]
    for folder in folders:
        if folder.is_dir() and _any_name(folder, r"^[0-9]+_\w+\.exs$", (".exs",)):
            return Location(Tool.ECTO, root, folder)
    return None


def knex(root: Path) -> Location | None:
    """`knexfile.*` and the folder that it names, `migrations` by default."""
    config = next((path for ext in ("js", "ts", "cjs", "mjs") if (path := root / f"knexfile.{ext}").exists()), None)
    if config is None:
        return None
    match = re.search(r"\bdirectory\s*:\s*['\"]([^'\"]+)", text_at(config))
    folder = root / (match[1] if match else "migrations")
    return Location(Tool.KNEX, root, folder, config) if folder.is_dir() else None


def typeorm(root: Path) -> Location | None:
    """Files with a class that implements MigrationInterface."""
    for name in _SCRIPT_FOLDERS:
        folder = root / name
        if folder.is_dir():
            for file_name in file_names(folder, (".ts", ".js"))[:20]:
                if re.search(r"\bMigrationInterface\b|\bqueryRunner\s*\.\s*query\b", text_at(folder / file_name)):
                    return Location(Tool.TYPEORM, root, folder)
    return None


def node_pg_migrate(root: Path) -> Location | None:
    """A dependency on node-pg-migrate, or scripts that export `pgm` functions."""
    depends = "node-pg-migrate" in text_at(root / "package.json")
    for name in _SCRIPT_FOLDERS:
        folder = root / name
        if folder.is_dir():
            names = [
                n for n in file_names(folder, (".js", ".ts", ".cjs", ".mjs", ".sql")) if re.match(r"^[0-9]+[_-]", n)
            ]
            if names and (
                depends or any(re.search(r"\bpgm\b", text_at(folder / n)) for n in names[:5] if n[-3:] != "sql")
            ):
                return Location(Tool.NODE_PG_MIGRATE, root, folder)
    return None


def liquibase(root: Path) -> Location | None:
    """`liquibase.properties` or a root changelog of a usual name."""
    match = re.search(
        r"^\s*(?:changeLogFile|changelog-file)\s*[=:]\s*(\S+)", text_at(root / "liquibase.properties"), re.MULTILINE
    )
    named = [root / match[1], root / "src/main/resources" / match[1]] if match else []
    folders = (root, root / "db/changelog", root / "src/main/resources/db/changelog", root / "changelog")
    for path in (*named, *(folder / name for folder in folders for name in LIQUIBASE_ROOTS)):
        if path.is_file() and (path in named or re.search(r"databaseChangeLog|liquibase\s+formatted", text_at(path))):
            return Location(Tool.LIQUIBASE, root, path.parent, path)
    return None


def _any_name(folder: Path, pattern: str, suffixes: tuple[str, ...] = (".sql",)) -> bool:
    return any(re.search(pattern, name) for name in file_names(folder, suffixes))


SURE: dict[Tool, Callable[[Path], Location | None]] = {
    Tool.PRISMA: prisma,
    Tool.DRIZZLE: drizzle,
    Tool.ALEMBIC: alembic,
    Tool.DJANGO: django,
    Tool.SUPABASE: supabase,
    Tool.ATLAS: atlas,
    Tool.SQITCH: sqitch,
    Tool.FLYWAY: flyway,
    Tool.LIQUIBASE: liquibase,
    Tool.DIESEL: diesel,
    Tool.RAILS: rails,
    Tool.ECTO: ecto,
    Tool.KNEX: knex,
    Tool.TYPEORM: typeorm,
    Tool.NODE_PG_MIGRATE: node_pg_migrate,
}


def shared_layouts(root: Path) -> Iterator[Location]:
    """Tools that a folder may belong to by a layout that several share, the most likely first."""
    rust = "sqlx" in text_at(root / "Cargo.toml") or (root / ".sqlx").is_dir()
    for name in SQL_FOLDERS:
        folder = root / name
        if not folder.is_dir():
            continue
        names = file_names(folder)
        if any(re.match(r"^[0-9]+_.*\.up\.sql$", file_name) for file_name in names):
            first, second = (Tool.SQLX, Tool.GOLANG_MIGRATE) if rust else (Tool.GOLANG_MIGRATE, Tool.SQLX)
            yield Location(first, root, folder)
            yield Location(second, root, folder)
        elif rust and any(re.match(r"^[0-9]+_.*\.sql$", file_name) for file_name in names):
            yield Location(Tool.SQLX, root, folder)
        if subfolder_with(folder, "migration.sql"):
            yield Location(Tool.PRISMA, root, folder)
            yield Location(Tool.DRIZZLE, root, folder)
        if names:
            yield Location(Tool.PLAIN, root, folder)
            yield from (Location(tool, root, folder) for tool in (Tool.SQLX, Tool.SUPABASE, Tool.DBMATE, Tool.ATLAS))
