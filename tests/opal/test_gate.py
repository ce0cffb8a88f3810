"""The quality gate: what it lets pass, and how it is chosen."""

from typing import Any

import pytest
from pydantic import ValidationError

from opal.errors import RecipeInvalid
from opal.gate import CutoutLimits, FidelityLimits, Gate
from opal.job_options import JobOptions, default_recipe, read_job_options, resolve
from opal.profiles.documents import Profile, ProfileRequest
from opal.retry_options import RetryOptions

CLEAN = {
    "coverage": 0.3, "uncertain": 0.03, "fragments": 1, "holes": 1, "frame_contact": 0.0,
    "edge_sharpness": 0.2, "confidence": 0.93, "agreement": 1.0, "product_box": [1, 2, 3, 4],
}  # fmt: skip


def gate_of(text: str) -> Gate:
    """The gate that a job gets by this part of its `job.json`."""
    return resolve(read_job_options(f'{{"gate": {text}}}'.encode())).gate


@pytest.mark.parametrize("measures", [CLEAN, {}, {"coverage": 0.3, "product_box": [1, 2, 3, 4]}])
def test_a_clean_cut_out_passes_and_a_measure_that_is_not_there_is_not_missed(
    measures: dict[str, Any],
) -> None:
    assert Gate().judge(measures).verdict == "accept"


@pytest.mark.parametrize(
    ("measure", "value"),
    [
        *(("coverage", 0.95), ("uncertain", 0.3), ("fragments", 60), ("frame_contact", 0.8)),
        *(("confidence", 0.75), ("agreement", 0.3)),
    ],
)
def test_a_doubtful_cut_out_goes_to_a_person_with_the_reason(measure: str, value: float) -> None:
    judgement = Gate().judge({**CLEAN, measure: value})
    assert judgement.verdict == "review"
    [reason] = judgement.reasons
    assert reason.startswith(f"{measure} {value:g} is ")


@pytest.mark.parametrize(("measure", "value"), [("coverage", 0.995), ("confidence", 0.5)])
def test_a_hopeless_cut_out_is_rejected_whoever_wants_to_look(measure: str, value: float) -> None:
    assert Gate(every=True).judge({**CLEAN, measure: value}).verdict == "reject"


def test_every_limit_is_of_a_measure_and_on_its_own_side() -> None:
    for name, measure in ((name, name.split("_", 1)[1]) for name in CutoutLimits.model_fields):
        limits = CutoutLimits.parse({name: 1})
        low, high = limits.broken_by({measure: 0.5}), limits.broken_by({measure: 2})
        assert measure in CLEAN
        assert (bool(low), bool(high)) == (name.startswith("min"), name.startswith("max"))
        assert limits.broken_by({measure: 1}) == ()


def test_a_word_switches_the_gate_off_or_has_everything_looked_at() -> None:
    hopeless = {"coverage": 1.0, "confidence": 0.0}
    off = gate_of('"off"')
    assert off.judge(hopeless).verdict == "accept"
    assert off.fidelity.broken_by({"ssim": 0.0, "delta_e_mean": 50.0}) == ()
    judgement = gate_of('"all"').judge(CLEAN)
    assert (judgement.verdict, judgement.reasons) == ("review", ("every cut-out is looked at",))


def test_limits_are_merged_over_the_defaults_and_null_is_no_limit() -> None:
    gate = gate_of('{"review": {"max_holes": 3.0, "min_confidence": null}}')
    assert (gate.review.max_holes, gate.review.min_confidence) == (3, None)
    assert gate.review.max_uncertain == Gate().review.max_uncertain
    assert (gate.reject, gate.fidelity) == (Gate().reject, FidelityLimits())


@pytest.mark.parametrize(
    ("given", "field"),
    [
        *(('"on"', "gate"), ("5", "gate"), ('{"revue": {}}', "gate.revue")),
        ('{"review": {"max_hole": 3}}', "gate.review.max_hole"),
        ('{"review": {"max_holes": "3"}}', "gate.review.max_holes"),
        ('{"reject": {"min_confidence": 1.5}}', "gate.reject.min_confidence"),
        ('{"fidelity": {"max_delta_e_mean": 1e999}}', "gate.fidelity.max_delta_e_mean"),
    ],
)
def test_what_is_no_gate_is_refused_with_its_field(given: str, field: str) -> None:
    with pytest.raises(RecipeInvalid) as refused:
        gate_of(given)
    assert refused.value.message.startswith(f"{field}: ")


def test_a_profiles_gate_counts_where_the_job_has_none_and_survives_its_storage() -> None:
    request = ProfileRequest.parse({"name": "n", "gate": {"review": {"min_confidence": None}}})
    stored = Profile.parse(
        {
            **request.dump(),
            "id": "n",
            "tenant_id": "demo",
            **dict.fromkeys(("created_at", "updated_at"), "2026-06-01T12:00:00Z"),
        }
    )
    doubtful = {**CLEAN, "confidence": 0.7}
    assert resolve(JobOptions(), stored).gate.judge(doubtful).verdict == "accept"
    own = JobOptions.parse({"gate": {}})
    assert resolve(own, stored).gate == Gate()
    assert (
        ProfileRequest.parse({"name": "n", "gate": stored.gate and stored.gate.dump()}) == request
    )


def test_a_gate_at_its_defaults_does_not_change_a_recipes_digest() -> None:
    recipes = [resolve(JobOptions.parse({"gate": gate})) for gate in ({}, "off", "all")]
    assert recipes[0].digest == default_recipe().digest
    assert len({recipe.digest for recipe in recipes}) == 3


def test_options_of_one_photo_change_what_they_name_and_nothing_else() -> None:
    recipe = default_recipe()
    assert RetryOptions().applied_to(recipe) == recipe
    options = RetryOptions.parse(
        {"padding": {"top": 0.1}, "stance": "flat", "shadow": False, "segment": {"refine": False}}
    )
    changed = options.applied_to(recipe)
    assert (changed.placement.padding.top, changed.placement.stance) == (0.1, "flat")
    assert (changed.refine, {scene.shadow for scene in changed.scenes}) == (False, {False})
    assert (changed.exports, changed.gate, changed.upscale) == (
        *(recipe.exports, recipe.gate, recipe.upscale),
    )


def test_pure_white_without_a_shadow_shows_no_light() -> None:
    recipe = resolve(JobOptions.parse({"scenes": ["white", "studio"]}))
    lit = RetryOptions.parse({"lighting": "golden"}).applied_to(recipe)
    assert [scene.lighting for scene in lit.scenes] == [None, "golden"]


@pytest.mark.parametrize(
    "given", [{"scenes": ["white"]}, {"exports": ["square"]}, {"profile": "x"}]
)
def test_a_photo_has_its_jobs_scenes_and_exports(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RetryOptions.parse(given)
