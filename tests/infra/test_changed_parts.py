"""What a deployment consists of, found by git alone."""

import json
import os
import re
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

from tests.infra.workflows.reading import ROOT

CHANGED = ROOT / ".github/scripts/changed.sh"
LAST = ROOT / ".github/scripts/last-deployed.sh"
EVERYTHING = {"infra", "app", "endpoint"}


class Repository:
    """A git repository with one commit, which counts as deployed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "--quiet", "--initial-branch=main")
        self.write("README.md")
        self.deployed = self.commit()

    def git(self, *arguments: str) -> str:
        who = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
        done = subprocess.run(
            ["git", *who, *arguments], cwd=self.folder, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def write(self, path: str, text: str = "text\n") -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text)

    def commit(self) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "change")
        return self.git("rev-parse", "HEAD")

    def changed(self, deployed: str | None = None, commit: str = "HEAD") -> set[str]:
        """The parts to deploy, called from a folder below."""
        done = subprocess.run(
            [CHANGED, self.deployed if deployed is None else deployed, commit],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=True,
        )
        lines = dict(line.split("=") for line in done.stdout.splitlines())
        assert set(lines) == EVERYTHING
        return {name for name, value in lines.items() if value == "true"}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("infra/main.bicepparam", {"infra"}),
        ("infra/app/cosmos.bicep", {"infra"}),
        ("azure.yaml", {"infra", "app"}),
        ("opal/state/containers.json", {"infra", "app"}),
        ("infra/events.bicep", {"app"}),
        ("infra/hooks/postprovision.sh", {"infra"}),
        ("infra/hooks/postdeploy.sh", {"app"}),
        ("host.json", {"infra", "app"}),
        ("triggers/sweep.py", {"app"}),
        ("imaging/layout.py", {"app", "endpoint"}),
        ("models/score.py", {"endpoint"}),
        ("models/weights/opal-cutout.onnx", {"endpoint"}),
        ("infra/ml/deployment-cpu.yml", {"endpoint"}),
        ("infra/hooks/deploy-endpoint.sh", {"endpoint"}),
        ("requirements-endpoint-shared.txt", {"endpoint"}),
        ("models/training/pictures.py", set()),
        ("models/cards/opal-cutout.md", set()),
        ("docs/deploy.md", set()),
        ("tests/opal/test_errors.py", set()),
        ("infra/grafana/opal.json", set()),
        ("local/host.py", set()),
    ],
)
def test_a_changed_file_means_the_parts_that_are_made_of_it(
    repository: Repository, path: str, parts: set[str]
) -> None:
    repository.write(path)
    repository.commit()
    assert repository.changed() == parts


def test_changes_add_up_over_all_commits_since_the_last_deployment(
    repository: Repository,
) -> None:
    repository.write("infra/main.bicep")
    repository.commit()
    repository.write("models/score.py")
    repository.commit()
    repository.write("docs/deploy.md")
    repository.commit()
    assert repository.changed() == {"infra", "endpoint"}


def test_a_change_that_was_taken_back_deploys_nothing(repository: Repository) -> None:
    repository.write("function_app.py")
    repository.commit()
    (repository.folder / "function_app.py").unlink()
    repository.commit()
    assert repository.changed() == set()


def test_a_file_that_moved_away_is_a_change(repository: Repository) -> None:
    repository.write("models/old.py")
    repository.deployed = repository.commit()
    repository.git("mv", "models/old.py", "old.py")
    repository.commit()
    assert repository.changed() == {"endpoint"}


def test_an_older_commit_can_be_deployed_again(repository: Repository) -> None:
    repository.write("function_app.py")
    newer = repository.commit()
    assert repository.changed(newer, repository.deployed) == {"app"}


@pytest.mark.parametrize("deployed", ["", "0" * 40])
def test_without_a_known_deployment_everything_is_deployed(
    repository: Repository, deployed: str
) -> None:
    assert repository.changed(deployed) == EVERYTHING


def test_an_unknown_commit_is_an_error_and_not_no_change(repository: Repository) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        repository.changed(commit="0" * 40)


def test_whatever_is_packaged_counts_as_the_app(repository: Repository) -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    ignored = [line.rstrip("/") for line in (ROOT / ".funcignore").read_text().split()]
    entries = {path.partition("/")[0]: path for path in tracked}
    for top, path in sorted(entries.items()):
        if not any(fnmatch(top, pattern) for pattern in ignored) and top != "azure.yaml":
            repository.write(path, "changed\n")
            repository.commit()
            assert "app" in repository.changed(), path
            repository.deployed = repository.git("rev-parse", "HEAD")


def test_whatever_a_template_loads_counts_as_infrastructure(repository: Repository) -> None:
    loaded = set()
    for template in (ROOT / "infra").rglob("*.bicep"):
        for path in re.findall(r"load\w+Content\('([^']+)'", template.read_text()):
            loaded.add(str((template.parent / path).resolve().relative_to(ROOT)))
    folders = {str(Path(path).parent): path for path in sorted(loaded)}
    assert {"infra/queries", "opal/state", "."} <= set(folders)
    for path in folders.values():
        repository.write(path)
        repository.commit()
        assert "infra" in repository.changed(), path
        repository.deployed = repository.git("rev-parse", "HEAD")


def test_the_hooks_of_a_stage_count_as_its_part(repository: Repository) -> None:
    hooks = yaml.safe_load((ROOT / "azure.yaml").read_text())["hooks"]
    for event, entries in hooks.items():
        stage = event.removeprefix("pre").removeprefix("post")
        part = {"provision": "infra", "deploy": "app", "package": "app"}.get(stage)
        for entry in entries if isinstance(entries, list) else [entries]:
            if part is not None:
                repository.write(entry["run"])
                repository.commit()
                assert part in repository.changed(), (event, entry["run"])
                repository.deployed = repository.git("rev-parse", "HEAD")


def test_the_last_successful_deployment_is_found_among_failed_and_replaced_ones(
    tmp_path: Path,
) -> None:
    deployments = [("d", ["IN_PROGRESS"]), ("c", ["FAILURE"]), ("b", ["INACTIVE", "SUCCESS"])]
    assert last_deployed(tmp_path, [*deployments, ("a", ["INACTIVE", "SUCCESS"])]) == "b"


def test_no_deployment_yet_is_an_empty_answer(tmp_path: Path) -> None:
    assert last_deployed(tmp_path, [("a", ["FAILURE"])]) == ""


def test_a_refused_query_is_an_error_and_not_no_deployment(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        ask(tmp_path, {"errors": [{"message": "Resource not accessible"}]})


def last_deployed(folder: Path, deployments: list[tuple[str, list[str]]]) -> str:
    nodes = [
        {"commitOid": commit, "statuses": {"nodes": [{"state": state} for state in states]}}
        for commit, states in deployments
    ]
    return ask(folder, {"data": {"repository": {"deployments": {"nodes": nodes}}}})


def ask(folder: Path, answer: object) -> str:
    """What the script says to this answer of GitHub's."""
    (folder / "answer.json").write_text(json.dumps(answer))
    fake = folder / "gh"
    fake.write_text(f"#!/bin/sh\ncat {folder / 'answer.json'}\n")
    fake.chmod(0o755)
    done = subprocess.run(
        [LAST, "production"],
        env={
            **os.environ,
            "PATH": f"{folder}:{os.environ['PATH']}",
            "GITHUB_REPOSITORY": "owner/name",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()
