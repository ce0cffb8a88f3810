"""One picture of a whole job: each photo, its cut-out, and each of its exports."""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps
from pillow_heif import register_heif_opener

from opal.api.jobs import JobView
from opal.cli.downloading import local_path
from opal.documents import ItemStatus, Output

_CELL = 240
_GAP = 12
_HEADER = 28
_LABEL = 22
_BACKGROUND = "#f3f3f1"
_CHECKER = ("#ffffff", "#d9d9d9")


def write_contact_sheet(job: JobView, photos: list[Path], folder: Path) -> Path:
    """Write `contact-sheet.png` into the job's folder: a row a photo, a column an export."""
    register_heif_opener()
    columns = _columns(job)
    rows = job.items
    width = _GAP + (len(columns) + 1) * (_CELL + _GAP)
    height = _GAP + _HEADER + max(1, len(rows)) * (_CELL + _LABEL + _GAP)
    sheet = Image.new("RGB", (width, height), _BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(14)
    for index, title in enumerate(["photo", *map(_title, columns)]):
        draw.text((_GAP + index * (_CELL + _GAP), _GAP), title, fill="#222222", font=font)
    sources = {photo.name: photo for photo in photos}
    for row, item in enumerate(rows):
        top = _GAP + _HEADER + row * (_CELL + _LABEL + _GAP)
        cells = [_photo(sources.get(item.filename))]
        made = {(o.scene, o.preset): o for o in item.outputs}
        cells += [_export(made.get(column), folder) for column in columns]
        for index, cell in enumerate(cells):
            left = _GAP + index * (_CELL + _GAP)
            sheet.paste(cell, (left, top))
        trouble = item.error.code if item.error else ""
        if item.status is ItemStatus.REVIEW:
            trouble = "waits for a person"
        note = f"{item.filename}: {trouble}" if trouble else item.filename
        draw.text((_GAP, top + _CELL + 2), note[:120], fill="#222222", font=font)
    path = folder / "contact-sheet.png"
    sheet.save(path)
    return path


def _columns(job: JobView) -> list[tuple[str, str]]:
    """The cut-outs first, then each scene's exports, in the order of the recipe."""
    found = {(o.scene, o.preset) for item in job.items for o in item.outputs}
    scenes = ["cutout", *job.scenes]
    presets = job.exports
    return sorted(found, key=lambda c: (scenes.index(c[0]), presets.index(c[1])))


def _title(column: tuple[str, str]) -> str:
    scene, preset = column
    return preset if scene == "cutout" else f"{scene} / {preset}"


def _photo(path: Path | None) -> Image.Image:
    if path is None:
        return _fitted(None)
    try:
        with Image.open(path) as photo:
            photo.draft("RGB", (_CELL * 2, _CELL * 2))
            return _fitted(ImageOps.exif_transpose(photo))
    except OSError:
        return _fitted(None)


def _export(output: Output | None, folder: Path) -> Image.Image:
    if output is None:
        return _fitted(None)
    try:
        with Image.open(local_path(folder, output)) as picture:
            return _fitted(picture)
    except OSError:
        return _fitted(None)


def _fitted(picture: Image.Image | None) -> Image.Image:
    """A cell with the picture centred; transparency shows a checkerboard."""
    cell = Image.new("RGB", (_CELL, _CELL), "#e6e6e3")
    if picture is None:
        return cell
    picture.thumbnail((_CELL, _CELL), Image.Resampling.LANCZOS)
    corner = ((_CELL - picture.width) // 2, (_CELL - picture.height) // 2)
    if picture.mode in {"RGBA", "LA", "PA"}:
        cell.paste(_checkerboard(picture.size), corner)
        cell.paste(picture.convert("RGBA"), corner, picture.convert("RGBA"))
    else:
        cell.paste(picture.convert("RGB"), corner)
    return cell


def _checkerboard(size: tuple[int, int]) -> Image.Image:
    board = Image.new("RGB", size, _CHECKER[0])
    draw = ImageDraw.Draw(board)
    step = 12
    for top in range(0, size[1], step):
        for left in range((top // step % 2) * step, size[0], 2 * step):
            draw.rectangle((left, top, left + step - 1, top + step - 1), fill=_CHECKER[1])
    return board
