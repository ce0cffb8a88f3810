"""The domain of OPAL: documents, recipes, state, blobs and the endpoint's client."""

__version__ = "0.3.0"
