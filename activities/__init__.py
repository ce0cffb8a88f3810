"""Activities: what does. One verb each; idempotent; documents in and out, never pixels.

Modules that bring in pixel libraries are imported when an activity first runs, so that
indexing the function app stays fast.
"""
