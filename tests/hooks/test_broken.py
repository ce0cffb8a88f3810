"""A hook that is broken on purpose fails the test that is about it."""

import pytest

from tests.hooks import test_deploying as deploying
from tests.hooks import test_packages as packages
from tests.hooks import test_provisioning as provisioning
from tests.hooks import test_tear_down as tear_down
from tests.hooks.subscription import KEY


def changed(hook, old, new, check):
    return pytest.param(f"{hook}.sh", old, new, check, id=f"{hook}: {old[:40]}")


@pytest.mark.parametrize(
    ("hook", "old", "new", "check"),
    [
        changed(
            "postprovision",
            "[[ $found == 0 ]]",
            "true",
            provisioning.test_after_provisioning_the_sealing_key_is_made_once,
        ),
        changed(
            "packages",
            "--query exists --output tsv) || return",
            "--query exists --output tsv)",
            lambda azure: packages.test_a_package_that_cannot_be_kept_stops_the_deployment(
                azure, "az storage blob exists"
            ),
        ),
        changed(
            "predeploy",
            '[[ $released != "$proven" ]]',
            "false",
            packages.test_a_package_that_failed_its_test_does_not_replace_the_kept_one,
        ),
        changed(
            "postdeploy",
            "attempt 40 15 functions_are_known",
            "true",
            deploying.test_functions_that_never_appear_end_the_wait,
        ),
        changed(
            "postdeploy",
            "attempt 5 30 subscribe_to_events",
            "true",
            deploying.test_after_the_first_deployment_the_second_stage_is_made_in_order,
        ),
        changed(
            "postdeploy",
            "[[ $count == 0 ]]",
            "true",
            deploying.test_after_another_deployment_nothing_is_made_twice,
        ),
        changed(
            "first-key",
            "[[ $found != 0 ]]",
            "false",
            deploying.test_after_another_deployment_nothing_is_made_twice,
        ),
        changed(
            "first-key",
            "keys revoke",
            "keys list",
            deploying.test_a_key_that_cannot_be_kept_is_revoked,
        ),
        changed(
            "first-key",
            "--encoding utf-8 --output none",
            "--encoding utf-8",
            deploying.test_after_the_first_deployment_the_second_stage_is_made_in_order,
        ),
        changed(
            "smoke",
            '[[ " $* " != *" --quick "* ]] || exit 0',
            "true",
            packages.test_only_a_whole_smoke_test_that_passes_proves_a_package,
        ),
        changed(
            "rollback-app",
            "[[ -n $etag ]] || fail",
            ": #",
            packages.test_without_a_kept_package_nothing_is_put_back,
        ),
        changed(
            "predown",
            "--permanently-delete",
            "",
            lambda azure: (
                tear_down.test_before_everything_is_deleted_endpoint_and_workspace_go_for_good(
                    azure
                )
            ),
        ),
        changed(
            "common",
            "((count == times)) || sleep",
            "sleep",
            deploying.test_functions_that_never_appear_end_the_wait,
        ),
    ],
)
def test_a_hook_that_is_broken_is_caught(azure, hook, old, new, check):
    file = azure.hooks.repository / "infra/hooks" / hook
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(AssertionError):
        check(azure)


def test_a_secret_in_an_argument_would_be_seen(azure):
    file = azure.hooks.repository / "infra/hooks/first-key.sh"
    leak = '--value "$(cat "$private/key")"'
    file.write_text(file.read_text("utf-8").replace('--file "$private/key" --encoding utf-8', leak))
    azure.hooks.run("first-key")
    assert any(KEY in call.arguments for call in azure.hooks.fakes.calls)
    azure.hooks.fakes.calls.clear()
