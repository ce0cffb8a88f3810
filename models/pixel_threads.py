"""Sets up the pixel libraries for work that runs side by side."""

import cv2
import pyvips


def limit_pixel_threads(threads: int = 1) -> None:
    """Let OpenCV and libvips use that many threads each, and libvips remember nothing.

    No two requests share a pipeline; its cache would only hold memory.
    """
    cv2.setNumThreads(threads)
    pyvips.concurrency_set(threads)
    pyvips.cache_set_max(0)
