"""Pieces in an order in which each finds what it needs."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from probes.finding import ObjectRef
from probes.render.model import Key, Missing, Piece, Unrendered


def buildable(pieces: Sequence[Piece], missing: Sequence[Missing]) -> tuple[list[Piece], list[Unrendered]]:
    """The pieces that can be built, and why the others cannot: theirs, and those that need them."""
    without = {gap.key: gap.object for gap in missing}
    kept, dropped = list(pieces), [Unrendered(gap.object, gap.reason) for gap in missing]
    while without:
        lost = [piece for piece in kept if not piece.needs.isdisjoint(without)]
        if not lost:
            break
        dropped += [Unrendered(piece.object, _why(piece, without)) for piece in lost if _is_an_object(piece, without)]
        gone = {id(piece) for piece in lost}
        kept = [piece for piece in kept if id(piece) not in gone]
        still = {key for piece in kept for key in piece.provides}
        without.update({key: piece.object for piece in lost for key in piece.provides if key not in still})
    return kept, list(dict.fromkeys(dropped))


def _is_an_object(piece: Piece, without: dict[Key, ObjectRef]) -> bool:
    """Owners, grants and flags of an object that is not built need no word of their own."""
    return all(without.get(key) != piece.object for key in piece.needs)


def _why(piece: Piece, without: dict[Key, ObjectRef]) -> str:
    needed = sorted({f"{without[key].kind} {without[key]}" for key in piece.needs & without.keys()})
    return f"it needs what is not built: {', '.join(needed)}"


def ordered(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces, needs first, else by phase, rank and oid. A circle is opened at its first piece."""
    providers: dict[Key, list[int]] = {}
    for number, piece in enumerate(pieces):
        for key in piece.provides:
            providers.setdefault(key, []).append(number)
    waiting, dependents = _edges(pieces, providers)
    ready = [(*_rank(pieces[number]), number) for number, open_needs in enumerate(waiting) if not open_needs]
    heapq.heapify(ready)
    done: list[Piece] = []
    rest = iter(sorted(range(len(pieces)), key=lambda number: _rank(pieces[number])))
    placed: set[int] = set()
    while len(done) < len(pieces):
        number = heapq.heappop(ready)[-1] if ready else next(one for one in rest if one not in placed)
        if number in placed:
            continue
        placed.add(number)
        done.append(pieces[number])
        for follower in dependents.get(number, ()):
            waiting[follower].discard(number)
            if not waiting[follower] and follower not in placed:
                heapq.heappush(ready, (*_rank(pieces[follower]), follower))
    return done


def _edges(pieces: Sequence[Piece], providers: dict[Key, list[int]]) -> tuple[list[set[int]], dict[int, list[int]]]:
    """What each piece waits for, and who waits for it. The first piece that gives a key gives the object."""
    waiting: list[set[int]] = []
    dependents: dict[int, list[int]] = {}
    for number, piece in enumerate(pieces):
        before = {min(providers[key], key=lambda one: _rank(pieces[one])) for key in piece.needs if key in providers}
        before.discard(number)
        waiting.append(before)
        for other in before:
            dependents.setdefault(other, []).append(number)
    return waiting, dependents


def _rank(piece: Piece) -> tuple[int, int, int]:
    return piece.phase, piece.rank, piece.key[1]
