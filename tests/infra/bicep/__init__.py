"""A reader of Bicep, as far as OPAL's own files go: syntax, declarations, uses and values.

There is no Bicep compiler here, so this stands in for what it would say first. `parsing` turns text
into tree-sitter's tree, `reading` the tree into declarations (`template`), `uses` finds the names
that an expression needs, and `evaluation` works a deployment out for given parameters.
"""
