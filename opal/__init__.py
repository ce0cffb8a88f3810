"""The domain of OPAL: documents, recipes, state, blobs and the endpoint's client."""
