-- Statistics as autovacuum would have left them.
vacuum (analyze)
