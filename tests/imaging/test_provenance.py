"""What a file says of how it came about reads back, and its pixels stay the same."""

import io
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from imaging.embed import embed_xmp
from imaging.encode import encode_jpeg, encode_png, encode_webp, load_export
from imaging.png_check import png_is_whole
from imaging.provenance import MadeWith, Provenance, SourceType, xmp_packet

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
IPTC = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"
FIDELITY = "{urn:opal:fidelity:1}"
OPAL = "{urn:opal:provenance:1}"
ENCODERS = {
    "jpeg": encode_jpeg,
    "png": encode_png,
    "webp": encode_webp,
    "webp lossless": lambda pixels: encode_webp(pixels, lossless=True),
}


def provenance(**changes: object) -> Provenance:
    facts: dict[str, object] = {
        "source_type": SourceType.RENDERED,
        "tool": "OPAL 9.9.9",
        "photo_sha256": "5f" * 32,
        "models": (MadeWith("cut-out", "3"), MadeWith("studio", "2")),
        "generator": None,
        "fidelity": {"ssim": 0.99471, "delta_e_mean": 0.318, "shift": 0.0},
    }
    return Provenance(**{**facts, **changes})  # type: ignore[arg-type]


def stored_packet(data: bytes) -> bytes:
    """The packet as Pillow finds it."""
    image = Image.open(io.BytesIO(data))
    image.load()
    found = image.info.get("xmp") or image.info["XML:com.adobe.xmp"]
    return found if isinstance(found, bytes) else found.encode()


def described(data: bytes) -> ET.Element:
    """The description in the packet that Pillow finds in a file."""
    description = ET.fromstring(stored_packet(data)).find(f"{RDF}RDF/{RDF}Description")
    assert description is not None
    return description


@pytest.mark.parametrize("encoder", ENCODERS)
@pytest.mark.parametrize("length", [0, 1])
def test_a_packet_reads_back_and_leaves_the_pixels_alone(coffee, encoder, length):
    bare = ENCODERS[encoder](coffee)
    packet = xmp_packet(provenance(tool="OPAL" + "x" * length))
    marked = embed_xmp(bare, packet)
    assert stored_packet(marked) == packet
    assert (load_export(marked) == load_export(bare)).all()
    assert len(marked) - len(bare) < 2000
    before, after = (Image.open(io.BytesIO(each)) for each in (bare, marked))
    assert after.info.get("icc_profile") == before.info.get("icc_profile")
    assert encoder != "png" or png_is_whole(marked)


def test_a_transparent_webp_keeps_its_alpha(coffee):
    alpha = np.full(coffee.shape[:2], 255, np.uint8)
    alpha[:100] = 0
    bare = encode_webp(np.dstack([coffee, alpha]))
    marked = embed_xmp(bare, xmp_packet(provenance()))
    assert (load_export(marked)[:, :, 3] == alpha).all()


def test_a_file_tells_its_source_type_models_photo_and_figures(coffee):
    found = described(embed_xmp(encode_jpeg(coffee), xmp_packet(provenance())))
    vocabulary = "http://cv.iptc.org/newscodes/digitalsourcetype/"
    assert found.findtext(f"{IPTC}DigitalSourceType") == f"{vocabulary}composite"
    assert found.findtext("{http://ns.adobe.com/xap/1.0/}CreatorTool") == "OPAL 9.9.9"
    assert found.findtext(f"{OPAL}photoSha256") == "5f" * 32
    listed = found.findall(f"{OPAL}models/{RDF}Seq/{RDF}li")
    assert [model.text for model in listed] == ["cut-out 3", "studio 2"]
    figures = {name: found.findtext(f"{FIDELITY}{name}") for name in provenance().fidelity}
    assert figures == {"ssim": "0.99471", "delta_e_mean": "0.318", "shift": "0"}


def test_only_a_generated_scene_names_an_ai_system(coffee):
    """Its mere presence says that a picture was generated."""
    bare = encode_jpeg(coffee)
    assert b"AISystem" not in embed_xmp(bare, xmp_packet(provenance()))
    made = provenance(source_type=SourceType.GENERATED, generator=MadeWith("sd", "1.5"))
    found = described(embed_xmp(bare, xmp_packet(made)))
    kind = found.findtext(f"{IPTC}DigitalSourceType") or ""
    assert kind.endswith("/compositeWithTrainedAlgorithmicMedia")
    assert found.findtext(f"{IPTC}AISystemUsed") == "sd"
    assert found.findtext(f"{IPTC}AISystemVersionUsed") == "1.5"


def test_names_of_any_characters_make_a_packet_that_can_be_read(coffee):
    odd = MadeWith("a<b>&\"'é\x00\x1b\ud800]]>", "1")
    found = described(embed_xmp(encode_png(coffee), xmp_packet(provenance(models=(odd,)))))
    listed = found.findall(f"{OPAL}models/{RDF}Seq/{RDF}li")
    assert [model.text for model in listed] == ["a<b>&\"'é]]> 1"]


def test_equal_facts_make_equal_bytes():
    assert xmp_packet(provenance()) == xmp_packet(provenance())


def test_a_file_of_another_kind_takes_no_packet():
    for data in (b"", b"GIF89a", b"RIFF\0\0\0\0WEBPVP8 "):
        with pytest.raises(ValueError, match="no XMP"):
            embed_xmp(data, b"<x/>")
    with pytest.raises(ValueError, match="too long"):
        embed_xmp(encode_png(np.zeros((4, 4, 3), np.uint8)), b"x" * 70_000)
