"""The ports made real: DynamoDB, gateways, workflow, secrets."""
