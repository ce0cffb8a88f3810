"""The reader of Bicep: what it makes of text, also where the grammar it stands on is mistaken."""

import pytest

from tests.infra.bicep.evaluation import Deployment, deploy
from tests.infra.bicep.nodes import string_parts
from tests.infra.bicep.parsing import parse, syntax_errors
from tests.infra.bicep.reading import read
from tests.infra.bicep.scope import CannotEvaluate
from tests.infra.bicep.uses import outputs_used, uses_in

GIVEN = """
param yes bool = true
param no bool = false
param things array = [{ name: 'b', size: 2 }, { name: 'a', size: 1 }]
param word string = 'Wort'
"""


@pytest.fixture
def value_of(tmp_path):
    def evaluated(expression: str):
        (tmp_path / "file.bicep").write_text(f"{GIVEN}\nvar it = {expression}\n", "utf-8")
        return Deployment(tmp_path / "file.bicep", {}, {"SET": "x"}).value_of("it")

    return evaluated


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("'it\\'s ${word}, \\${word} and ${yes}'", "it's Wort, ${word} and true"),
        ("'''\nas ${it} is\n'''", "as ${it} is\n"),
        ("no ? word : things[0].name", "b"),
        ("yes ? word : things[0].name", "Wort"),
        ("no && things[0].missing.name", False),
        ("no || yes && !no", True),
        ("things[0].?missing ?? 'none'", "none"),
        ("empty([]) && length(things) >= 2", True),
        ("[toLower(word)]", ["wort"]),
        ("[\n  first(things).name\n  'x'\n]", ["b", "x"]),
        ("[for (thing, i) in things: '${i}${thing.name}']", ["0b", "1a"]),
        ("[for thing in things: if (thing.size > 1) {\n  n: thing.name\n}]", [{"n": "b"}]),
        ("map(things, thing => thing.name)", ["b", "a"]),
        ("map(filter(things, t => t.size < 2), t => toUpper(t.name))", ["A"]),
        ("toObject(things, t => t.name, t => { is: t.size })", {"b": {"is": 2}, "a": {"is": 1}}),
        ("reduce(things, 0, (sum, thing) => sum + thing.size)", 3),
        ("union({ a: { b: 1 } }, { a: { c: 2 } })", {"a": {"b": 1, "c": 2}}),
        ("items({ b: 1, a: 2 })", [{"key": "a", "value": 2}, {"key": "b", "value": 1}]),
        ("-things[0].size + 3", 1),
        ("json('{\"a\": [1]}').a[0]", 1),
    ],
)
def test_expressions_have_their_values(value_of, expression, value):
    assert value_of(expression) == value


def test_what_only_azure_knows_says_whose_it_is(value_of):
    assert value_of("subscription().tenantId") == "subscription().tenantId"


def test_what_is_not_understood_is_told_with_its_place(value_of):
    with pytest.raises(CannotEvaluate, match=r"file\.bicep:7: .*nothing"):
        value_of("nothing")


def test_a_parameter_is_required_unless_it_has_a_default_or_may_be_null(tmp_path):
    (tmp_path / "a.bicep").write_text("param a string\nparam b string = ''\nparam c string?\n")
    params = read(tmp_path / "a.bicep").params
    assert [param.required for param in params] == [True, False, False]


def test_names_that_loops_and_lambdas_bind_are_not_uses():
    text = "var a = [for (x, i) in xs: map(ys, y => y.n + x.n + i + z)]\n"
    uses = list(uses_in(parse(text).root_node.named_children[0].named_children[1]))
    assert {use.name for use in uses if not use.is_function} == {"xs", "ys", "z"}
    assert {use.name for use in uses if use.is_function} == {"map"}


@pytest.mark.parametrize(
    "text",
    ["m.outputs.o", "a ? 'x' : m.outputs.o", "m!.outputs.o", "m[0].outputs.o", "!m.outputs.o"],
)
def test_an_output_that_is_taken_is_seen_however_it_is_written(text):
    (found,) = outputs_used(parse(f"var x = {text}\n").root_node)
    assert (found.symbol, found.name) == ("m", "o")


def test_assignments_of_a_parameter_file_are_read_as_such(tmp_path):
    (tmp_path / "main.bicep").write_text(
        "param a string\nparam b int\noutput o string = '${a}${b}'\n"
    )
    (tmp_path / "main.bicepparam").write_text(
        "using 'main.bicep'\nvar n = 2\n"
        "param a = readEnvironmentVariable('SET', 'no')\nparam b = n\n"
    )
    assert syntax_errors(read(tmp_path / "main.bicepparam").tree) == []
    assert deploy(tmp_path / "main.bicepparam", {"SET": "x"}).output("o") == "x2"
    assert deploy(tmp_path / "main.bicepparam", {}).output("o") == "no2"


def test_modules_loops_and_conditions_are_unrolled(tmp_path):
    (tmp_path / "child.bicep").write_text(
        "param name string\n"
        "resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {\n  name: name\n"
        "  resource blobs 'blobServices' = {\n    name: 'default'\n  }\n}\n"
        "output id string = account.id\n"
    )
    (tmp_path / "main.bicep").write_text(
        "module each 'child.bicep' = [\n  for n in ['a', 'b']: {\n    name: 'm-${n}'\n"
        "    params: {\n      name: n\n    }\n  }\n]\n"
        "module never 'child.bicep' = if (false) {\n  name: 'n'\n"
        "  params: {\n    name: 'c'\n  }\n}\n"
        "output last string = each[1].outputs.id\n"
    )
    deployment = Deployment(tmp_path / "main.bicep", {}, {})
    assert [made.name for made in deployment.made()] == ["a", "a/default", "b", "b/default"]
    assert deployment.output("last").endswith("/providers/Microsoft.Storage/storageAccounts/b")


def test_the_pieces_of_a_text_keep_their_order():
    node = parse("var a = 'x${b}y${c}'\n").root_node.named_children[0].named_children[1]
    pieces = [piece if isinstance(piece, str) else "?" for piece in string_parts(node)]
    assert pieces == ["x", "?", "y", "?"]
