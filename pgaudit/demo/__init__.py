"""The sample database of `pgaudit demo`: a marketplace for animals with planted faults, and decoys that are none."""

from pgaudit.demo.loading import load, repair
from pgaudit.demo.manifest import Decoy, Fault, HostFact, Manifest, Repair, Requirement, manifest
from pgaudit.demo.sessions import hold_open_transaction
from pgaudit.demo.traffic import run_traffic

__all__ = [
    "Decoy",
    "Fault",
    "HostFact",
    "Manifest",
    "Repair",
    "Requirement",
    "hold_open_transaction",
    "load",
    "manifest",
    "repair",
    "run_traffic",
]
