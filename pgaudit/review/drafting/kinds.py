"""Kinds of statements that a model may draft: they add what is lacking, and drop, move and run nothing."""

from __future__ import annotations

from collections.abc import Iterator

from probes.sql.parse import Parsed
from probes.sql.queries import Tree, load

_DRAFTABLE = frozenset(
    {"AlterPolicyStmt", "AlterTableStmt", "CreatePolicyStmt", "CreateStatsStmt", "IndexStmt", "VariableSetStmt"}
)
_ACTIONS = frozenset(
    {
        "AT_AddColumn", "AT_AddConstraint", "AT_AlterColumnType", "AT_EnableRowSecurity", "AT_ForceRowSecurity",
        "AT_SetNotNull", "AT_SetRelOptions", "AT_SetStatistics", "AT_ValidateConstraint",
    }
)  # fmt: skip
_TIMEOUTS = frozenset({"lock_timeout", "statement_timeout"})


def refusal(parsed: Parsed) -> str | None:
    """Why a statement of this kind may not be drafted; None where it may."""
    if parsed.kind not in _DRAFTABLE:
        return "it is of a kind that a draft may not hold"
    tree = load(parsed.source)
    if not isinstance(tree, dict):
        return "it is nested too deeply to be judged"
    if parsed.kind == "VariableSetStmt" and tree.get("name") not in _TIMEOUTS:
        return "it changes a setting other than a timeout of its own session"
    if parsed.kind == "AlterTableStmt" and not _ACTIONS.issuperset(_actions(tree)):
        return "it alters a table in a way that a draft may not"
    return None


def relations(parsed: Parsed) -> Iterator[str]:
    """Names of all relations that a statement speaks of, wherever they stand in it."""
    waiting: list[Tree] = [load(parsed.source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            if isinstance(node.get("relname"), str):
                yield node["relname"]
            waiting.extend(node.values())


def _actions(tree: Tree) -> Iterator[str]:
    for command in tree.get("cmds", ()):
        yield command.get("AlterTableCmd", {}).get("subtype", "")
