"""Looking at a PostgreSQL database, and judging what is seen."""

# Another distribution may ship a top-level package called "probes". pgaudit looks for this marker before it imports
# anything from here, so that a foreign package gives one clear line instead of an ImportError from deep inside.
PGAUDIT_PROBES = True
