"""The dialect of Bold's Checkout Frontend API 2.0: one folder per endpoint group, `wire` for what they share."""
