"""Lambda glue: the app factory, authentication, settings, wiring."""

import gc

# The collector would go through all that a cold start loads, again and again: that is a tenth of its time. What a
# request leaves behind is little, and nearly none of it in cycles.
gc.set_threshold(200_000)
