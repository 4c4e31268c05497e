"""The generated part of docs/: what the code says of itself, written down. `make docs` writes it, a test compares."""
