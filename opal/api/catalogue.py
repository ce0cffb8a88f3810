"""Every operation of the API."""

from opal.api import billing, downloads, jobs, profiles, reviews, system, uploads, webhooks
from opal.api.operation import Operation

OPERATIONS: tuple[Operation, ...] = (
    *jobs.OPERATIONS,
    *reviews.OPERATIONS,
    *uploads.OPERATIONS,
    *downloads.OPERATIONS,
    *profiles.OPERATIONS,
    *billing.OPERATIONS,
    *webhooks.OPERATIONS,
    *system.OPERATIONS,
)
