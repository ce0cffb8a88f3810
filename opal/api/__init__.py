"""The HTTP API: what can be asked, who may ask, and how it is answered."""
