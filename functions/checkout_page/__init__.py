"""The checkout page of a shop that has none of its own, and the session that it begins."""

import till  # noqa: F401  # before anything large: it keeps the garbage collector out of a cold start
