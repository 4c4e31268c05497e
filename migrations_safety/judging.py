"""Running rules over a script: a rule's module is imported when a statement of the script first concerns it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module

import msgspec

from migrations_safety.rule import Flag, Judge, LastResort, Profile, Rule
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


class _Asked(msgspec.Struct, frozen=True):
    """The rules that look at statements with the same triggers."""

    at_once: tuple[tuple[Rule, Judge], ...]
    last: tuple[tuple[Rule, Judge], ...]
    """Those that speak only where no other has."""


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
        self._by_triggers: dict[tuple[str, ...], _Asked] = {}
        self._of_script: dict[str, Rule] = {}
        self._keeper = ScriptKeeper()

    @property
    def asked(self) -> frozenset[str]:
        """Ids of the rules that speak where a statement concerns them."""
        return frozenset(name.replace("_", "-") for name in self._names)

    def judge(self, step: Step) -> list[Verdict]:
        """What the rules say of a statement, and of those in its DO block; ask before the world moves on."""
        self._keeper.keep(step)
        earlier: list[Verdict] = []
        for inner in step.embedded:
            earlier += self._of_step(inner, ())
        return [*earlier, *self._of_step(step, earlier)]

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

    def _of_step(self, step: Step, earlier: Sequence[Verdict]) -> list[Verdict]:
        asked = self._rules_for(step)
        found: list[Verdict] = []
        for rule, judge in asked.at_once:
            self._ask(rule, judge, step, found)
        for rule, judge in asked.last:
            said: list[Verdict] = []
            self._ask(rule, judge, step, said)
            found += [one for one in said if not _is_said(rule, one.flag, [*earlier, *found])]
        step.memo.forget()
        return found

    def _ask(self, rule: Rule, judge: Judge, step: Step, found: list[Verdict]) -> None:
        before = len(found)
        try:
            for flag in judge(step):
                found.append(Verdict(rule, flag, step))  # noqa: PERF401 - most rules say nothing, and a list costs
        except Exception as error:  # noqa: BLE001 - one broken rule never ends a run
            del found[before:]
            self._broke(rule, error)

    def _broke(self, rule: Rule, error: Exception) -> None:
        log.debug("rule=%s failed", rule.id, exc_info=error)
        self.failed.setdefault(rule.id, f"{type(error).__name__}: {error}")

    def _rules_for(self, step: Step) -> _Asked:
        key = triggers_of(step)
        asked = self._by_triggers.get(key)
        if asked is None:
            asked = self._by_triggers[key] = self._asked_for(key, has_catalog=step.has_catalog)
        return asked

    def _asked_for(self, triggers: tuple[str, ...], *, has_catalog: bool) -> _Asked:
        """The rules for a step with these triggers, of those that the checks of a catalog do not speak for."""
        at_once: list[tuple[Rule, Judge]] = []
        last: list[tuple[Rule, Judge]] = []
        for rule in self._load_all(triggers):
            if rule.judge is not None and rule.last_resort is not None:
                last.append((rule, rule.judge))
            elif rule.judge is not None and not (rule.checks and has_catalog):
                at_once.append((rule, rule.judge))
        return _Asked(tuple(at_once), tuple(last))

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
