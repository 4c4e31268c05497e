"""`python -m tests.docs`: write the generated pages, and take away those of checks that are gone."""

from __future__ import annotations

from tests.docs.pages import DOCS, pages


def main() -> None:
    """Write every page."""
    wanted = pages()
    for path in (DOCS / "checks").rglob("*.md"):
        if path not in wanted:
            path.unlink()
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
