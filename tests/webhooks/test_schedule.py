"""When a webhook is tried again."""

import pytest
from pydantic import TypeAdapter, ValidationError

from opal.settings import SettingsError, load_settings
from opal.webhooks.schedule import MAX_RETRY_AFTER_S, Schedule, wait_after

LEAST = {
    "OPAL_STORAGE": "UseDevelopmentStorage=true",
    "OPAL_STATE_PATH": "state.sqlite",
    "OPAL_ENDPOINT_URL": "http://127.0.0.1:5001/score",
}
HOUR = 3600.0


def test_the_default_is_what_standard_webhooks_recommends():
    schedule = load_settings(LEAST).webhook_schedule
    assert schedule == (5, 300, 1800, *(hour * HOUR for hour in (2, 5, 10, 14, 20, 24)))


def test_the_schedule_is_a_setting_in_seconds():
    settings = load_settings({**LEAST, "OPAL_WEBHOOK_SCHEDULE": "0.5, 2,60"})
    assert settings.webhook_schedule == (0.5, 2, 60)


@pytest.mark.parametrize("text", ["soon", "1,,2", "-1", "nan", "inf", "600000", ",".join("1" * 21)])
def test_a_schedule_that_makes_no_sense_is_refused_by_name(text):
    with pytest.raises(SettingsError) as caught:
        load_settings({**LEAST, "OPAL_WEBHOOK_SCHEDULE": text})
    assert "OPAL_WEBHOOK_SCHEDULE" in str(caught.value)
    with pytest.raises(ValidationError):
        TypeAdapter(Schedule).validate_python(text)


def test_a_quarter_of_each_wait_is_jitter():
    waits = [wait_after((100.0,), 1, None, str(seed)) for seed in range(300)]
    assert all(75 <= wait <= 100 for wait in waits)
    assert max(waits) - min(waits) > 20


def test_the_same_delivery_waits_the_same_time_whenever_it_is_asked():
    assert wait_after((100.0,), 1, None, "a") == wait_after((100.0,), 1, None, "a")
    assert wait_after((100.0, 100.0), 1, None, "a") != wait_after((100.0, 100.0), 2, None, "a")


def test_after_the_last_wait_there_is_no_more():
    assert [wait_after((1.0, 1.0), tries, None, "a") is None for tries in (1, 2, 3, 4)] == [
        *(False, False),
        *(True, True),
    ]
    assert wait_after((), 1, 60, "a") is None


def test_what_the_receiver_asks_for_is_the_least_up_to_a_day():
    assert wait_after((10.0,), 1, 60, "a") == 60
    assert wait_after((10.0,), 1, 1e9, "a") == MAX_RETRY_AFTER_S
    assert wait_after((1e5,), 1, 60, "a") > 60
