"""Every error of OPAL, each with a stable code.

OpalError
├── InvalidInput          what was sent is wrong; final
│   ├── NameRejected      a blob path that can't be taken
│   ├── RecipeInvalid     a job.json that can't be used
│   └── PhotoRejected     a photo that can't be used
├── NotFound              the thing asked for does not exist; final
├── EndpointError
│   ├── EndpointBusy      429, or all its workers busy; heals
│   ├── EndpointDown      no answer, a timeout, 5xx; heals
│   ├── EndpointGarbled   an answer that breaks the contract; may heal
│   └── EndpointRefused   any other 4xx; final
├── StageLost             a stage's blob is gone or damaged; the item is made again
├── DependencyDown        blob storage or the state store fails; heals
└── InternalError         a defect of ours; final
"""

from opal.documents.failure import Failure


class OpalError(Exception):
    """Base of all errors; its text carries the `Failure` across the durable boundary."""

    code = "internal_error"
    retryable = False
    http_status = 500

    def __init__(
        self, message: str, *, code: str | None = None, retry_after_s: float | None = None
    ) -> None:
        self.message = message
        if code is not None:
            self.code = code
        self.retry_after_s = retry_after_s
        super().__init__(self.failure.to_text())

    @property
    def failure(self) -> Failure:
        """The error as a document."""
        return Failure(
            code=self.code,
            message=self.message,
            retryable=self.retryable,
            retry_after_s=self.retry_after_s,
        )


class InvalidInput(OpalError):
    """What was sent is wrong."""

    code = "input_invalid"
    http_status = 422


class NameRejected(InvalidInput):
    """A blob's path can't be taken: no tenant, a bad tenant, or a name with dot segments."""

    code = "name_rejected"


class RecipeInvalid(InvalidInput):
    """A job.json that can't be used; the message names the field."""

    code = "recipe_invalid"


class PhotoRejected(InvalidInput):
    """A photo that can't be used; the code says why."""

    code = "photo_rejected"


class NotFound(OpalError):
    """The thing asked for does not exist, or belongs to someone else."""

    code = "not_found"
    http_status = 404


class EndpointError(OpalError):
    """The model endpoint did not do what it was asked."""

    code = "endpoint_failed"
    http_status = 502


class EndpointBusy(EndpointError):
    """The endpoint asks to come back later."""

    code = "endpoint_busy"
    retryable = True
    http_status = 503


class EndpointDown(EndpointError):
    """The endpoint did not answer, or failed in a way that may pass."""

    code = "endpoint_unavailable"
    retryable = True
    http_status = 503


class EndpointGarbled(EndpointError):
    """The endpoint answered, but not what its contract says."""

    code = "endpoint_answer_invalid"
    retryable = True


class EndpointRefused(EndpointError):
    """The endpoint says that the request itself is wrong."""

    code = "endpoint_refused"


class StageLost(OpalError):
    """A stage that was finished can't be read any more; trying the same again can't help, but
    making the stage again does."""

    code = "stage_lost"


class DependencyDown(OpalError):
    """Blob storage or the state store did not answer, or failed in a way that may pass."""

    code = "dependency_unavailable"
    retryable = True
    http_status = 503


class InternalError(OpalError):
    """A defect of ours: the log has the details, the answer has none."""
