"""Whether a sentence that a model wrote says what the evidence says."""
