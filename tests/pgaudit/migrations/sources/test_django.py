import os
import subprocess
import sys
from pathlib import Path

import pytest

from pgaudit.migrations.sources import OpaqueReason, ProblemKind, State, TxMode
from pgaudit.migrations.sources.errors import BadProjectFileError, ProjectCodeError
from tests.pgaudit.migrations.sources.projects import migrations_at, pending_of, plan_at, plan_on, states_of, write
from tests.servers import Database

MANAGE = """
import os, sys
open(os.path.join(os.path.dirname(__file__), "ran"), "w").close()
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
"""
SETTINGS = """
import os
SECRET_KEY = "x"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.postgres", "shop", "stock"]
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": os.environ["DB_NAME"],
    "HOST": os.environ["DB_HOST"], "PORT": os.environ["DB_PORT"], "USER": os.environ["DB_USER"]}}
"""
HEAD = "from django.db import migrations, models\nfrom django.contrib.postgres.operations import AddIndexConcurrently\n"


def migration(dependencies: str, operations: str, extra: str = "") -> str:
    body = f"    {extra}\n    dependencies = [{dependencies}]\n    operations = [\n{operations}\n    ]\n"
    return f"{HEAD}\n\nclass Migration(migrations.Migration):\n{body}"


FIRST = """        migrations.CreateModel(
            name="Item",
            fields=[("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=20))],
        ),"""
SECOND = """        AddIndexConcurrently("Item", models.Index(fields=["name"], name="item_name")),"""
THIRD = '''        migrations.RunSQL(
            """
            update shop_item set name = 'x';
            """,
            reverse_sql=migrations.RunSQL.noop,
        ),
        migrations.RunSQL(["select 1", ("select 2", None), ("select %s", [3])]),
        migrations.RunPython(lambda apps, editor: None),
        migrations.AlterModelOptions(name="item", options={"ordering": ["name"]}),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL("select 4")],
            state_operations=[migrations.RunSQL("select 5")],
        ),
        migrations.AddField("Item", "price", models.IntegerField(null=True)),'''
STOCK = """        migrations.CreateModel(
            name="Shelf", fields=[("id", models.BigAutoField(primary_key=True))],
        ),"""


def project(root: Path) -> Path:
    return write(
        root,
        {
            "manage.py": MANAGE,
            "settings.py": SETTINGS,
            "shop/__init__.py": "",
            "shop/migrations/__init__.py": "",
            "shop/migrations/0001_initial.py": migration("", FIRST),
            "shop/migrations/0002_index.py": migration('("shop", "0001_initial")', SECOND, "atomic = False"),
            "shop/migrations/0003_data.py": migration(
                '("shop", "0002_index"), ("contenttypes", "0001_initial")', THIRD
            ),
            "stock/__init__.py": "",
            "stock/migrations/__init__.py": "",
            "stock/migrations/0001_initial.py": migration('("shop", "0003_data")', STOCK),
        },
    )


def environment(database: Database) -> dict[str, str]:
    with database.connect() as connection:
        info = connection.info
        return {"DB_NAME": info.dbname, "DB_HOST": info.host, "DB_PORT": str(info.port), "DB_USER": info.user}


def run_django(root: Path, database: Database, *arguments: str) -> None:
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, cwd=root, env={**os.environ, **environment(database)}, check=True, capture_output=True)


def line_in(path: Path, text: str) -> int:
    return next(number for number, line in enumerate(path.read_text().splitlines(), 1) if text in line)


def test_the_graph_decides_the_order_and_atomic_false_the_transaction(tmp_path: Path) -> None:
    found = migrations_at(project(tmp_path))
    assert [(m.version, m.tx_mode) for m in found] == [
        ("shop.0001_initial", TxMode.PER_FILE),
        ("shop.0002_index", TxMode.PER_STATEMENT),
        ("shop.0003_data", TxMode.PER_FILE),
        ("stock.0001_initial", TxMode.PER_FILE),
    ]
    assert not (tmp_path / "ran").exists()


def test_literals_of_run_sql_are_read_and_the_rest_is_opaque_at_its_line(tmp_path: Path) -> None:
    third = migrations_at(project(tmp_path))[2]
    path = third.path
    assert [(part.text.strip(), part.first_line) for part in third.parts] == [
        ("update shop_item set name = 'x';", line_in(path, '"""')),
        ("select 1", line_in(path, "select 1")),
        ("select 2", line_in(path, "select 2")),
        ("select 4", line_in(path, "select 4")),
    ]
    assert [(step.reason, step.line) for step in third.opaque] == [
        (OpaqueReason.INTERPOLATED, line_in(path, "select %s")),
        (OpaqueReason.PROGRAM_CODE, line_in(path, "RunPython")),
        (OpaqueReason.NEEDS_EXEC, line_in(path, "AddField")),
    ]


