"""Bicep text to tree-sitter's tree, and what is wrong with the text."""

import re
from functools import cache

import tree_sitter_bicep
from tree_sitter import Language, Node, Parser, Tree

from tests.infra.bicep.nodes import line_of, text_of

# The grammar does not know a parameter file's assignments; a variable's syntax is the same.
_ASSIGNMENT = re.compile(r"^param(?=\s+\w+\s*=)", re.MULTILINE)


def parse(text: str, is_parameters: bool = False) -> Tree:
    """The tree of a Bicep file, or of a parameter file with assignments read as variables."""
    if is_parameters:
        text = _ASSIGNMENT.sub("var  ", text)
    return _parser().parse(text.encode())


def syntax_errors(tree: Tree) -> list[tuple[int, str]]:
    """Line and text of each place that is not Bicep, outermost only."""
    return [(line_of(node), _told(node)) for node in _outermost(tree.root_node)]


def _outermost(node: Node) -> list[Node]:
    if node.type == "ERROR" or node.is_missing:
        return [node]
    return [wrong for child in node.children for wrong in _outermost(child)]


def _told(node: Node) -> str:
    if node.is_missing:
        return f"{node.type} is missing"
    return f"not Bicep: {text_of(node).splitlines()[0] if text_of(node) else ''}"


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_bicep.language()))
