"""What an identifier of a person may look like, for all who read one."""

UNFIT = "\x00-\x1f\x7f-\x9f\xad\u2028\u2029\ufe00-\ufe0f\U00010000-\U0010ffff"
"""Inside of a character class: what a customId, uuid or email may not hold.

Source: contracts/synerise-profiles-api.md section 2. Of control characters that names CR, LF and NUL;
none of the others can be seen or typed either.
"""

_WORD = rf'[^<>()\[\]\\.,;:\s@"{UNFIT}]+'
_LOCAL = rf'({_WORD}(\.{_WORD})*)|("[^{UNFIT}]+")'
_HOST = r"(\[[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\])|(([a-zA-Z\-0-9]+\.)+[a-zA-Z]{2,})"

EMAIL = f"^({_LOCAL})@({_HOST})$"
"""Rule E of contracts/synerise-profiles-api.md section 2, without what no identifier may hold."""

MAX_EMAIL, MAX_CUSTOM_ID, MAX_UUID = 254, 255, 128
"""In characters: RFC 5321, our choice, DESIGN.md (Event ids)."""

NOBODY = frozenset({"", "null", "undefined", "none", "nan", "[object object]", "anonymous", "guest"})
"""What broken code sends for a person it does not know, in small letters: as an identifier it would make
everybody one."""

PLACEHOLDER = "@anonymous.invalid"
"""The end of what stands for the email of an anonymous profile: UUID@anonymous.invalid. It is nobody's
address (contracts/synerise-profiles-api.md section 4)."""