@pytest.mark.pg("!= 13, != 15, != 16, != 17")
def test_pending_is_what_the_table_made_by_django_itself_does_not_have(tmp_path: Path, database: Database) -> None:
    root = project(tmp_path)
    run_django(root, database, "migrate", "shop", "0001")
    result = plan_on(database, root)
    assert states_of(result)["shop.0001_initial"] is State.APPLIED
    assert pending_of(result) == ["shop.0002_index", "shop.0003_data", "stock.0001_initial"]
    assert State.MISSING_ON_DISK not in states_of(result).values()


@pytest.mark.pg(">= 18")
def test_with_allow_exec_sqlmigrate_gives_each_operation_its_line(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project(tmp_path)
    run_django(root, database, "migrate", "shop", "0001")
    for name, value in environment(database).items():
        monkeypatch.setenv(name, value)
    index, data, stock = plan_on(database, root, allow_exec=True, python=Path(sys.executable)).pending
    assert [(part.text, part.first_line) for part in index.parts] == [
        ('CREATE INDEX CONCURRENTLY "item_name" ON "shop_item" ("name");', line_in(index.path, "AddIndexConcurrently("))
    ]
    path = data.path
    assert [(" ".join(part.text.split()), part.first_line) for part in data.parts] == [
        ("update shop_item set name = 'x';", line_in(path, "migrations.RunSQL(")),
        ("select 1; select 2; select 3;", line_in(path, "select 1")),
        ("select 4;", line_in(path, "SeparateDatabaseAndState")),
        ('ALTER TABLE "shop_item" ADD COLUMN "price" integer NULL;', line_in(path, "AddField")),
    ]
    assert [(step.reason, step.line) for step in data.opaque] == [
        (OpaqueReason.PROGRAM_CODE, line_in(path, "RunPython"))
    ]
    assert [part.text for part in stock.parts] == [
        'CREATE TABLE "stock_shelf" ("id" bigint NOT NULL PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY);'
    ]


def test_a_project_that_cannot_run_says_why_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DB_NAME", raising=False)
    with pytest.raises(ProjectCodeError, match="KeyError: 'DB_NAME'") as caught:
        plan_at(project(tmp_path), None, allow_exec=True, python=Path(sys.executable))
    assert "\n" not in str(caught.value)


def squashed(root: Path) -> Path:
    extra = 'replaces = [("shop", "0001_initial"), ("shop", "0002_index")]'
    return write(project(root), {"shop/migrations/0001_squashed_0002.py": migration("", FIRST, extra)})


DJANGO_TABLE = (
    "create table django_migrations (id bigserial primary key, app varchar(255) not null, name varchar(255) not null,"
    " applied timestamptz not null);"
)


def rows(*names: str) -> str:
    return "".join(
        f"insert into django_migrations (app, name, applied) values ('shop', '{name}', now());" for name in names
    )


@pytest.mark.pg(">= 18")
@pytest.mark.parametrize(
    ("applied", "expected"),
    [
        ((), ["shop.0001_squashed_0002", "shop.0003_data", "stock.0001_initial"]),
        (("0001_initial",), ["shop.0002_index", "shop.0003_data", "stock.0001_initial"]),
        (("0001_initial", "0002_index"), ["shop.0003_data", "stock.0001_initial"]),
        (("0001_squashed_0002",), ["shop.0003_data", "stock.0001_initial"]),
    ],
    ids=["none", "some", "all", "squash"],
)
def test_a_squashed_migration_and_what_it_replaces_stand_for_each_other(
    tmp_path: Path, database: Database, applied: tuple[str, ...], expected: list[str]
) -> None:
    root = squashed(tmp_path)
    database.execute(DJANGO_TABLE + rows(*applied))
    assert pending_of(plan_on(database, root)) == expected


def test_run_before_and_a_circle(tmp_path: Path) -> None:
    root = project(tmp_path)
    extra = 'run_before = [("shop", "0001_initial")]'
    write(root, {"aaa/migrations/__init__.py": "", "aaa/migrations/0001_a.py": migration("", "", extra)})
    assert migrations_at(root)[0].version == "aaa.0001_a"
    write(root, {"aaa/migrations/0001_a.py": migration('("stock", "0001_initial")', "", extra)})
    with pytest.raises(BadProjectFileError, match="circle"):
        migrations_at(root)


def test_two_leaf_migrations_of_one_app_are_reported(tmp_path: Path) -> None:
    root = project(tmp_path)
    write(root, {"shop/migrations/0003_other.py": migration('("shop", "0002_index")', "")})
    (problem,) = plan_at(root, None).problems
    assert (problem.kind, problem.versions) == (
        ProblemKind.SEVERAL_HEADS,
        ("shop.0003_data", "shop.0003_other"),
    )


def test_an_app_may_have_a_label_of_its_own(tmp_path: Path) -> None:
    root = project(tmp_path)
    write(root, {"stock/apps.py": "class StockConfig(AppConfig):\n    name = 'stock'\n    label = 'warehouse'\n"})
    assert migrations_at(root)[-1].version == "warehouse.0001_initial"
