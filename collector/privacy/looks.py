"""How many places of one text may be looked at as if a value that tells a person began there."""

import re
from collections.abc import Iterator

Place = tuple[int, int]
"""Where a value begins and ends."""

FREE = 8
SIGNS_A_LOOK = 8
"""An ordinary text has far fewer beginnings; one that is made of them would hold the loop for seconds."""


class TooManyError(Exception):
    """A text has so many beginnings of such values that it is no text to keep."""


class Looks:
    """What is left of the looks for one text of this length, at all its levels of encoding together."""

    def __init__(self, length: int) -> None:
        self.left = FREE + length // SIGNS_A_LOOK

    def at(self, pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
        """Return where the pattern fits, or raise TooManyError."""
        for match in pattern.finditer(text):
            self.left -= 1
            if self.left < 0:
                raise TooManyError
            yield match
