"""Pure pixels: decode, resize, measure, lay out and encode pictures.

Nothing here knows Azure, the network, the clock or the file system, and nothing here imports
another package of this repository. Pixels are 8-bit numpy arrays in RGB(A) order unless a
docstring says otherwise.
"""
