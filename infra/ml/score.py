"""What Azure ML starts: the scoring script, seen from the folder that holds `models` and `imaging`.

Azure ML makes the folder of the scoring script the root of imports. That is this file's once it is
staged (infra/hooks/stage-endpoint.sh), and would be `models` itself for models/score.py.
"""

from models.score import init, run

__all__ = ["init", "run"]
