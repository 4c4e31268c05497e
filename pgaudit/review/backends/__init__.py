"""Who writes a review: rules alone, or a model whose every sentence is checked."""
