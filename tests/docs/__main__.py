"""`python -m tests.docs`: write the generated pages, and take away those of checks and rules that are gone."""

from __future__ import annotations

from tests.docs.pages import generated, pages


def main() -> None:
    """Write every page."""
    wanted = pages()
    for path in generated():
        if path not in wanted:
            path.unlink()
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
