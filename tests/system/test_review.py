"""A photo that a person must look at, on the whole stack; the other photo does not wait for it."""

import io
import json

import requests
from PIL import Image, ImageDraw

from benchmarks.photos import plain_photo
from tests.system.conftest import Opal

OPTIONS = {
    "scenes": ["white"],
    "exports": ["web_thumb", "cutout"],
    "gate": {"review": {"min_coverage": 0.1}},
}


def small_product() -> bytes:
    """A box that covers a twentieth of its photo."""
    photo = Image.new("RGB", (320, 240), "#e6e6e6")
    ImageDraw.Draw(photo).rectangle((120, 90, 190, 145), fill="#204080")
    file = io.BytesIO()
    photo.save(file, "PNG")
    return file.getvalue()


def test_a_doubtful_photo_waits_and_goes_out_once_it_is_approved(opal: Opal) -> None:
    opal.drop("review", "job.json", json.dumps(OPTIONS).encode())
    opal.drop("review", "large.jpg", plain_photo(950))
    opal.drop("review", "small.png", small_product())
    opal.until(lambda: waiting_and_done(opal) == (1, 1))
    [item] = opal.ask("GET", "/v1/jobs/review?status=review").json()["items"]
    assert item["filename"] == "small.png"
    path = f"/v1/jobs/review/items/{item['item_id']}/review"
    shown = opal.ask("GET", path).json()
    assert shown["review"]["reasons"][0].endswith("is below 0.1")
    [picture] = shown["pictures"]
    assert Image.open(io.BytesIO(requests.get(picture["url"]).content)).mode == "RGBA"
    assert not [name for name in opal.outputs("review") if item["item_id"] in name]

    answer = opal.ask("POST", path, {"decision": "approve"})
    assert answer.status_code == 202, answer.text
    done = opal.wait("review", total=2)
    assert (done["status"], done["counters"]["review"]) == ("completed", 0)
    assert [item["restarts"] for item in done["items"]] == [0, 0]


def waiting_and_done(opal: Opal) -> tuple[int, int]:
    counters = (opal.job("review") or {"counters": {}})["counters"]
    return counters.get("review", 0), counters.get("completed", 0)
