"""All calls of the API in one class."""

from opal.api.system import LIST_ERRORS, ErrorList
from opal.client.billing import BillingCalls
from opal.client.jobs import JobCalls
from opal.client.profiles import ProfileCalls
from opal.client.results import ResultCalls
from opal.client.reviews import ReviewCalls
from opal.client.uploads import UploadCalls
from opal.error_codes import ErrorCode


class OpalClient(JobCalls, ReviewCalls, UploadCalls, ResultCalls, ProfileCalls, BillingCalls):
    """The API at `base_url`, for the tenant of `api_key`.

    Use it as a context manager, or `close` it. The options are those of `Transport`. Every
    method raises `ApiError` (the API said no), `AnswerInvalid` or `Unreachable`.
    """

    def errors(self) -> tuple[ErrorCode, ...]:
        """Every error code, what it means, and whether trying again can help."""
        return self._ask(LIST_ERRORS, ErrorList).errors
