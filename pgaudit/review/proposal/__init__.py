"""A proposed schema or pending migrations, judged as the gate judges them."""
