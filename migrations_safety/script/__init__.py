"""Migration scripts: files to statements, each with its place, its transaction and what may be known about it."""
