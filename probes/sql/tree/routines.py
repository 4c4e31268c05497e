"""Statements about views, rules, triggers, policies and functions."""

from __future__ import annotations

from probes.sql.tree.atoms import (
    NOTHING,
    RangeVar,
    RoleSpec,
    Source,
    StatementNode,
    TriggerTransition,
)
from probes.sql.tree.enums import (
    CheckOption,
    ObjectType,
    RuleEvent,
)
from probes.sql.tree.parts import (
    DefElem,
    Item,
    ObjectWithArgs,
    Parameter,
    TypeName,
    names_in,
    only,
    options,
    roles,
)


class CreateView(
    StatementNode,
    frozen=True,
    kw_only=True,
    rename={
        "wire_aliases": "aliases",
        "wire_options": "options",
        "check_option": "withCheckOption",
    },
):
    """CREATE VIEW."""

    view: RangeVar
    wire_aliases: tuple[Item, ...] = ()
    query: Source = NOTHING
    replace: bool = False
    wire_options: tuple[Item, ...] = ()
    check_option: CheckOption = CheckOption.NO_CHECK_OPTION

    @property
    def aliases(self) -> tuple[str, ...]:
        """The aliases in the order written."""
        return names_in(self.wire_aliases)

    @property
    def options(self) -> tuple[DefElem, ...]:
        """The options in the order written."""
        return options(self.wire_options)


class RefreshMaterializedView(StatementNode, frozen=True, kw_only=True, rename={"skip_data": "skipData"}):
    """REFRESH MATERIALIZED VIEW."""

    relation: RangeVar
    concurrent: bool = False
    skip_data: bool = False


class CreateRule(StatementNode, frozen=True, kw_only=True, rename={"name": "rulename", "condition": "whereClause"}):
    """CREATE RULE."""

    relation: RangeVar
    name: str = ""
    condition: Source = NOTHING
    event: RuleEvent = RuleEvent.UNKNOWN
    instead: bool = False
    actions: tuple[Source, ...] = ()
    replace: bool = False


class CreateTrigger(
    StatementNode,
    frozen=True,
    kw_only=True,
    rename={
        "name": "trigname",
        "wire_function": "funcname",
        "wire_columns": "columns",
        "condition": "whenClause",
        "wire_transitions": "transitionRels",
        "is_constraint": "isconstraint",
        "initially_deferred": "initdeferred",
        "constraint_relation": "constrrel",
    },
):
    """CREATE TRIGGER."""

    name: str = ""
    relation: RangeVar
    wire_function: tuple[Item, ...] = ()
    row: bool = False
    timing: int = 0
    """2 BEFORE, 64 INSTEAD OF, 0 AFTER."""
    events: int = 0
    """4 INSERT, 8 DELETE, 16 UPDATE, 32 TRUNCATE, added."""
    wire_columns: tuple[Item, ...] = ()
    condition: Source = NOTHING
    wire_transitions: tuple[Item, ...] = ()
    is_constraint: bool = False
    deferrable: bool = False
    initially_deferred: bool = False
    constraint_relation: RangeVar | None = None
    replace: bool = False

    @property
    def function(self) -> tuple[str, ...]:
        """The function in the order written."""
        return names_in(self.wire_function)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns in the order written."""
        return names_in(self.wire_columns)

    @property
    def transitions(self) -> tuple[TriggerTransition, ...]:
        """The transitions in the order written."""
        return only(self.wire_transitions, TriggerTransition)


class CreatePolicy(
    StatementNode,
    frozen=True,
    kw_only=True,
    rename={
        "name": "policy_name",
        "command": "cmd_name",
        "wire_roles": "roles",
        "using": "qual",
    },
):
    """CREATE POLICY."""

    name: str = ""
    table: RangeVar
    command: str = "all"
    permissive: bool = False
    wire_roles: tuple[Item, ...] = ()
    using: Source = NOTHING
    with_check: Source = NOTHING

    @property
    def roles(self) -> tuple[RoleSpec, ...]:
        """The roles in the order written."""
        return roles(self.wire_roles)


class AlterPolicy(
    StatementNode, frozen=True, kw_only=True, rename={"name": "policy_name", "wire_roles": "roles", "using": "qual"}
):
    """ALTER POLICY."""

    name: str = ""
    table: RangeVar
    wire_roles: tuple[Item, ...] = ()
    using: Source = NOTHING
    with_check: Source = NOTHING

    @property
    def roles(self) -> tuple[RoleSpec, ...]:
        """The roles in the order written."""
        return roles(self.wire_roles)


class CreateFunction(
    StatementNode,
    frozen=True,
    kw_only=True,
    rename={
        "wire_name": "funcname",
        "wire_parameters": "parameters",
        "returns": "returnType",
        "wire_options": "options",
        "body": "sql_body",
    },
):
    """CREATE FUNCTION or PROCEDURE."""

    wire_name: tuple[Item, ...] = ()
    wire_parameters: tuple[Item, ...] = ()
    returns: TypeName | None = None
    wire_options: tuple[Item, ...] = ()
    body: Source = NOTHING
    """The tree of a BEGIN ATOMIC or RETURN body."""
    is_procedure: bool = False
    replace: bool = False

    @property
    def name(self) -> tuple[str, ...]:
        """The name in parts."""
        return names_in(self.wire_name)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters in the order written."""
        return only(self.wire_parameters, Parameter)

    @property
    def options(self) -> tuple[DefElem, ...]:
        """The options in the order written."""
        return options(self.wire_options)


class AlterFunction(
    StatementNode,
    frozen=True,
    kw_only=True,
    rename={"object_type": "objtype", "function": "func", "wire_actions": "actions"},
):
    """ALTER FUNCTION, PROCEDURE or ROUTINE."""

    object_type: ObjectType = ObjectType.FUNCTION
    function: ObjectWithArgs | None = None
    wire_actions: tuple[Item, ...] = ()

    @property
    def actions(self) -> tuple[DefElem, ...]:
        """The actions in the order written."""
        return options(self.wire_actions)


class DoBlock(StatementNode, frozen=True, kw_only=True, rename={"wire_args": "args"}):
    """DO."""

    wire_args: tuple[Item, ...] = ()

    @property
    def args(self) -> tuple[DefElem, ...]:
        """The args in the order written."""
        return options(self.wire_args)
