"""Prose by a language model around what the rules decided. Only `caller` imports the SDK."""
