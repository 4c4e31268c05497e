"""SQL text: split into statements, parsed to typed trees, its expressions and queries understood."""
