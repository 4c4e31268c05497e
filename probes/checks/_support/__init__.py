"""What several checks share. Modules whose name or folder begins with an underscore hold no checks."""
