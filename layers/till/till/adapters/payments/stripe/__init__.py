"""Stripe, as the port `PaymentGateway`. Read it in this order:

gateway.py       what the port asks, and how each question is answered from the state of one PaymentIntent
records.py       which PaymentIntent a key of ours stands for: written down before it can hold money
amounts.py       Stripe's units and minimum amounts
declines.py      what a shopper is told
webhooks.py      what a webhook is about
api.py           the few requests that are made, over the official SDK, and what their errors mean
transport.py     how long they may take

Imported only where a shop's gateway is Stripe: the SDK is large, and in the layer of payment functions alone.
"""
