"""A review as text: Markdown, HTML, JSON, YAML."""
