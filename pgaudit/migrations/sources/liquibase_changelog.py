"""What a Liquibase changelog in YAML, XML or JSON includes, in order, and the changesets that it holds itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from pgaudit.migrations.sources.errors import BadProjectFileError
from pgaudit.migrations.sources.files import decode, line_of, read_bytes, walk

_MARKS = {"include": "include", "includeall": "includeAll", "changeset": "changeSet"}
_XML_ITEM = re.compile(r"<(include|includeAll|changeSet)\b([^>]*)>")
_XML_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_XML_ATTRIBUTE = re.compile(r"(\w+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_YAML_ITEM = re.compile(r"^(\s*)-\s+(include|includeAll|changeSet)\s*:(.*)$")
_YAML_PAIR = re.compile(r"(\w+)\s*:\s*(\"[^\"]*\"|'[^']*'|[^,{}\n#]+)")


@dataclass(frozen=True, slots=True)
class ForeignChangeset:
    """A changeset that is written in YAML, XML or JSON, not in SQL."""

    path: Path
    identifier: str
    author: str
    line: int


@dataclass(frozen=True, slots=True)
class _Item:
    kind: str
    values: Mapping[str, str]
    line: int


def included_files(changelog: Path, root: Path) -> Iterator[Path | ForeignChangeset]:
    """SQL files and foreign changesets in running order; a changelog that includes itself is followed once."""
    yield from _included(changelog, root, set())


def _included(changelog: Path, root: Path, seen: set[Path]) -> Iterator[Path | ForeignChangeset]:
    real = changelog.resolve()
    if real in seen:
        return
    seen.add(real)
    if changelog.suffix == ".sql":
        yield changelog
        return
    for item in _items(changelog):
        match item.kind:
            case "changeSet":
                identifier, author = item.values.get("id", "?"), item.values.get("author", "?")
                yield ForeignChangeset(changelog, identifier, author, item.line)
            case "includeAll":
                folder = _resolved(changelog, root, item, "path")
                for path in sorted(walk(folder, (".sql", ".yaml", ".yml", ".xml", ".json"))):
                    yield from _included(path, root, seen)
            case _:
                yield from _included(_resolved(changelog, root, item, "file"), root, seen)


def _resolved(changelog: Path, root: Path, item: _Item, key: str) -> Path:
    value = re.sub(r"^(classpath|file):", "", item.values.get(key, "")).lstrip("/")
    beside = changelog.parent / value
    relative = item.values.get("relativeToChangelogFile", "").lower() == "true"
    candidates = (beside,) if relative else (root / value, root / "src/main/resources" / value, beside)
    found = next((path for path in candidates if value and path.exists()), None)
    if found is None:
        raise BadProjectFileError(changelog, f"includes {value!r}, which does not exist", item.line)
    return found


def _items(changelog: Path) -> Iterator[_Item]:
    text = decode(read_bytes(changelog))[0]
    match changelog.suffix:
        case ".xml":
            return _xml_items(text)
        case ".json":
            return _json_items(changelog, text)
        case _:
            return _yaml_items(text)


def _xml_items(text: str) -> Iterator[_Item]:
    blanked = _XML_COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    for match in _XML_ITEM.finditer(blanked):
        values = {key: double or single for key, double, single in _XML_ATTRIBUTE.findall(match[2])}
        yield _Item(match[1], values, line_of(blanked, match.start()))


def _json_items(changelog: Path, text: str) -> Iterator[_Item]:
    try:
        document = msgspec.json.decode(text, type=dict[str, list[dict[str, dict[str, object]]]])
    except msgspec.DecodeError as error:
        raise BadProjectFileError(changelog, f"is not a changelog ({error})") from error
    for entry in document.get("databaseChangeLog", []):
        for kind, values in entry.items():
            if known := _MARKS.get(kind.lower()):
                plain = {
                    key: str(value).lower() if value in {True, False} else str(value) for key, value in _flat(values)
                }
                yield _Item(known, plain, 1)


def _flat(values: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    return ((key, value) for key, value in values.items() if isinstance(value, (str, int, bool)))


def _yaml_items(text: str) -> Iterator[_Item]:
    """The items of the list, read line by line: a changelog needs no more of YAML than this."""
    kind, indent, first_line, body = "", 0, 0, [""]
    for line, content in enumerate(text.splitlines(), 1):
        match = _YAML_ITEM.match(content)
        ends = content.strip() and len(content) - len(content.lstrip()) <= indent and not match
        if kind and (match or ends):
            yield _Item(kind, _yaml_values(body), first_line)
            kind = ""
        if match:
            kind, indent, first_line, body = match[2], len(match[1]), line, [match[3]]
        elif kind:
            body.append(content)
    if kind:
        yield _Item(kind, _yaml_values(body), first_line)


def _yaml_values(lines: list[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for line in lines:
        if not line.lstrip().startswith(("#", "-")):
            for key, value in _YAML_PAIR.findall(line):
                values.setdefault(key, value.strip().strip("'\""))
    return values
