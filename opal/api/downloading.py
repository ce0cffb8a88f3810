"""Results: signed, short-lived addresses of finished files."""

from datetime import datetime, timedelta

from opal.api.downloads import ItemOutputs, SignedOutput, SignedPackage
from opal.blobs import Blobs
from opal.errors import Conflict, NotFound
from opal.settings import Settings
from opal.state import StateStore
from opal.state.contract import Partition
from opal.state.transition import get_item, get_job


def item_outputs(
    store: StateStore,
    blobs: Blobs,
    settings: Settings,
    tenant_id: str,
    job_id: str,
    item_id: str,
    now: datetime,
) -> ItemOutputs:
    """A photo's finished files, none before it is completed; raises `NotFound`."""
    item = get_item(store, Partition(tenant_id, job_id), item_id)
    if item is None:
        raise NotFound("No such item.", code="item_missing")
    lifetime_s = settings.download_lifetime_s
    return ItemOutputs(
        job_id=job_id,
        item_id=item_id,
        filename=item.filename,
        status=item.status,
        outputs=tuple(
            SignedOutput(**output.model_dump(), url=blobs.read_url(output.path, lifetime_s))
            for output in item.outputs
        ),
        expires_at=now + timedelta(seconds=lifetime_s),
    )


def job_package(
    store: StateStore,
    blobs: Blobs,
    settings: Settings,
    tenant_id: str,
    job_id: str,
    now: datetime,
) -> SignedPackage:
    """The job's ZIP; raises `NotFound`, or `Conflict` while the job has none."""
    job = get_job(store, Partition(tenant_id, job_id))
    if job is None:
        raise NotFound("No such job.", code="job_missing")
    if job.package_path is None:
        raise Conflict(f"The job is {job.status.value} and has no ZIP.", code="package_not_ready")
    return SignedPackage(
        job_id=job_id,
        path=job.package_path,
        url=blobs.read_url(job.package_path, settings.download_lifetime_s),
        expires_at=now + timedelta(seconds=settings.download_lifetime_s),
    )
