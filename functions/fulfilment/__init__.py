import till  # noqa: F401  # before anything large: it keeps the garbage collector out of a cold start
