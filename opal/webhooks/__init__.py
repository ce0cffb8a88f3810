"""Webhooks: who is told of which events, how it is signed, and where it may be sent to."""
