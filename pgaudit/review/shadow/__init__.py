"""A copy of a database's structure in which proposed SQL is tried: see `pgaudit.review.shadow.prover`."""
