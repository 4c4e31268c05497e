"""The manifest: what is planted in the sample database, what only looks like a fault, and what belongs to its host."""

import tomllib
from enum import Enum, unique
from importlib.resources import files

import msgspec

from probes.finding import ObjectRef


@unique
class Requirement(Enum):
    """What an audit needs to have at hand before it can see a fault."""

    STRUCTURE = "structure"
    """Nothing but the loaded database."""
    TRAFFIC = "traffic"
    """`run_traffic` has run."""
    OPEN_SESSION = "open session"
    """`hold_open_transaction` is being held, and the check's minimum duration is below the time it has been."""
    OLD_COUNTERS = "counters of 7 days"
    """Usage counters older than any fresh server has: the check must answer "not checked" on the demo."""


@unique
class Repair(Enum):
    """Who repairs a fault."""

    CHECK = "check"
    """The fix that the check itself offers."""
    DEMO = "demo"
    """`repair`: only a person can know the right state, so a check gives advice."""
    SESSION = "session"
    """Nothing in the database: the fault ends with the session that the demo holds."""


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something wrong that an audit must report."""

    check: str
    object: ObjectRef
    why: str
    requires: Requirement = Requirement.STRUCTURE
    repair: Repair = Repair.CHECK


class Decoy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something right that `check` must not report on this object."""

    check: str
    object: ObjectRef
    why: str
    requires: Requirement = Requirement.STRUCTURE


class HostFact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A true finding about the embedded server itself, which stays when every fault has been repaired."""

    check: str
    why: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything an audit of the demo is measured against."""

    application_roles: tuple[str, ...]
    """Roles the audit has to be told are the application's: exposed and of low privilege."""
    tenant_column: str
    faults: tuple[Fault, ...]
    decoys: tuple[Decoy, ...]
    host_facts: tuple[HostFact, ...]


def manifest() -> Manifest:
    """Give the manifest of the sample database."""
    text = files("pgaudit.demo").joinpath("manifest.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Manifest)
