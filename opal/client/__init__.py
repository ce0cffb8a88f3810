"""The Python client of the HTTP API: the API's own documents in and out.

with OpalClient("https://…", key) as opal:
    job = opal.create_job(NewJob(items=[NewItem(filename="mug.jpg")]))
    opal.upload_photo(job.job_id, job.items[0].item_id, Path("mug.jpg"))
    for view in opal.follow(job.job_id):
        print(view.progress)
"""

from opal.client.client import OpalClient
from opal.client.errors import (
    AnswerInvalid,
    ApiError,
    ClientError,
    DigestMismatch,
    TransferFailed,
    Unreachable,
)

__all__ = [
    "AnswerInvalid",
    "ApiError",
    "ClientError",
    "DigestMismatch",
    "OpalClient",
    "TransferFailed",
    "Unreachable",
]
