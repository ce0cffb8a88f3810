"""Marking: what a finished file says about how it came about."""

from collections.abc import Mapping

from imaging.embed import embed_xmp
from imaging.provenance import MadeWith, Provenance, SourceType, xmp_packet
from opal import __version__
from opal.documents import ExportRequest
from opal.gate import Fidelity


def mark(data: bytes, work: ExportRequest, fidelity: Fidelity | None) -> bytes:
    """The file with its provenance in it; its pixels stay as they are."""
    models = [_model(made_by) for made_by in work.made_by.values()]
    generated = work.generated and "place" in work.made_by
    provenance = Provenance(
        source_type=_source_type(work),
        tool=f"OPAL {__version__}",
        photo_sha256=work.photo_sha256,
        models=list(dict.fromkeys(models)),
        generator=_model(work.made_by["place"]) if generated else None,
        fidelity=fidelity.dump() if fidelity else {},
    )
    return embed_xmp(data, xmp_packet(provenance))


def _source_type(work: ExportRequest) -> SourceType:
    if work.picture is None:
        return SourceType.CUTOUT
    return SourceType.GENERATED if work.generated else SourceType.RENDERED


def _model(made_by: Mapping[str, str]) -> MadeWith:
    return MadeWith(made_by.get("name", ""), made_by.get("version", ""))
