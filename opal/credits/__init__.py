"""Credits: what photos cost, what a tenant has, and how it is held, charged, given back, bought."""
