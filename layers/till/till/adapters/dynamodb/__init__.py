"""Tables: one file of keys, one repository per aggregate."""
