"""Stand-ins for the programs that the hooks call, on their PATH.

Each call is recorded with its arguments, standard input, environment and the files that it names,
and answered from a table. `az` refuses every command and option that the real one does not have
(`az_commands.json`), and works out `--query` as it does, by JMESPath.
"""

import json
import os
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jmespath

from tests.hooks.call import Answer, Call, Refused, read_call
from tests.hooks.known import az_options

# In bash, and answered by a thread: a process of Python for each call would take seconds in all.
_CLIENT = """#!/bin/bash
cd {folder} || exit
if [[ {program} == python ]]; then
  env -0 >env
  [[ $* != *"release.publish"* ]] || cat >stdin
fi
printf '%s\\0' "$@" >ask
read -r code <code
out=$(<out) err=$(<err)
[[ -z $out ]] || printf '%s\\n' "$out"
[[ -z $err ]] || printf '%s\\n' "$err" >&2
exit "$code"
"""
_PROGRAMS = ("az", "azd", "make", "sleep", "python")
_PRINTING = {"ml online-deployment get-logs", "ml online-endpoint invoke"}
"""Commands that the hooks call for all that they print."""


@dataclass
class Fakes:
    """`answers` by what begins a call (`str(call)`), the longest beginning first."""

    folder: Path
    answers: dict[str, Answer] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._threads = []
        (self.folder / "bin").mkdir()
        for program in _PROGRAMS:
            place = self.folder / f"of-{program}"
            place.mkdir()
            for name in ("ask", "code"):
                os.mkfifo(place / name)
            for name in ("env", "stdin"):
                (place / name).touch()
            file = self.folder / "bin" / program
            file.write_text(_CLIENT.format(folder=place, program=program))
            file.chmod(0o755)
            self._threads.append(threading.Thread(target=self._serve, args=(program, place)))
            self._threads[-1].start()

    def close(self) -> None:
        """Let go of the threads; their clients are gone."""
        for program, thread in zip(_PROGRAMS, self._threads, strict=True):
            (self.folder / f"of-{program}" / "stop").touch()
            subprocess.run([self.folder / "bin" / program], capture_output=True)
            thread.join()

    def _serve(self, program: str, place: Path) -> None:
        while True:
            arguments = (place / "ask").read_bytes().decode().split("\0")[:-1]
            out, err, code = self._answer(program, place, arguments)
            (place / "out").write_text(out)
            (place / "err").write_text(err)
            (place / "code").write_text(f"{code}\n")
            if (place / "stop").exists():
                return

    def _answer(self, program: str, place: Path, arguments: list[str]) -> tuple[str, str, int]:
        call = read_call(program, place, arguments)
        self.calls.append(call)
        try:
            if program == "az":
                _require_real(call)
            begin = max((b for b in self.answers if str(call).startswith(b)), key=len, default="")
            if not begin:
                raise Refused(f"no answer is recorded for: {call}")
            return _shown(self.answers[begin](call), call), "", 0
        except Refused as refused:
            return "", f"ERROR: {refused}\n", 1
        except Exception as error:
            return "", f"the stand-in broke: {error!r}\n", 70


def _require_real(call: Call) -> None:
    known = az_options(call.command)
    if known is None:
        raise Refused(f"there is no az {call.command}")
    unknown = set(call.options) - known
    if unknown:
        raise Refused(f"az {call.command} has no {sorted(unknown)}")


def _shown(value: Any, call: Call) -> str:
    """As `az` writes it with `--output tsv` or `none`; without, it prints all."""
    if call.program == "az":
        if call.options.get("--output") == ["none"]:
            return ""
        if call.options.get("--output") != ["tsv"] and call.command not in _PRINTING:
            raise Refused(f"{call} prints all that it is told")
        if "--query" in call.options:
            value = jmespath.search(call.options["--query"][0], value)
    lines = value if isinstance(value, list) else [value]
    texts = [
        json.dumps(line) if isinstance(line, bool) else _row(line)
        for line in lines
        if line is not None
    ]
    return "".join(f"{text}\n" for text in texts)


def _row(line: Any) -> str:
    return "\t".join(map(str, line)) if isinstance(line, list) else str(line)
