"""Till: one checkout core that several storefront dialects speak to."""
