"""What rules decide and no model may change: issues, severities, risks, score, verdict, order and time of the work."""
