"""The evidence pack: everything a review may say rests on a record in it."""
