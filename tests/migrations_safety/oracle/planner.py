"""Plans that do not depend on what was measured before.

Rows written and rolled back stay in a table's file, and an index build writes the table's size into the catalog even
when it is rolled back: the planner would choose by the order of the cases. So a data statement looks rows up through an
index where one fits, also those that it joins, and anything else, which reads whole tables, reads them sequentially.
"""

from collections.abc import Sequence

from tests.migrations_safety.oracle.coverage import nodes_of

DATA_STATEMENTS = frozenset({"SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "ExecuteStmt"})
WHOLE_TABLES = frozenset({"ClusterStmt", "RefreshMatViewStmt", "AlterTableStmt", "IndexStmt"})
LOOKUPS = ("enable_seqscan", "enable_indexonlyscan", "enable_bitmapscan", "enable_mergejoin", "enable_hashjoin")
SCANS = ("enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan")


def planner_settings(statements: Sequence[str]) -> bytes:
    """Return the SET commands, for the session, under which the statements are measured."""
    nodes = frozenset[str]().union(*map(nodes_of, statements))
    off = LOOKUPS if nodes & DATA_STATEMENTS and not nodes & WHOLE_TABLES else SCANS
    return "; ".join(["reset all", "set lock_timeout = '20s'", *(f"set {name} = off" for name in off)]).encode()
