"""The choke point: everything of a pack that leaves the machine passes through `Redactor.record`, and nothing else."""

from __future__ import annotations

import enum
import hashlib
import hmac
import re
from collections.abc import Iterator
from functools import cached_property

import msgspec

from pgaudit.review.evidence.records import Pack, Record, RecordKind
from pgaudit.review.redaction.masking import masked, plain
from pgaudit.review.redaction.queries import key_words, without_constants
from probes.catalog.names import quoted
from probes.finding import EvidenceValue, ObjectRef


@enum.unique
class Redaction(enum.Enum):
    """How much of the evidence may leave."""

    NAMES = "names"
    """Names of relations, columns and the like, types, numbers and statements without constants."""
    HASHED = "hashed"
    """The same with every name replaced by a keyed hash, which is turned back where the answer is read."""
    FULL = "full"
    """Sentences, expressions and remedies as well. Secrets, persons and addresses are masked here, too."""


_STRUCTURE = frozenset(
    {
        "table", "partitioned table", "partition", "foreign table", "index", "constraint", "column", "policy",
        "function", "procedure", "view", "materialized view", "sequence", "schema", "trigger", "type", "domain",
        "enum", "extension", "publication", "statistics", "rule",
    }
)  # fmt: skip
"""Kinds of objects whose names describe a data model. Roles, hosts and sessions are people and places."""
_OURS = frozenset({"setting"})
"""Kinds whose names are PostgreSQL's own."""
_PEOPLE = re.compile(r"role|owner|user|grantee|member|login|client|person|author|executable_by")
_FREE_TEXT = re.compile(
    r"default|expression|definition|comment|query|sql|body|text|label|sample|common|needs|file|path"
)
_TYPE_WORDS = frozenset(
    {
        "bool", "int2", "int4", "int8", "bigserial", "serial", "smallserial", "float4", "float8", "uuid", "json",
        "jsonb", "money", "bytea", "date", "timestamptz", "timetz", "inet", "cidr", "citext", "varbit", "oid", "name",
        "btree", "hash", "gin", "gist", "brin", "spgist", "zone", "on", "off", "public", "key", "keys", "range",
        "list", "replica", "logical", "minutes", "hours", "days", "seconds", "kb", "mb", "gb", "ms", "text",
    }
)  # fmt: skip
_WORD = re.compile(r"[^\W\d]\w*")
_NO_NAME = re.compile(r"['\"`=<>;$]|--|/\*")
_SIGNS = re.compile(r"[\w\s.,:()\[\]>-]*")
_MOST_DIGITS = 12
_KEY = re.compile(r"[a-z][a-z0-9_]*")


class WireRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """A record as it leaves."""

    id: str
    kind: str
    topic: str
    title: str = ""
    severity: str = ""
    object_kind: str = ""
    object: str = ""
    columns: tuple[str, ...] = ()
    facts: dict[str, EvidenceValue] = msgspec.field(default_factory=dict[str, EvidenceValue])
    why: str = ""
    remedy: str = ""
    says: str = ""
    advice: str = ""
    sql: tuple[str, ...] = ()
    has_change: bool = False
    """Whether the review holds SQL that mends it."""


