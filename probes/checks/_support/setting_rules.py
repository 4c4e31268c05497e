"""Checks of one setting each: rows of data from which checks and their pages are made."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.rows import PgSetting, Row
from probes.check import Check, Needs, Thresholds, Unchecked
from probes.checks._support.server_refs import setting_ref
from probes.finding import Advice, Confidence, Fix, Observed, Severity

_BYTES = {"B": 1, "kB": 1024, "8kB": 8192, "16MB": 16_777_216, "MB": 1_048_576}
_SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0}
_OUT_OF_REACH = frozenset({"command line", "environment variable"})
MANUAL = "https://www.postgresql.org/docs/current/"

IsBad = Callable[[Catalog, PgSetting], bool]


class SettingRule(msgspec.Struct, frozen=True, kw_only=True):
    """One setting, when it is bad, and what a reader is told. Texts are whole sentences of its own."""

    id: str
    title: str
    setting: str
    is_bad: IsBad
    severity: Severity
    message: str
    """What follows `setting = value: `."""
    good: str | None
    """The value to set; None for the server's default (ALTER SYSTEM RESET)."""
    what: str
    why: str
    harmless: str
    fix: str
    decided: str
    limits: str
    source: str
    """Page of the manual with its anchor."""
    self_hosted: bool = False
    """Where a provider runs the server it is the provider's business."""
    pedantic: bool = False
    min_version_num: int = 130000
    more_areas: tuple[type[Row], ...] = ()
    together: tuple[str, ...] = ()
    """Other settings that return to their defaults with it."""
    advice: str | None = None
    """Why no value can be given for the user, where that is so."""
    confidence: Confidence = Confidence.HIGH
    aliases: tuple[str, ...] = ()


def value_of(setting: PgSetting) -> str:
    """The value that new sessions get; ours sets a few for itself."""
    return setting.reset_value if setting.reset_value is not None else setting.value


def number_of(catalog: Catalog, name: str, default: int = 0) -> int:
    """The value of a setting that is a number without a unit; the default where it is hidden or not there."""
    setting = catalog.setting(name)
    return int(value_of(setting)) if setting else default


def is_value(*values: str) -> IsBad:
    """The value is one of these."""
    return lambda _catalog, setting: value_of(setting) in values


def is_not_value(*values: str) -> IsBad:
    """The value is none of these."""
    return lambda _catalog, setting: value_of(setting) not in values


def bytes_of(setting: PgSetting) -> int:
    """A size in bytes; -1 stays what it is."""
    number = int(value_of(setting))
    return number if number < 0 else number * _BYTES[setting.unit or "B"]


def seconds_of(setting: PgSetting) -> float:
    """A duration in seconds; negative ones mean off."""
    return float(value_of(setting)) * _SECONDS[setting.unit or "s"]


def is_below_bytes(limit: int) -> IsBad:
    """The size is known and smaller."""
    return lambda _catalog, setting: 0 <= bytes_of(setting) < limit


def is_number(test: Callable[[float], bool]) -> IsBad:
    """The number passes the test."""
    return lambda _catalog, setting: test(float(value_of(setting)))


def check_of(rule: SettingRule) -> Check:
    """The check that a row stands for."""

    def judge(catalog: Catalog, _at: Thresholds) -> Iterator[Observed | Unchecked]:
        if rule.self_hosted and catalog.server.provider:
            return
        setting = catalog.setting(rule.setting)
        if setting is None:
            yield Unchecked(
                setting_ref(rule.setting),
                "the server has no such setting, or our role may not see it",
                f"GRANT pg_read_all_settings TO {catalog.server.role}",
            )
        elif rule.is_bad(catalog, setting):
            yield _observed(rule, catalog, setting)

    return Check(
        id=rule.id,
        title=rule.title,
        severity=rule.severity,
        confidence=rule.confidence,
        needs=Needs(areas=(PgSetting, *rule.more_areas), min_version_num=rule.min_version_num),
        sources=(MANUAL + rule.source,),
        page=page_of(rule),
        judge=judge,
        thresholds=Thresholds,
        aliases=rule.aliases,
        pedantic=rule.pedantic,
    )


def page_of(rule: SettingRule) -> str:
    """The documentation page of a row."""
    parts = (
        f"{rule.title}.",
        f"What: {rule.what}",
        f"Why it matters: {rule.why}",
        f"When it is harmless: {rule.harmless}",
        f"How to fix it safely: {rule.fix}",
        f"How it is decided: {rule.decided}",
        f"Known limits: {rule.limits}",
        f"Sources: {MANUAL}{rule.source}",
    )
    return "\n\n".join(parts) + "\n"


def _observed(rule: SettingRule, catalog: Catalog, setting: PgSetting) -> Observed:
    value = value_of(setting)
    return Observed(
        object=setting_ref(setting.name),
        message=f"{setting.name} is {_shown(value, setting.unit)}: {rule.message}",
        evidence={"value": value, "unit": setting.unit, "source": setting.source, "boot_value": setting.boot_value},
        remedy=Advice(rule.advice) if rule.advice else setting_remedy(catalog, setting, rule.good, rule.together),
    )


def _shown(value: str, unit: str | None) -> str:
    """A value with its unit; -1 has none, for it means off."""
    return "empty" if not value else value + ("" if value.startswith("-") else unit or "")


def setting_remedy(
    catalog: Catalog, setting: PgSetting, good: str | None, together: tuple[str, ...] = ()
) -> Fix | Advice:
    """Sets the setting for the whole server where SQL can reach it."""
    if catalog.server.provider:
        wish = f"{setting.name} = {good}" if good is not None else f"{setting.name} to its default"
        return Advice(f"Set {wish} in the parameter group of the managed service, which refuses ALTER SYSTEM.")
    if setting.source in _OUT_OF_REACH or setting.context == "internal":
        return Advice(f"Its value comes from the {setting.source}, which no SQL statement overrides: change it there.")
    if setting.source in {"database", "user", "database user"}:
        return _bound_remedy(catalog, setting)
    needs_restart = setting.context == "postmaster"
    change = f"alter system set {setting.name} = {good}" if good is not None else f"alter system reset {setting.name}"
    changes = (change, *(f"alter system reset {name}" for name in together))
    return Fix(
        sql=changes if needs_restart else (*changes, "select pg_catalog.pg_reload_conf()"),
        changes=("pg_settings", "pg_file_settings"),
        transactional=False,
        note="It takes effect when the server is restarted." if needs_restart else None,
    )


def _bound_remedy(catalog: Catalog, setting: PgSetting) -> Fix:
    """Undoes a value that is bound to the database or to the role that looked."""
    database, role = quoted(catalog.server.database), quoted(catalog.server.role)
    bound_to = {
        "database": f"alter database {database}",
        "user": f"alter role {role}",
        "database user": f"alter role {role} in database {database}",
    }[setting.source]
    return Fix(
        sql=(f"{bound_to} reset {setting.name}",), changes=("pg_db_role_setting",), note="It counts for new sessions."
    )
