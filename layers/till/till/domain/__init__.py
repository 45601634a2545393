"""The rules of a checkout in plain Python: no I/O, no clock, no environment."""