class Redactor:
    """Turns records into what may leave, and pseudonyms in an answer back into names.

    Args:
        pack: All evidence: what is a name of the data model, and what a person's, is read from it.
        level: How much may leave.
        secret: Key of the pseudonyms.
    """

    def __init__(self, pack: Pack, level: Redaction, secret: bytes) -> None:
        self._pack = pack
        self.level = level
        self._secret = secret
        self._names: dict[str, str] = {}

    def record(self, record: Record) -> WireRecord:
        """What may leave of a record."""
        full = self.level is Redaction.FULL
        kind = record.object.kind if record.object else ""
        is_check = record.kind in {RecordKind.FINDING, RecordKind.NEGATIVE, RecordKind.SKIP}
        return WireRecord(
            id=self.identity(record.id),
            kind=record.kind.value,
            topic=record.topic,
            title=masked(record.title) if is_check or full else "",
            severity=record.severity.value if record.severity else "",
            object_kind=kind,
            object=self._object(record.object) if record.object else "",
            columns=tuple(map(self._name, record.object.columns)) if record.object and kind in _STRUCTURE else (),
            facts=dict(self._facts(record)),
            why=record.why or "",
            remedy=record.remedy or "",
            says=masked(self._people_hidden(record.says)) if full else "",
            advice=masked(self._people_hidden(record.advice or "")) if full else "",
            sql=tuple(masked(self._people_hidden(one)) for one in record.change.sql) if full and record.change else (),
            has_change=record.change is not None,
        )

    def identity(self, record_id: str) -> str:
        """The id under which a record leaves."""
        if self.level is not Redaction.HASHED and record_id not in self._personal:
            return record_id
        topic = record_id.partition(":")[0]
        return self._pseudonym(record_id, f"{topic}:h")

    def restored(self, text: str) -> str:
        """An answer with the names that stood behind pseudonyms."""
        for pseudonym, name in self._names.items():
            text = text.replace(pseudonym, name)
        return text

    def restored_sql(self, text: str) -> str:
        """A statement with the names that stood behind pseudonyms, quoted where SQL needs it."""
        for pseudonym, name in self._names.items():
            text = text.replace(f'"{pseudonym}"', pseudonym).replace(pseudonym, quoted(name))
        return text

    # ---- names

    @cached_property
    def _personal(self) -> frozenset[str]:
        """Ids that were hashed from names of people, hosts or from texts: short names could be guessed from them."""
        return frozenset(
            record.id
            for record in self._pack.records
            if record.kind is RecordKind.QUERY
            or (record.object is not None and record.object.kind not in _STRUCTURE | _OURS)
        )

    @cached_property
    def _people(self) -> frozenset[str]:
        """Names of roles and of whoever else the evidence names."""
        found = {self._pack.target.role}
        for record in self._pack.records:
            if record.object and record.object.kind in {"role", "session", "user mapping"}:
                found.add(record.object.name)
            for key, value in record.facts.items():
                if _PEOPLE.search(key):
                    found.update(_texts(value))
        return frozenset(one for one in found if one and one != "PUBLIC")

    @cached_property
    def _spelled_oddly(self) -> re.Pattern[str] | None:
        """Names of people that are no single word: `anna-maria`, `j.doe`."""
        odd = sorted((one for one in self._people if not _WORD.fullmatch(one)), key=len, reverse=True)
        return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, odd))})(?!\w)") if odd else None

    @cached_property
    def _structure(self) -> frozenset[str]:
        """Every word of a name of the data model."""
        objects = [record.object for record in self._pack.records if record.object]
        spelled = (
            text
            for one in objects
            if one.kind in _STRUCTURE
            for text in (one.schema, one.table, one.name, *one.columns)
            if text and not _NO_NAME.search(text)
        )
        return frozenset(word for text in spelled for word in _WORD.findall(text)) - self._people

    def _object(self, one: ObjectRef) -> str:
        if one.kind in _OURS:
            return masked(one.name)
        if one.kind not in _STRUCTURE:
            return self._pseudonym(one.name, "name_")
        return ".".join(self._name(part) for part in (one.schema, one.table, one.name) if part)

    def _name(self, name: str) -> str:
        if _NO_NAME.search(name):
            return "(expression)"
        if name in self._people or self.level is Redaction.HASHED:
            return self._pseudonym(name, "name_")
        return masked(name)

    def _pseudonym(self, name: str, prefix: str) -> str:
        digest = hmac.new(self._secret, name.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:10]
        self._names[f"{prefix}{digest}"] = plain(name)
        return f"{prefix}{digest}"

    def _people_hidden(self, text: str) -> str:
        if self._spelled_oddly is not None:
            text = self._spelled_oddly.sub(lambda found: self._role(found[0]), text)
        return _WORD.sub(lambda found: self._role(found[0]), text)

    def _role(self, word: str) -> str:
        return self._pseudonym(word, "name_") if word in self._people else word

    # ---- facts

    def _facts(self, record: Record) -> Iterator[tuple[str, EvidenceValue]]:
        for key, value in record.facts.items():
            if not _KEY.fullmatch(key):
                continue
            if value is None or isinstance(value, int | float):
                yield key, value
            elif record.kind is RecordKind.QUERY and key == "query":
                statement = without_constants(str(value), self._in_statement)
                if statement is not None:
                    yield key, masked(statement)
            else:
                yield from self._words_of(key, value)

    def _words_of(self, key: str, value: EvidenceValue) -> Iterator[tuple[str, EvidenceValue]]:
        kept = tuple(filter(None, (self._fact_text(key, one) for one in _texts(value))))
        if kept:
            yield key, kept if isinstance(value, tuple | list) else kept[0]

    def _fact_text(self, key: str, text: str) -> str | None:
        """A text of words that are all known: names of the model, types, key words. None for any other."""
        if _PEOPLE.search(key) and self.level is not Redaction.FULL:
            return self._role(text) if text in self._people else None
        text = self._people_hidden(text)
        if self.level is Redaction.FULL:
            return masked(text)
        if _FREE_TEXT.search(key) or not _SIGNS.fullmatch(text) or sum(map(str.isdigit, text)) > _MOST_DIGITS:
            return None
        words = _WORD.findall(text)
        if not all(word in self._structure or _is_ours(word) for word in words):
            return None
        return masked(_WORD.sub(lambda found: found[0] if _is_ours(found[0]) else self._name(found[0]), text))

    def _in_statement(self, name: str) -> str:
        return name if _is_ours(name) else self._name(name)


def _is_ours(word: str) -> bool:
    return word.lower() in key_words() or word.lower() in _TYPE_WORDS


def _texts(value: EvidenceValue) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(str(one) for one in value) if isinstance(value, tuple | list) else ()
