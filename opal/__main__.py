"""`python -m opal`: the command line; see `opal/cli/__init__.py` for its exit statuses."""

import os
import sys


def _run() -> int:
    try:
        from opal.cli.main import main
    except ModuleNotFoundError as error:
        if error.name != "rich":
            raise
        print("error: pip install -r requirements-local.txt, for the command line", file=sys.stderr)
        return 2
    return main(sys.argv[1:], os.environ)


if __name__ == "__main__":
    status = _run()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the output has read enough; flushing it again at exit would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if status == 130:
        # An orderly exit would wait for the transfers under way, for minutes if they are to try
        # again; they leave nothing behind that the next run does not find.
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)
