"""To which part of a review a check belongs, which risk it bears on, and at which stage of the work it is mended."""

from __future__ import annotations

import enum
from collections.abc import Mapping


@enum.unique
class Category(enum.Enum):
    """The four lists of an existing system's faults."""

    SECURITY = "security"
    INTEGRITY = "data integrity"
    PERFORMANCE = "performance"
    DESIGN = "design"


@enum.unique
class Dimension(enum.Enum):
    """The five risks that a review grades."""

    INTEGRITY = "Data integrity risks"
    SECURITY = "Security risks"
    PERFORMANCE = "Performance risks"
    SCALABILITY = "Scalability risks"
    MIGRATION = "Migration risks"


@enum.unique
class Stage(enum.Enum):
    """The order in which faults of one severity are mended; earlier stages make later ones safe."""

    RECOVERABLE = "make the server safe to restart and to restore"
    UNBLOCK = "release what holds locks"
    EXHAUSTION = "keep inserts from failing"
    INTEGRITY = "switch protection back on"
    ACCESS = "close access"
    KEYS = "complete keys and constraints"
    INDEXES = "build, then drop indexes"
    SHAPE = "change types and shape"
    UPKEEP = "settings and upkeep"

    @property
    def rank(self) -> int:
        """0 for the first."""
        return list(Stage).index(self)


_CATEGORIES: Mapping[str, Category] = {
    "config": Category.DESIGN,
    "constraints": Category.INTEGRITY,
    "durability": Category.INTEGRITY,
    "extensions": Category.DESIGN,
    "indexes": Category.PERFORMANCE,
    "money": Category.INTEGRITY,
    "partitioning": Category.DESIGN,
    "privacy": Category.SECURITY,
    "queries": Category.PERFORMANCE,
    "replication": Category.INTEGRITY,
    "retention": Category.DESIGN,
    "schema": Category.DESIGN,
    "security": Category.SECURITY,
    "sequences": Category.INTEGRITY,
    "sessions": Category.PERFORMANCE,
    "statistics": Category.PERFORMANCE,
    "storage": Category.PERFORMANCE,
    "tenancy": Category.SECURITY,
    "vacuum": Category.PERFORMANCE,
    "versions": Category.DESIGN,
    "workload": Category.PERFORMANCE,
}
_CATEGORY_OF: Mapping[str, Category] = {
    "config/fsync_off": Category.INTEGRITY,
    "config/full_page_writes_off": Category.INTEGRITY,
    "config/file_errors": Category.INTEGRITY,
    "schema/money_as_float": Category.INTEGRITY,
    "schema/type_money": Category.INTEGRITY,
    "storage/unlogged_table": Category.INTEGRITY,
    "indexes/invalid": Category.PERFORMANCE,
    "vacuum/xid_wraparound_database": Category.INTEGRITY,
    "vacuum/xid_wraparound_table": Category.INTEGRITY,
    "vacuum/multixact_wraparound": Category.INTEGRITY,
}
_DIMENSION_OF: Mapping[Category, Dimension] = {
    Category.SECURITY: Dimension.SECURITY,
    Category.INTEGRITY: Dimension.INTEGRITY,
    Category.PERFORMANCE: Dimension.PERFORMANCE,
    Category.DESIGN: Dimension.SCALABILITY,
}
_SCALING = (
    "config/max_connections",
    "partitioning/",
    "queries/",
    "retention/",
    "schema/pk_serial",
    "schema/random_uuid",
    "sequences/",
    "storage/relation_size",
    "vacuum/freeze",
    "vacuum/multixact",
    "vacuum/xid",
)
_NOT_SCALING: tuple[str, ...] = ("schema/", "config/", "versions/", "extensions/")
_MIGRATING = (
    "config/file_errors",
    "config/pending_restart",
    "config/timeouts_unset",
    "extensions/outdated",
    "schema/type_blocks_pg_upgrade",
    "sessions/idle_in_transaction",
    "versions/",
)

_STAGES: Mapping[str, Stage] = {
    "config": Stage.UPKEEP,
    "constraints": Stage.KEYS,
    "durability": Stage.RECOVERABLE,
    "indexes": Stage.INDEXES,
    "money": Stage.KEYS,
    "partitioning": Stage.EXHAUSTION,
    "privacy": Stage.ACCESS,
    "queries": Stage.INDEXES,
    "replication": Stage.KEYS,
    "schema": Stage.SHAPE,
    "security": Stage.ACCESS,
    "sequences": Stage.EXHAUSTION,
    "sessions": Stage.UNBLOCK,
    "storage": Stage.RECOVERABLE,
    "tenancy": Stage.ACCESS,
    "versions": Stage.UPKEEP,
}
_STAGE_OF: Mapping[str, Stage] = {
    "config/fsync_off": Stage.RECOVERABLE,
    "config/full_page_writes_off": Stage.RECOVERABLE,
    "config/file_errors": Stage.RECOVERABLE,
    "config/timeouts_unset": Stage.UNBLOCK,
    "constraints/disabled_trigger": Stage.INTEGRITY,
    "constraints/not_enforced": Stage.INTEGRITY,
    "durability/collation_version_mismatch": Stage.INTEGRITY,
    "storage/relation_size": Stage.UPKEEP,
    "vacuum/xid_wraparound_database": Stage.EXHAUSTION,
    "vacuum/xid_wraparound_table": Stage.EXHAUSTION,
    "vacuum/multixact_wraparound": Stage.EXHAUSTION,
}


def area_of(check: str) -> str:
    """The part before the slash."""
    return check.partition("/")[0]


def category_of(check: str) -> Category:
    """The list in which a check's findings stand."""
    return _CATEGORY_OF.get(check) or _CATEGORIES.get(area_of(check), Category.DESIGN)


def dimensions_of(check: str) -> frozenset[Dimension]:
    """The risks that a check's findings bear on. A matter of style bears on none."""
    found: set[Dimension] = set()
    category = category_of(check)
    if category is not Category.DESIGN:
        found.add(_DIMENSION_OF[category])
    elif not check.startswith(_NOT_SCALING):
        found.add(Dimension.SCALABILITY)
    if check.startswith(_SCALING):
        found.add(Dimension.SCALABILITY)
    if check.startswith(_MIGRATING):
        found.add(Dimension.MIGRATION)
    return frozenset(found)


def stage_of(check: str) -> Stage:
    """When a check's findings are mended."""
    return _STAGE_OF.get(check) or _STAGES.get(area_of(check), Stage.UPKEEP)
