"""An order as its merchant reads it: in the merchant's API, and as it is pushed to their platform."""
