"""Expressions: stored by the server or written in a script, understood, compared and proved."""
