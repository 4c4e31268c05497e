"""SQL that a language model drafts: read, held against its records, gated and proved before any of it is printed."""
