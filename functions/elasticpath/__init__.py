"""The dialect of Elastic Path's carts, checkout, orders and payments: one folder per endpoint group."""

import till  # noqa: F401  # before anything large: it keeps the garbage collector out of a cold start
