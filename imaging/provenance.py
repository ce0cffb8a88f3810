"""Says inside a picture how it came about: an XMP packet (ISO 16684-1).

The EU's AI Act, article 50, wants generated content marked so that machines can read it. The mark
is the IPTC's Digital Source Type, which search engines and shops read; the fidelity figures tell
what was not generated. Nothing in a packet changes between two runs over the same photo.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from xml.etree import ElementTree as ET

FIDELITY_NAMESPACE = "urn:opal:fidelity:1"
PROVENANCE_NAMESPACE = "urn:opal:provenance:1"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_PREFIXES = {
    "x": "adobe:ns:meta/",
    "rdf": _RDF,
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "opal": PROVENANCE_NAMESPACE,
    "opalFidelity": FIDELITY_NAMESPACE,
}
for _prefix, _uri in _PREFIXES.items():  # here, because ElementTree keeps one list for all threads
    ET.register_namespace(_prefix, _uri)

_VOCABULARY = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_BEGIN = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
_END = '<?xpacket end="r"?>'


class SourceType(StrEnum):
    """How a picture came about: terms of the IPTC's vocabulary, as defined since 2024.

    CUTOUT: "modification or correction by algorithm without changing the main content": the photo
    with its background taken away. RENDERED: "mix or composite of several elements, any of which
    may or may not be generative AI": the photographed product in a scene that is computed, not
    generated; `compositeSynthetic` would claim generative AI. GENERATED: "augmentation, correction
    or enhancement using a Generative AI model, such as with inpainting or outpainting": the
    photographed product in a scene from a prompt.
    """

    CUTOUT = "algorithmicallyEnhanced"
    RENDERED = "composite"
    GENERATED = "compositeWithTrainedAlgorithmicMedia"


@dataclass(frozen=True)
class MadeWith:
    """A model that had a part in a picture."""

    name: str
    version: str


@dataclass(frozen=True)
class Provenance:
    """How a picture came about.

    `tool`: name and version of what made it. `photo_sha256`: hex digest of the photo that it was
    made from, "" if unknown. `models`: in the order of their work. `generator`: the one that
    generated the scene, if any. `fidelity`: figures of the product by name.
    """

    source_type: SourceType
    tool: str
    photo_sha256: str
    models: Sequence[MadeWith]
    generator: MadeWith | None
    fidelity: Mapping[str, float]


def xmp_packet(provenance: Provenance) -> bytes:
    """The packet, UTF-8, 1 to 2 KB. What cannot be printed is left out of texts."""
    root = ET.Element(_name("x", "xmpmeta"))
    about = ET.SubElement(
        ET.SubElement(root, _name("rdf", "RDF")),
        _name("rdf", "Description"),
        {_name("rdf", "about"): ""},
    )
    for (prefix, tag), text in _texts(provenance).items():
        ET.SubElement(about, _name(prefix, tag)).text = _printable(text)
    if provenance.models:
        listed = ET.SubElement(ET.SubElement(about, _name("opal", "models")), _name("rdf", "Seq"))
        for model in provenance.models:
            ET.SubElement(listed, _name("rdf", "li")).text = _printable(
                f"{model.name} {model.version}"
            )
    body = ET.tostring(root, encoding="unicode")
    return f"{_BEGIN}{body}{_END}".encode()


def _texts(provenance: Provenance) -> dict[tuple[str, str], str]:
    texts = {
        ("xmp", "CreatorTool"): provenance.tool,
        ("Iptc4xmpExt", "DigitalSourceType"): _VOCABULARY + provenance.source_type,
    }
    if provenance.generator is not None:
        texts["Iptc4xmpExt", "AISystemUsed"] = provenance.generator.name
        texts["Iptc4xmpExt", "AISystemVersionUsed"] = provenance.generator.version
    if provenance.photo_sha256:
        texts["opal", "photoSha256"] = provenance.photo_sha256
    for name, figure in provenance.fidelity.items():
        texts["opalFidelity", name] = f"{figure:g}"
    return texts


def _name(prefix: str, tag: str) -> str:
    return f"{{{_PREFIXES[prefix]}}}{tag}"


def _printable(text: str) -> str:
    """XML has no place for control characters."""
    return "".join(each for each in text if each.isprintable())
