"""Payment gateways: one adapter for each kind, behind the port `PaymentGateway`."""
