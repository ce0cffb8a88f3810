"""What is asked again, and after how long: urllib3's retries, in two policies.

A request that may be repeated is, after a broken connection and after 429, 502, 503 and 504, at
growing intervals with jitter, or when `Retry-After` says. One that may not is repeated only
where the server can't have begun with it: there was no connection, or it said 429.
"""

from dataclasses import dataclass

from urllib3.util import Retry

_HEALING = frozenset({429, 502, 503, 504})
_SILENCES = 2


class _RetryUnheard(Retry):
    """Has no other status that `Retry-After` makes it repeat."""

    RETRY_AFTER_STATUS_CODES = frozenset({429})


@dataclass(frozen=True)
class Patience:
    """How often a request is repeated at most, and for how long it waits in between.

    `backoff_s` is the first pause, which doubles each time; `longest_wait_s` bounds what a
    `Retry-After` can ask for. A server that takes a request and then says nothing is asked again
    twice at most, because each time lasts a whole timeout.
    """

    retries: int = 5
    backoff_s: float = 0.5
    longest_wait_s: int = 120

    @property
    def repeatable(self) -> Retry:
        """For what may happen twice."""
        return self._policy(Retry, _HEALING, read=min(_SILENCES, self.retries))

    @property
    def once(self) -> Retry:
        """For what must not happen twice."""
        return self._policy(_RetryUnheard, frozenset({429}), read=False)

    @property
    def storage(self) -> Retry:
        """For files, whose storage also answers 500 for what passes."""
        return self._policy(Retry, _HEALING | {500}, read=min(_SILENCES, self.retries))

    def _policy(self, kind: type[Retry], statuses: frozenset[int], *, read: int) -> Retry:
        return kind(
            total=self.retries,
            read=read,
            other=0,
            redirect=0,
            allowed_methods=None,
            status_forcelist=statuses,
            backoff_factor=self.backoff_s,
            backoff_jitter=self.backoff_s,
            retry_after_max=self.longest_wait_s,
            raise_on_status=False,
        )
