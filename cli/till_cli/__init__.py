"""The command `till`. It knows the merchant API and nothing else of Till."""
