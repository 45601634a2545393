"""Lambda glue: the app factory, authentication, settings, wiring."""
