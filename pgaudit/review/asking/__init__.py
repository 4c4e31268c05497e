"""Single questions, answered as reviews are: each statement on evidence. See `pgaudit ask`."""
