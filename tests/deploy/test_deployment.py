"""What deploys pgaudit, held to its schemas, to what it promises, and, as far as no container is needed, run."""

from __future__ import annotations

import configparser
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.pgaudit.cli.running import environment
from tests.servers import Database

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
BIN = Path(sys.executable).parent
ACTION = DEPLOY / "github" / "action" / "action.yml"
GITLAB = DEPLOY / "gitlab" / "pgaudit.gitlab-ci.yml"
RISKY = "alter table orders alter column id type bigint;\n"


def loaded(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def run(script: str, folder: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    """A step as a runner would run it: bash that stops at the first failure, with pgaudit on the path."""
    variables = {**environment(extra), "PATH": f"{BIN}:{os.environ['PATH']}"}
    command = ["bash", "-euo", "pipefail", "-c", script]
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=180, check=False)


def alone(script: str) -> str:
    """The script without the packages that ours needs: those are hundreds of megabytes, and tested elsewhere."""
    assert "pip install" in script or 'pip" install' in script
    return re.sub(r'(pip"? install)', r"\1 --no-deps", script)


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ("compose-spec", ROOT / "docker-compose.yml"),
        ("github-workflows", DEPLOY / "github" / "pgaudit.yml"),
        ("github-actions", ACTION),
        ("gitlab-ci", GITLAB),
    ],
)
def test_files_of_hosts_keep_to_their_published_schemas(schema: str, path: Path) -> None:
    command = [str(BIN / "check-jsonschema"), "--builtin-schema", f"vendor.{schema}", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_manifest_keeps_to_the_schemas_of_kubernetes() -> None:
    command = [str(BIN / "kubernetes-validate"), "--strict", str(DEPLOY / "kubernetes-cronjob.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


OURS = ("auditor", "schedule", "reports")


@pytest.mark.parametrize("name", OURS)
def test_our_containers_can_do_nothing_but_their_work(name: str) -> None:
    service = loaded(ROOT / "docker-compose.yml")["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["user"] == "10001:10001"
    assert service["profiles"], "a plain `up` starts PostgreSQL alone"
    assert "docker.sock" not in str(service)


def test_only_this_machine_reaches_what_compose_starts() -> None:
    services = loaded(ROOT / "docker-compose.yml")["services"]
    ports = [port for service in services.values() for port in service.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_what_compose_mounts_from_the_tree_is_there_and_its_secrets_are_never_committed() -> None:
    compose = loaded(ROOT / "docker-compose.yml")
    mounts = [mount.split(":")[0] for one in compose["services"].values() for mount in one.get("volumes", ())]
    assert [mount for mount in mounts if mount.startswith(".") and not (ROOT / mount).exists()] == []
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    files = [re.sub(r".*:-\./(.*)}", r"\1", secret["file"]) for secret in compose["secrets"].values()]
    files += [one["path"] for service in compose["services"].values() for one in service.get("env_file", ())]
    assert set(files) == {".postgres_password", ".pgpass", ".pgaudit_token.env"}
    assert set(files) <= set(ignored)


def test_a_night_in_kubernetes_is_not_run_twice_nor_as_root() -> None:
    manifests = list(yaml.safe_load_all((DEPLOY / "kubernetes-cronjob.yaml").read_text(encoding="utf-8")))
    [job] = [one["spec"] for one in manifests if one["kind"] == "CronJob"]
    pod = job["jobTemplate"]["spec"]["template"]["spec"]
    [container] = pod["containers"]
    assert (job["concurrencyPolicy"], job["jobTemplate"]["spec"]["backoffLimit"]) == ("Forbid", 1)
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


# ---- the image


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile, an instruction each, continued lines joined."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def copied() -> list[str]:
    """What the image takes from the tree."""
    words = [shlex.split(rest) for word, rest in instructions() if word == "COPY" and "--from" not in rest]
    return [source for parts in words for source in parts[:-1] if not source.startswith("--")]


def test_the_image_does_not_run_as_root() -> None:
    users = [rest for word, rest in instructions() if word == "USER"]
    assert users == ["10001:10001"]
    after = [word for word, _ in instructions()[instructions().index(("USER", users[0])) :]]
    assert "RUN" not in after


def test_what_the_image_copies_is_in_the_tree_and_in_its_context() -> None:
    allowed = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for source in copied():
        assert (ROOT / source).exists()
        assert f"!{source.removeprefix('./').split('/')[0]}" in allowed


def test_the_step_that_installs_pgaudit_into_the_image_works_on_what_was_copied(tmp_path: Path) -> None:
    source, target = tmp_path / "src", tmp_path / "opt"
    for name in copied():
        original = ROOT / name
        if original.is_dir():
            shutil.copytree(original, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(original, source / name)
    [step] = [rest for word, rest in instructions() if word == "RUN" and "pip install" in rest]
    done = run(alone(step).replace("/opt/pgaudit", str(target)), source)
    assert done.returncode == 0, done.stderr
    assert (target / "bin" / "pgaudit").exists()
    installed = {str(path.relative_to(target)).partition("site-packages/")[2] for path in target.rglob("*")}
    assert {"pgaudit/serving/templates/index.html", "pgaudit/reports/html/style.css"} <= installed


# ---- the steps, run


@pytest.mark.pg("== 17")
def test_a_night_keeps_the_run_the_page_and_the_metrics_and_findings_do_not_fail_it(
    database: Database, tmp_path: Path
) -> None:
    database.execute("create table notes (body text)")
    extra = {"PGAUDIT_STORE": str(tmp_path / "history.sqlite3"), "PGAUDIT_DATABASE_URL": database.dsn}
    done = run(str(DEPLOY / "nightly.sh"), tmp_path, **extra)
    assert done.returncode == 0, done.stderr
    assert "missing_primary_key" in done.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"history.sqlite3", "latest.html", "pgaudit.prom"}
    extra["PGAUDIT_DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/none"
    assert run(str(DEPLOY / "nightly.sh"), tmp_path, **extra).returncode == 3


def test_a_night_without_a_store_says_what_is_missing(tmp_path: Path) -> None:
    done = run(str(DEPLOY / "nightly.sh"), tmp_path)
    assert done.returncode != 0
    assert "PGAUDIT_STORE: names the store" in done.stderr


def step(name: str) -> str:
    [found] = [one["run"] for one in loaded(ACTION)["runs"]["steps"] if one["name"] == name]
    return str(found)


def test_the_action_installs_and_puts_the_command_on_the_path(tmp_path: Path) -> None:
    extra = {"PACKAGE": str(ROOT), "RUNNER_TEMP": str(tmp_path)}
    done = run(alone(step("Install")), tmp_path, **extra, GITHUB_PATH=str(tmp_path / "path"))
    assert done.returncode == 0, done.stderr
    assert (Path((tmp_path / "path").read_text().strip()) / "pgaudit").exists()


def test_the_action_s_gate_fails_on_a_risky_migration_and_leaves_its_results(tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "0001_ids.sql").write_text(RISKY)
    done = run(step("Gate"), tmp_path, MIGRATIONS="migrations", URL="")
    assert done.returncode == 1, done.stderr
    assert "::error" in done.stdout
    assert (tmp_path / "pgaudit.sarif").exists()


@pytest.mark.pg("== 17")
def test_the_action_s_night_fails_once_on_what_is_new(database: Database, tmp_path: Path) -> None:
    database.execute("create table notes (body text)")
    extra = {"PGAUDIT_DATABASE_URL": database.dsn, "RECORD_AS": "shop/staging"}
    assert run(step("Audit"), tmp_path, **extra).returncode == 1
    done = run(step("Audit"), tmp_path, **extra)
    assert done.returncode == 0, done.stderr
    assert "History of 2 runs" in (tmp_path / "pgaudit.html").read_text()


@pytest.mark.pg("== 17")
def test_the_steps_of_gitlab_s_template_run(database: Database, tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "0001_ids.sql").write_text(RISKY)
    template = loaded(GITLAB)
    gate = run("\n".join(template["pgaudit-gate"]["script"]), tmp_path, **template["variables"])
    assert gate.returncode == 1, gate.stderr
    kept = template["pgaudit-gate"]["artifacts"]["reports"].values()
    assert all((tmp_path / name).exists() for name in kept)
    extra = {"PGAUDIT_DATABASE_URL": database.dsn, "CI_PROJECT_PATH": "shop/app"}
    nightly = run("\n".join(template["pgaudit-nightly"]["script"]), tmp_path, **extra)
    assert nightly.returncode in {0, 1}, nightly.stderr
    assert (tmp_path / ".pgaudit" / "history.sqlite3").exists()
    assert (tmp_path / "report.html").exists()


def unit(name: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(DEPLOY / "systemd" / name)
    return parser


def test_the_unit_runs_as_nobody_in_particular_and_a_missed_night_is_made_up_for() -> None:
    service, timer = unit("pgaudit.service")["Service"], unit("pgaudit.timer")["Timer"]
    assert (service["Type"], service["DynamicUser"], service["NoNewPrivileges"]) == ("oneshot", "yes", "yes")
    assert (service["ProtectSystem"], service["CapabilityBoundingSet"]) == ("strict", "")
    assert timer["Persistent"] == "yes"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    for path in (DEPLOY / "systemd").iterdir():
        text = path.read_text(encoding="utf-8").replace("/usr/local/bin/pgaudit-nightly", "/bin/true")
        (tmp_path / path.name).write_text(text)
    command = ["systemd-analyze", "verify", *map(str, tmp_path.iterdir())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if "pgaudit" in line] == []
