"""The dialect of Bold's Checkout Frontend API 2.0: one folder per endpoint group, `wire` for what they share."""

import till  # noqa: F401  # before anything large: it keeps the garbage collector out of a cold start
