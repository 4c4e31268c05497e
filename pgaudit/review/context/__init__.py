"""What a database cannot tell about itself: the inputs that people give in `pgaudit.context.yaml`."""
