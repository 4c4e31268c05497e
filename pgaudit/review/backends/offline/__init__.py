"""The reviewer that is made of rules: complete documents without a model, a key or a network."""
