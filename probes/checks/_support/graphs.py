"""Circles in directed graphs of object ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

Graph = Mapping[int, Sequence[int]]


def connected_groups(graph: Graph) -> list[list[int]]:
    """Strongly connected groups of at least two nodes (Tarjan's algorithm, without recursion)."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    on_stack: set[int] = set()
    groups: list[list[int]] = []
    for root in graph:
        if root in index:
            continue
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        work: list[tuple[int, Iterator[int]]] = [(root, iter(graph.get(root, ())))]
        while work:
            node, targets = work[-1]
            for target in targets:
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    on_stack.add(target)
                    work.append((target, iter(graph.get(target, ()))))
                    break
                if target in on_stack:
                    low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    groups.append(_popped(stack, on_stack, node))
    return [group for group in groups if len(group) > 1]


def _popped(stack: list[int], on_stack: set[int], root: int) -> list[int]:
    group: list[int] = []
    while True:
        node = stack.pop()
        on_stack.discard(node)
        group.append(node)
        if node == root:
            return group


def closing_edges(nodes: Sequence[int], graph: Graph) -> list[tuple[int, int]]:
    """Edges between these nodes without which no circle is left: those that lead back in a walk in this order."""
    inside = set(nodes)
    done: set[int] = set()
    found: list[tuple[int, int]] = []
    for root in nodes:
        if root in done:
            continue
        path: list[int] = [root]
        open_nodes = {root}
        work = [iter(graph.get(root, ()))]
        while work:
            for target in work[-1]:
                if target in open_nodes:
                    found.append((path[-1], target))
                elif target in inside and target not in done:
                    path.append(target)
                    open_nodes.add(target)
                    work.append(iter(graph.get(target, ())))
                    break
            else:
                work.pop()
                node = path.pop()
                open_nodes.discard(node)
                done.add(node)
    return found
