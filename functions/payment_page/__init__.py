"""The page on which a shopper says how to pay: in a storefront's frame, or by a payment link. It knows no dialect."""

import till  # noqa: F401  # before anything large: it keeps the garbage collector out of a cold start
