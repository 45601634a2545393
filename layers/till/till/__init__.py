"""Till: one checkout core that several storefront dialects speak to."""

import gc

# A cold start makes more than 100,000 objects that stay. The collector would go through them again and again, for a
# tenth of the time that it takes; and what a request leaves behind is hardly ever in cycles.
gc.set_threshold(200_000)
