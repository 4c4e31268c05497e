"""What may leave the machine, decided in one place."""
