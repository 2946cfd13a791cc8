"""Tags as the API takes and shows them (contracts/synerise-profiles-api.md section 8 and rows 75 to 81)."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field
from typing_extensions import TypedDict

from collector.model.tag import DEFAULT_COLOR, Tag
from collector.wire.synerise.profile_fields import Name


def _whole(color: str) -> str:
    digits = color[1:].lower()
    return "#" + (digits if len(digits) == 6 else "".join(2 * digit for digit in digits))


Color = Annotated[
    str,
    Field(
        pattern=r"^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$",
        examples=["#1f7a8c"],
        description="As in CSS: # and three or six hexadecimal digits.",
    ),
    AfterValidator(_whole),
]


class NewTag(BaseModel):
    """A tag to be made. `color` null or absent: grey."""

    name: Name
    color: Color | None = None

    @property
    def chosen(self) -> str:
        """The color."""
        return self.color or DEFAULT_COLOR


class TagChange(BaseModel):
    """What can be changed of a tag. A name stays: profiles hold it."""

    color: Color


class TagAnswer(TypedDict):
    """A tag."""

    id: int
    name: str
    color: str


class OwnTagAnswer(TagAnswer):
    """A tag, and the workspace that it is of."""

    businessProfileId: int


class AssignmentAnswer(TypedDict):
    """A profile's tag. `id` is the tag's too: a profile has each tag once."""

    clientId: int
    id: int
    tagId: int


def tag_answer(tag: Tag) -> TagAnswer:
    """A tag as it is shown."""
    return {"id": tag.id, "name": tag.name, "color": tag.color}
