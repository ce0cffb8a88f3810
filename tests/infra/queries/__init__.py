"""The queries of infra/queries: read by Kusto, held to what the app emits, and run."""
