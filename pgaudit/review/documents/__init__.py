"""The documents: validated models, one for each format."""
