"""What an import, a request and a checkout cost. docs/benchmarks.md says what each figure means."""
