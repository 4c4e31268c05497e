"""The identity of a finding outlives oids, order and wording, and never joins two findings."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from probes.finding import ObjectRef, fingerprint

NAMES = st.text(min_size=1, max_size=20)
REFS = st.builds(
    ObjectRef,
    kind=st.sampled_from(["table", "index", "constraint"]),
    name=NAMES,
    schema=st.none() | NAMES,
    table=st.none() | NAMES,
    columns=st.lists(NAMES, max_size=4, unique=True).map(tuple),
)


@given(REFS, st.randoms())
def test_the_order_of_columns_does_not_matter(ref: ObjectRef, random: object) -> None:
    columns = list(ref.columns)
    random.shuffle(columns)  # type: ignore[attr-defined]
    other = ObjectRef(ref.kind, ref.name, ref.schema, ref.table, tuple(columns))
    assert fingerprint("a/b", ref) == fingerprint("a/b", other)


@given(REFS, REFS, st.lists(NAMES, max_size=2).map(tuple), st.lists(NAMES, max_size=2).map(tuple))
def test_different_objects_or_keys_have_different_identities(
    one: ObjectRef, other: ObjectRef, key: tuple[str, ...], other_key: tuple[str, ...]
) -> None:
    def said(ref: ObjectRef, told: tuple[str, ...]) -> tuple[object, ...]:
        return (ref.kind, ref.name, ref.schema or "", ref.table or "", frozenset(ref.columns), told)

    same = said(one, key) == said(other, other_key)
    assert (fingerprint("a/b", one, key) == fingerprint("a/b", other, other_key)) is same


@given(NAMES, NAMES)
def test_names_that_run_together_stay_apart(left: str, right: str) -> None:
    joined = ObjectRef("table", left + "\x1f" + right, "")
    apart = ObjectRef("table", right, left)
    assert fingerprint("a/b", joined) != fingerprint("a/b", apart)


def test_an_identity_is_stable_over_releases() -> None:
    """Baselines and suppressions of users hold it: a change of this value is a new version of the scheme."""
    ref = ObjectRef("index", "orders_idx", "app", "orders", ("a", "b"))
    assert fingerprint("indexes/duplicate", ref, ("x",)) == "v1:" + _by_hand()


def _by_hand() -> str:
    import hashlib  # noqa: PLC0415 - beside its only use

    parts = ["indexes/duplicate", "index", "app", "orders", "orders_idx", "columns", "a", "b", "key", "x"]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]
