"""A refusal carries a stable code, and survives the trip between processes."""

import pickle

from imaging.errors import PhotoError


def test_a_photo_error_survives_pickling():
    error = pickle.loads(pickle.dumps(PhotoError("photo_empty", "The file is empty.")))
    assert (error.code, error.message) == ("photo_empty", "The file is empty.")
