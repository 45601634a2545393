"""Payment links: what is missing of a placed order is paid another way. Till's own; no dialect has them."""

import till  # noqa: F401  # before anything large: it keeps the garbage collector out of a cold start
