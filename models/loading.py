"""Loads and warms, before the server is ready, what the settings say requests will need."""

from collections.abc import Iterator

from models.entries import ModelError
from models.place.diffusion.engine import get_model
from models.sessions import Session, session_for
from models.settings import Runtime
from models.upscale import model_name


def load_models(runtime: Runtime) -> list[Session]:
    """Load every configured model and run it once; the sessions of those that have a single one.

    Raises ModelError that names every file and setting at fault at once.
    """
    sessions, problems = [], []
    for setting, task, name in _wanted(runtime):
        try:
            sessions.append(session_for(task, name))
        except ModelError as error:
            problems.append(f"{setting}: {error}")
    if runtime.diffusion_model:
        try:
            get_model()
        except ModelError as error:
            problems.append(f"OPAL_DIFFUSION_MODEL: {error}")
    if problems:
        raise ModelError("Models can't be loaded:\n  " + "\n  ".join(dict.fromkeys(problems)))
    return sessions


def _wanted(runtime: Runtime) -> Iterator[tuple[str, str, str]]:
    yield "OPAL_SEGMENT_MODEL", "segment", runtime.segment_model
    for scale in (2, 4):
        yield "OPAL_UPSCALE_MODEL", "upscale", model_name(runtime.upscale_model, scale)
