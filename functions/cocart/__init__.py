"""The dialect of CoCart, the REST API beside WooCommerce: its cart and the preview of its checkout."""

import till  # noqa: F401  # before anything large: it keeps the garbage collector out of a cold start
