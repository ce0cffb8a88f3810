"""Tending many documents: one that can't be mended must not keep the others from it."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from pydantic import ValidationError

from opal.documents import Document, Json
from opal.errors import OpalError

D = TypeVar("D", bound=Document)
_log = logging.getLogger(__name__)


def tend(kind: type[D], documents: Iterable[Json], act: Callable[[D], None]) -> None:
    """Do the same to each document of a kind; one that can't be read is logged and left.

    Raises the first error at the end; what may heal, like a store that is down, at once.
    """
    errors: list[Exception] = []
    for document in documents:
        try:
            act(kind.parse(document))
        except ValidationError:
            _log.exception("a stored document can't be read: %s", document.get("id"))
        except Exception as error:
            if isinstance(error, OpalError) and error.retryable:
                raise
            _log.exception("a stored document can't be tended: %s", document.get("id"))
            errors.append(error)
    if errors:
        raise errors[0]
