"""One requirement of the checklist, and what shows that it is met."""

import re
from typing import NamedTuple

STANDARD = "OWASP Application Security Verification Standard 4.0.3, level 2, chapters 2 to 14"
"""Chapter 1 asks for documents about the design; here that is DESIGN.md and the docstrings."""


class Item(NamedTuple):
    """One requirement, or several that share their answer.

    ids         as the standard numbers them: "2.1.1", or "2.8.1-7" for a row of them
    asks        the requirement, in our words
    here        what it means for Tagwell
    tests       what proves it: "tests/FILE.py::NAME"
    not_here    why there is nothing to prove
    gap         what is missing, where it is not met, or not wholly
    """

    ids: str
    asks: str
    here: str = ""
    tests: tuple[str, ...] = ()
    not_here: str = ""
    gap: str = ""

    @property
    def numbers(self) -> list[str]:
        """Each id by itself."""
        section, first, last = re.fullmatch(r"(\d+\.\d+)\.(\d+)(?:-(\d+))?", self.ids).groups()  # type: ignore[union-attr]
        return [f"{section}.{number}" for number in range(int(first), int(last or first) + 1)]
