"""Photos on the local disk: which files are ones, and of which type."""

from pathlib import Path

CONTENT_TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".heic": "image/heic",
    ".heif": "image/heif",
    ".avif": "image/avif",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".bmp": "image/bmp",
}
"""By the file's ending, in lower case."""


def find_photos(folder: Path) -> list[Path]:
    """The photos of a folder (not of its subfolders), or one photo given by its path."""
    files = [folder] if folder.is_file() else sorted(folder.glob("*"))
    return [
        file
        for file in files
        if file.suffix.lower() in CONTENT_TYPES and not file.name.startswith(".") and file.is_file()
    ]


def content_type_of(file: Path) -> str | None:
    """The media type of a photo, by its ending; None for an unknown one."""
    return CONTENT_TYPES.get(file.suffix.lower())
