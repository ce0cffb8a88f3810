"""The one way in which a photo is refused."""

from typing import Literal

PhotoErrorCode = Literal[
    "photo_empty",
    "photo_not_an_image",
    "photo_truncated",
    "photo_format_unsupported",
    "photo_too_large",
    "photo_too_small",
    "photo_aspect_extreme",
]


class PhotoError(Exception):
    """The bytes cannot become a photo, and another try with the same bytes will not help.

    `code` is stable and meant for programs; `message` is a sentence for the photo's owner and
    holds no internals.
    """

    def __init__(self, code: PhotoErrorCode, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code: PhotoErrorCode = code
        self.message = message

    def __reduce__(self) -> tuple[type["PhotoError"], tuple[PhotoErrorCode, str]]:
        # Exceptions are pickled by their args; ours are joined into one line for humans.
        return type(self), (self.code, self.message)
