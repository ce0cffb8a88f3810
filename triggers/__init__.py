"""Triggers: what starts work, and what answers over HTTP."""
