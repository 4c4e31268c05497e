import subprocess
from pathlib import Path

import pytest

from pgaudit.errors import ExitCode
from pgaudit.migrations.sources import ProblemKind, Tool, open_project, plan
from pgaudit.migrations.sources.errors import GitDiffError
from pgaudit.migrations.sources.git_diff import changed_files, never_run
from pgaudit.migrations.sources.plan import narrowed
from tests.pgaudit.migrations.sources.projects import pending_of, report_of, write

UP = "create table a (id int);\n"


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def repository(root: Path) -> Path:
    write(root, {"m/1_a.up.sql": UP, "m/2_b.up.sql": UP, "m/9_z.up.sql": UP, "other.txt": "x"})
    git(root, "init", "-q", "-b", "trunk")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "one")
    git(root, "switch", "-q", "-c", "work")
    write(root, {"m/2_b.up.sql": UP + "-- edited\n", "m/10_c é.up.sql": UP, "other.txt": "y"})
    (root / "m/9_z.up.sql").unlink()
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "two")
    return write(root, {"m/3_untracked.up.sql": UP})


def test_changed_added_and_untracked_files_come_in_natural_order(tmp_path: Path) -> None:
    found = changed_files(repository(tmp_path) / "m", "trunk")
    assert [(file.path.name, file.added) for file in found] == [
        ("2_b.up.sql", False),
        ("3_untracked.up.sql", True),
        ("10_c é.up.sql", True),
    ]


def test_what_trunk_gained_since_the_branch_left_it_is_not_ours(tmp_path: Path) -> None:
    root = repository(tmp_path)
    git(root, "stash", "-q", "--include-untracked")
    git(root, "switch", "-q", "trunk")
    write(root, {"m/5_theirs.up.sql": UP})
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "three")
    git(root, "switch", "-q", "work")
    assert [file.path.name for file in changed_files(root, "trunk")] == ["2_b.up.sql", "10_c é.up.sql", "other.txt"]


def test_only_changed_files_run_and_states_still_see_the_rest(tmp_path: Path) -> None:
    root = repository(tmp_path)
    changed = changed_files(root, "trunk")
    project = narrowed(open_project([root / "m"]), [file.path for file in changed])
    assert pending_of(plan(project, None)) == ["2", "3", "10"]
    assert len(plan(project, None).assessments[0].states) == 4


def test_files_added_below_the_version_that_golang_migrate_is_at_never_run(tmp_path: Path) -> None:
    root = repository(tmp_path)
    report = report_of(Tool.GOLANG_MIGRATE, ("version", "dirty"), (9, False))
    result = plan(open_project([root / "m"]), report)
    assert pending_of(result) == ["10"]
    problems = never_run(result.assessments[0].states, changed_files(root, "trunk"))
    assert [(problem.kind, problem.versions) for problem in problems] == [
        (ProblemKind.EDITED_AFTER_APPLY, ("2",)),
        (ProblemKind.SKIPPED_FOREVER, ("3",)),
    ]


@pytest.mark.parametrize("ref", ["nowhere", "--output=x", ""])
def test_a_commit_that_does_not_exist_is_one_clear_error(tmp_path: Path, ref: str) -> None:
    with pytest.raises(GitDiffError, match="git cannot compare with") as caught:
        changed_files(repository(tmp_path), ref)
    assert caught.value.exit_code is ExitCode.USAGE
    assert not (tmp_path / "x").exists()


def test_a_folder_without_a_repository_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(GitDiffError, match="not a git repository"):
        changed_files(tmp_path, "HEAD")
