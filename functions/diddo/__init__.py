"""The dialect of Diddo's checkout: QR codes, carts and checkout sessions, one folder per endpoint group."""

import till  # noqa: F401  # before anything large: it keeps the garbage collector out of a cold start
