"""The linters that a deployment would meet first: checkov, shellcheck, schemas."""

import pytest

from tests.infra.linters import run
from tests.infra.sources import HERE, ROOT

AZURE_YAML = HERE / "schemas" / "azure-yaml.schema.json"


def test_checkov_parses_every_file_and_finds_nothing(scanned):
    ours, _ = scanned
    assert (ours.unparsed, ours.failed) == ([], [])
    assert ours.passed > 20


def test_every_rule_of_checkov_that_is_skipped_has_its_reason_beside_it(scanned):
    ours, theirs = scanned
    assert ours.unjustified == []
    assert [told.split()[0] for told in theirs.unjustified] == ["CKV_AZURE_206"]


def test_checkov_tells_of_a_file_that_it_can_not_parse_and_of_an_open_account(scanned):
    _, theirs = scanned
    assert theirs.unparsed == ["unfinished.bicep"]
    assert any("CKV_AZURE_44" in told for told in theirs.failed), theirs.failed


def test_shellcheck_finds_nothing_in_the_hooks():
    scripts = [*sorted((ROOT / "infra").rglob("*.sh")), ROOT / ".ci/run"]
    assert run("shellcheck", "--external-sources", "--source-path=SCRIPTDIR", *scripts) == ""


def test_shellcheck_sees_a_word_that_splits(tmp_path):
    (tmp_path / "hook.sh").write_text("#!/usr/bin/env bash\nrm $1\n")
    assert "SC2086" in run("shellcheck", tmp_path / "hook.sh")


def test_azure_yaml_keeps_its_schema():
    assert run("check-jsonschema", "--schemafile", AZURE_YAML, ROOT / "azure.yaml") == ""


def test_the_hooks_of_azure_yaml_are_there_and_may_be_run():
    lines = (ROOT / "azure.yaml").read_text("utf-8").splitlines()
    hooks = [line.split("run:")[1].strip() for line in lines if "run:" in line]
    assert hooks
    assert [hook for hook in hooks if not (ROOT / hook.split()[0]).stat().st_mode & 0o100] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [("postdeploy:", "postdeployed:"), ("host: function", "host: functions"), ("shell:", "shel:")],
)
def test_a_word_that_azure_yaml_can_not_have_is_seen(broken, old, new):
    file = broken("azure.yaml", old, new) / "azure.yaml"
    assert run("check-jsonschema", "--schemafile", AZURE_YAML, file) != ""
