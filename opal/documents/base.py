"""The base of every document: frozen, JSON in and out, tolerant of fields from newer versions."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel, ConfigDict

# The Functions worker accepts only plain classes as binding annotations, so a function's
# payload is annotated `Json`: a bare dict at run time, a typed one for the type checker.
if TYPE_CHECKING:
    Json = dict[str, Any]
else:
    Json = dict


class Document(BaseModel):
    """An immutable record that travels as JSON.

    Unknown fields are ignored, so that an older instance can read what a newer one wrote
    while both run during a rolling update.
    """

    # A validation error's text goes into logs; what was sent stays out of it.
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    def dump(self) -> Json:
        """The document as JSON-serialisable builtins."""
        return self.model_dump(mode="json")

    @classmethod
    def parse(cls, payload: object) -> Self:
        """Read a document; raises `pydantic.ValidationError` naming each wrong field."""
        return cls.model_validate(payload)


class StoredDocument(Document):
    """A document of the state store; one with a `ttl` disappears that many seconds after it
    was last written."""

    id: str
    ttl: int | None = None

    def dump(self) -> Json:
        """The document as JSON; without a `ttl` when it has none, as Cosmos DB wants it."""
        body = super().dump()
        if self.ttl is None:
            del body["ttl"]
        return body


def sort_key_of(created_at: datetime, id: str) -> str:
    """The place of a document in a list by time: text order is time order, and no two are
    equal."""
    moment = created_at.astimezone(UTC).isoformat(timespec="microseconds")
    return f"{moment}/{id}"
