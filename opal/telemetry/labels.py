"""Labels of metrics: words of a small, fixed vocabulary, never what a user wrote.

Every distinct label is a time series of its own, kept for months and paid for. What is not in
the vocabulary is counted as `other`.
"""

from collections.abc import Iterator

OTHER = "other"


class Vocabulary:
    """The words that a label may be."""

    def __init__(self, *words: str) -> None:
        self._words = set(words)

    def learn(self, *words: str) -> None:
        """Add words; only for constants of the code, when it is loaded."""
        self._words.update(words)

    def __iter__(self) -> Iterator[str]:
        """The words, in the order of the alphabet."""
        return iter(sorted(self._words))

    def __call__(self, value: object) -> str:
        """The value if it is a word, else `other`."""
        text = str(value)
        return text if text in self._words else OTHER


ITEM_STATUS = Vocabulary("completed", "failed", "canceled")
FAILURE_CODE = Vocabulary()
"""The codes that items fail with; the store that counts them makes them known."""
CAUSE = Vocabulary("input", "service")
GIVEN_UP = Vocabulary("item", "webhook")
SWEEP_OUTCOME = Vocabulary("done", "failed")
JOB_STATUS = Vocabulary("completed", "partial", "failed", "canceled")
STAGE = Vocabulary()
"""The names of activities; each is learnt when its function is defined."""
STAGE_OUTCOME = Vocabulary("done", "reused", "skipped", "retryable", "failed")
TASK = Vocabulary("segment", "place", "upscale", "echo")
CALL_OUTCOME = Vocabulary("done", "busy", "unavailable", "timeout", "garbled", "refused", "failed")
STORE_OPERATION = Vocabulary(
    "read", "write", "page", "newest", "due", "waiting", "ping", "open", "ensure"
)
WEBHOOK_OUTCOME = Vocabulary("delivered", "refused", "failed", "timeout", "unreachable", "blocked")
ROUTE = Vocabulary()
"""The templates of the API's paths; the API makes them known by `know_routes`."""
METHOD = Vocabulary("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
HTTP_STATUS = Vocabulary(*map(str, range(100, 600)))


def know_failures(*codes: str) -> None:
    """Let these error codes be labels of failure metrics."""
    FAILURE_CODE.learn(*codes)


def know_stage(name: str) -> None:
    """Let the name of this activity be a label of stage metrics."""
    STAGE.learn(name)


def know_routes(*templates: str) -> None:
    """Let these path templates, such as `v1/jobs/{job_id}`, be labels of request metrics."""
    ROUTE.learn(*templates)
