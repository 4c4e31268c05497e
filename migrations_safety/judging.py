"""Running rules over a script: a rule's module is imported when a statement of the script first concerns it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from importlib import import_module

import msgspec

from migrations_safety.rule import Flag, LastResort, Profile, Rule
from migrations_safety.rules._index import PROFILES, TRIGGERS
from migrations_safety.script_view import Script, ScriptKeeper
from migrations_safety.timeline import Step
from migrations_safety.triggers import triggers_of

log = logging.getLogger(__name__)


class Verdict(msgspec.Struct, frozen=True):
    """What a rule said about a statement."""

    rule: Rule
    flag: Flag
    step: Step


class Judging:
    """Follows a script with the rules of a profile."""

    def __init__(self, profile: Profile = Profile.DEFAULT, *, ignore: frozenset[str] = frozenset()) -> None:
        self.failed: dict[str, str] = {}
        """Rules that broke, and how. The others are not touched by it."""
        self.used: dict[str, Rule] = {}
        """Rules that were asked, by id."""
        self._names = {
            name
            for name, least in PROFILES.items()
            if Profile(least).rank <= profile.rank and name.replace("_", "-") not in ignore
        }
        self._by_trigger: dict[str, tuple[Rule, ...]] = {}
        self._by_triggers: dict[tuple[str, ...], tuple[Rule, ...]] = {}
        self._of_script: dict[str, Rule] = {}
        self._keeper = ScriptKeeper()

    @property
    def asked(self) -> frozenset[str]:
        """Ids of the rules that speak where a statement concerns them."""
        return frozenset(name.replace("_", "-") for name in self._names)

    def judge(self, step: Step) -> list[Verdict]:
        """What the rules say of a statement, and of those in its DO block; ask before the world moves on."""
        self._keeper.keep(step)
        found = [verdict for inner in step.embedded for verdict in self._of_step(inner, ())]
        return [*found, *self._of_step(step, found)]

    def judge_script(self, step: Step | None) -> Iterator[Verdict]:
        """What the rules say of the whole script, after its last step."""
        if step is None:
            return
        script = Script(tuple(self._keeper.steps), step.look)
        for rule in self._of_script.values():
            if rule.checks and step.has_catalog:
                continue
            assert rule.judge_script is not None  # noqa: S101 - collected so
            try:
                pairs = list(rule.judge_script(script))
            except Exception as error:  # noqa: BLE001 - one broken rule never ends a run
                self._broke(rule, error)
                continue
            yield from (Verdict(rule, flag, place) for place, flag in pairs)

    # ---- one statement

    def _of_step(self, step: Step, earlier: tuple[()] | list[Verdict]) -> list[Verdict]:
        found: list[Verdict] = []
        last: list[Rule] = []
        for rule in self._rules_for(step):
            if rule.last_resort is not None:
                last.append(rule)
            elif rule.judge is not None and not (rule.checks and step.has_catalog):
                found += self._ask(rule, step)
        for rule in last:
            found += [one for one in self._ask(rule, step) if not _is_said(rule, one.flag, [*earlier, *found])]
        return found

    def _ask(self, rule: Rule, step: Step) -> list[Verdict]:
        assert rule.judge is not None  # noqa: S101 - only those are asked
        try:
            return [Verdict(rule, flag, step) for flag in rule.judge(step)]
        except Exception as error:  # noqa: BLE001 - one broken rule never ends a run
            self._broke(rule, error)
            return []

    def _broke(self, rule: Rule, error: Exception) -> None:
        log.debug("rule=%s failed", rule.id, exc_info=error)
        self.failed.setdefault(rule.id, f"{type(error).__name__}: {error}")

    def _rules_for(self, step: Step) -> tuple[Rule, ...]:
        triggers = tuple(triggers_of(step))
        rules = self._by_triggers.get(triggers)
        if rules is None:
            rules = self._by_triggers[triggers] = tuple(self._load_all(triggers))
        return rules

    def _load_all(self, triggers: tuple[str, ...]) -> Iterable[Rule]:
        found: dict[str, Rule] = {}
        for trigger in triggers:
            rules = self._by_trigger.get(trigger)
            if rules is None:
                rules = self._by_trigger[trigger] = self._load(trigger)
            for rule in rules:
                found[rule.id] = rule
        return found.values()

    def _load(self, trigger: str) -> tuple[Rule, ...]:
        rules = tuple(load_rule(name) for name in TRIGGERS.get(trigger, ()) if name in self._names)
        for rule in rules:
            self.used[rule.id] = rule
            if rule.judge_script is not None:
                self._of_script[rule.id] = rule
        return rules


def load_rule(name: str) -> Rule:
    """The rule in a module of `migrations_safety.rules`."""
    module = import_module(f"migrations_safety.rules.{name}")
    rule_id = name.replace("_", "-")
    found: Rule = next(value for value in vars(module).values() if isinstance(value, Rule) and value.id == rule_id)
    return found


def _is_said(rule: Rule, flag: Flag, earlier: list[Verdict]) -> bool:
    """Whether another rule has said it already."""
    match rule.last_resort:
        case LastResort.WORKS:
            names = {ref.qualified_name for one in earlier if one.flag.works for ref in one.flag.blocked}
            return bool(flag.blocked) and all(ref.qualified_name in names for ref in flag.blocked)
        case LastResort.REFUSED:
            return any(one.flag.refused for one in earlier)
        case None:
            return False
