"""Names for the array types that the package passes around."""

import numpy as np
import numpy.typing as npt

# uint8: height x width (a plane) or height x width x channels, RGB(A) order, straight alpha.
Pixels = npt.NDArray[np.uint8]

# float32: shapes and ranges are given where the name is used.
Floats = npt.NDArray[np.float32]
