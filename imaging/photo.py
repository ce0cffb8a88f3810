"""What a decoded photo is, what is known about it, and what is accepted."""

from dataclasses import dataclass

from imaging.pixels import Pixels


@dataclass(frozen=True)
class Limits:
    """What `decode_photo` accepts.

    `max_megapixels` counts 10**6 pixels and is checked on the header, before pixels are decoded;
    `min_side` is in pixels; `max_aspect` is the longer side over the shorter.
    """

    max_megapixels: float = 100
    min_side: int = 16
    max_aspect: float = 15


@dataclass(frozen=True)
class PhotoFacts:
    """What the file said about itself, and what was done to it.

    `format` is JPEG, PNG, WEBP, GIF, TIFF, BMP, HEIF or AVIF. `width` and `height` are in pixels
    after the orientation was applied. `mode` is Pillow's name of the stored pixel layout,
    `orientation` the EXIF value 1 to 8 as stored, `icc` the name of the embedded profile.
    `notes` are short sentences about conversions, in the order in which they were made.
    """

    format: str
    width: int
    height: int
    mode: str
    orientation: int
    frames: int
    has_alpha: bool
    icc: str | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Photo:
    """A photo as pixels.

    `rgb`: uint8, height x width x 3, sRGB, upright. `alpha`: uint8, height x width, 0 clear to
    255 opaque, straight (not premultiplied), or None when every pixel is opaque.
    """

    rgb: Pixels
    alpha: Pixels | None
    facts: PhotoFacts
