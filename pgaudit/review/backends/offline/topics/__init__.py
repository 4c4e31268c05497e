"""What rules can say about a subject from the evidence. Formats arrange these."""
