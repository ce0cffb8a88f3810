"""Brand profiles: what a tenant's jobs get where their own options are silent."""
