"""The base of every document: frozen, JSON in and out, tolerant of fields from newer versions."""

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

    model_config = ConfigDict(frozen=True, extra="ignore")

    def dump(self) -> Json:
        """The document as JSON-serialisable builtins."""
        return self.model_dump(mode="json")

    @classmethod
    def parse(cls, payload: object) -> Self:
        """Read a document; raises `pydantic.ValidationError` naming each wrong field."""
        return cls.model_validate(payload)
