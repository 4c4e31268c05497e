"""What the configuration changes about checks: severities and thresholds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from pgaudit.audit.run import Policy
from pgaudit.errors import BadConfiguration
from probes.check import Check, Thresholds
from probes.finding import Severity


def policy_of(sections: Mapping[str, Mapping[str, Any]], checks: Sequence[Check]) -> Policy:
    """The policy that `[checks."area/name"]` sections describe.

    Raises:
        BadConfiguration: No such check, no such threshold of it, or a value of the wrong kind.
    """
    by_name = {name: check for check in checks for name in (check.id, *check.aliases)}
    thresholds: dict[str, Thresholds] = {}
    severities: dict[str, Severity] = {}
    for name, section in sections.items():
        check = by_name.get(name)
        if check is None:
            raise BadConfiguration(f"checks.{name}", "there is no such check", "see `pgaudit checks`")
        values = {key.replace("-", "_"): value for key, value in section.items()}
        if "severity" in values:
            severities[check.id] = _severity(name, values.pop("severity"))
        if values:
            thresholds[check.id] = _thresholds(check, values)
    return Policy(thresholds, severities)


def _severity(name: str, value: object) -> Severity:
    try:
        return Severity(value)
    except ValueError:
        names = ", ".join(severity.value for severity in Severity)
        raise BadConfiguration(f"checks.{name}.severity", f"{value!r} is none", f"choose one of {names}") from None


def _thresholds(check: Check, values: Mapping[str, Any]) -> Thresholds:
    known = check.thresholds.__struct_fields__
    for key in values:
        if key not in known:
            advice = f"it has {', '.join(known)}" if known else "it has none"
            raise BadConfiguration(f"checks.{check.id}", f"{key!r} is no threshold of it", advice)
    try:
        return msgspec.convert(dict(values), check.thresholds)
    except msgspec.ValidationError as error:
        raise BadConfiguration(f"checks.{check.id}", str(error), "mend the value") from error
