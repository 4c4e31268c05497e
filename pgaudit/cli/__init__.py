"""The command line."""

import gc

# Starting makes a hundred thousand objects that stay: walking them again and again is a tenth of a short run.
gc.set_threshold(50_000, 20, 20)
