"""Which engine serves which task."""

from collections.abc import Mapping
from types import MappingProxyType

from models import segment, upscale
from models.engine import Engine
from models.place import task as place
from models.reading import read_photo, read_picture

ENGINES: Mapping[str, Engine] = MappingProxyType(
    {
        "segment": Engine("photo", read_photo, segment.run),
        "place": Engine("cutout", read_picture, place.run),
        "upscale": Engine("image", read_picture, upscale.run),
    }
)
