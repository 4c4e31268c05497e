"""From a document to blocks that any renderer can set: headings, lines, tables, code."""
