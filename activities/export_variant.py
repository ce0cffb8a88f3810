"""Export one file: the crop of a scene, or the cut-out alone, in a preset's size and format."""

import hashlib
from datetime import UTC, datetime

import azure.durable_functions as df

from opal.blobs import get_blobs
from opal.boundary import activity_boundary
from opal.documents import ExportRequest, Json, Output, Stage
from opal.gate import Fidelity
from opal.names import outputs_of_item, review_of_item
from opal.settings import get_settings
from opal.state import get_store
from opal.state.stages import enter_stage

bp = df.Blueprint()
_CONTENT_TYPES = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp"}


@bp.activity_trigger(input_name="request")
@activity_boundary
def export_variant(request: Json) -> Json:
    """Write `outputs/{tenant}/{job}/{item}/{scene}/{preset}.{ext}` and answer what it is.

    A file whose product is not faithful enough is written to `work/{tenant}/review/…` instead and
    is `held`, until the same request comes approved. The same request writes the same bytes, so a
    repeated one changes nothing.
    """
    from activities.marking import mark
    from activities.proving import encode_and_prove
    from activities.rendering import render

    work = ExportRequest.parse(request)
    enter_stage(get_store(), work.item, Stage.EXPORT, datetime.now(UTC), get_settings().lease_s)
    proven = encode_and_prove(render(get_blobs(), work), work.preset, work.limits)
    data = mark(proven.data, work, proven.fidelity)
    return _store(work, data, proven.fidelity, held=not (proven.kept or work.approved)).dump()


def _store(work: ExportRequest, data: bytes, fidelity: Fidelity | None, *, held: bool) -> Output:
    """Write the file where it belongs, and take it away from where it waited."""
    item, preset, blobs = work.item, work.preset, get_blobs()
    names = (item.tenant_id, item.job_id, item.item_id)
    name = f"{work.scene}/{preset.name}.{preset.extension}"
    path, waiting = outputs_of_item(*names) + name, review_of_item(*names) + name
    digest = hashlib.sha256(data).hexdigest()
    content_type = _CONTENT_TYPES[preset.format]
    metadata = {"sha256": digest, "trace_id": item.trace_id}
    metadata |= {f"fidelity_{name}": f"{each:g}" for name, each in _figures(fidelity).items()}
    blobs.write(waiting if held else path, data, content_type, metadata)
    if work.approved:
        blobs.delete(waiting)
    return Output(
        scene=work.scene,
        preset=preset.name,
        path=waiting if held else path,
        width=preset.width,
        height=preset.height,
        bytes=len(data),
        sha256=digest,
        content_type=content_type,
        fidelity=fidelity,
        held=held,
    )


def _figures(fidelity: Fidelity | None) -> dict[str, float]:
    return fidelity.dump() if fidelity else {}
