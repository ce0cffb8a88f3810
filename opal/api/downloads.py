"""Results over HTTP: what is asked and answered."""

from datetime import datetime

from opal.api.operation import Operation
from opal.documents import Document, ItemStatus, Output
from opal.keys import Role


class SignedOutput(Output):
    """A finished file, and an address that reads it and nothing else."""

    url: str


class ItemOutputs(Document):
    """The finished files of a photo; their addresses work until `expires_at`."""

    job_id: str
    item_id: str
    filename: str
    status: ItemStatus
    outputs: tuple[SignedOutput, ...]
    expires_at: datetime


class SignedPackage(Document):
    """All finished files of a job in one ZIP; its address works until `expires_at`."""

    job_id: str
    path: str
    url: str
    expires_at: datetime


GET_OUTPUTS = Operation(
    id="get_outputs",
    method="GET",
    path="/v1/jobs/{job_id}/items/{item_id}/outputs",
    tag="Results",
    summary="The finished files of a photo, with signed addresses",
    role=Role.READ,
    answers={200: ItemOutputs},
    failures=("item_missing", "job_missing"),
)
GET_PACKAGE = Operation(
    id="get_package",
    method="GET",
    path="/v1/jobs/{job_id}/package",
    tag="Results",
    summary="All finished files of a job in one ZIP, with a signed address",
    role=Role.READ,
    answers={200: SignedPackage},
    failures=("job_missing", "package_not_ready"),
)
OPERATIONS = (GET_OUTPUTS, GET_PACKAGE)
