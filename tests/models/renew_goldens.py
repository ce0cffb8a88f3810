"""Writes the golden images anew: `python -m tests.models.renew_goldens [SCENE ...]`.

Look at them before they are committed: they say how the scenes are meant to look.
"""

import sys

from PIL import Image

from models.place.scenes import scene_names
from tests.models.golden_scenes import FOLDER, reduced, rendered


def main(names: list[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    for name in names or scene_names():
        path = FOLDER / f"{name}.png"
        Image.fromarray(reduced(rendered(name))).save(path, optimize=True)
        print(path, path.stat().st_size)


if __name__ == "__main__":
    main(sys.argv[1:])
