"""What commands are registered with, and the types of their arguments."""

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

# argparse keeps this class to itself, and it takes a parameter only for the type checker.
if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    Commands = argparse._SubParsersAction

Parser = argparse.ArgumentParser


def at_least(least: int) -> Callable[[str], int]:
    """The type of a whole number that is not below `least`."""

    def whole_number(text: str) -> int:
        number = int(text)
        if number < least:
            raise argparse.ArgumentTypeError(f"{number} is less than {least}")
        return number

    return whole_number
