"""Bodies and answers of accounts (contracts/synerise-profiles-api.md, rows 2, 3, 11, 14, 56 and 62)."""

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)
from pydantic.alias_generators import to_camel
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from collector.model.change import ProfileChange
from collector.wire.synerise.common import CustomId, Email, Uuid
from collector.wire.synerise.profiles import ProfileBody

MIN_PASSWORD = 6
"""In characters (contract, section 2)."""

MAX_PASSWORD = 256
"""In characters; longer ones are refused before they are hashed."""

Provider = Literal["SYNERISE", "FACEBOOK", "OAUTH", "APPLE", "GOOGLE", "UNKNOWN"]
Status = Literal[
    "SUCCESS",
    "UNAUTHORIZED",
    "ACTIVATION_REQUIRED",
    "REGISTRATION_REQUIRED",
    "APPROVAL_REQUIRED",
    "TERMS_ACCEPTANCE_REQUIRED",
    "MFA_REQUIRED",
]


def is_strong(password: str) -> bool:
    """Whether a password has a digit, a letter and a special character: any that is neither."""
    return (
        any(one.isdigit() for one in password)
        and any(one.isalpha() for one in password)
        and any(not one.isalnum() for one in password)
    )


def _strong(password: str) -> str:
    if not is_strong(password):
        raise ValueError("must have a digit, a letter and a special character")
    return password


def _nothing(_value: Any) -> None:
    return None


Password = Annotated[str, Field(min_length=1, max_length=MAX_PASSWORD)]
NewPassword = Annotated[
    str,
    Field(
        min_length=MIN_PASSWORD,
        max_length=MAX_PASSWORD,
        description="With a digit, a letter and a special character at least.",
        examples=["tide-pool-42"],
    ),
    AfterValidator(_strong),
]
Ignored = Annotated[None, BeforeValidator(_nothing), WithJsonSchema({"description": "Not used."})]
"""What the vendor's clients send and nothing here depends on."""


class _Body(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)


class Registration(ProfileBody):
    """A profile's data, and the password of its account. Nulls say nothing."""

    password: NewPassword


_SIGN_IN: JsonDict = {
    "apiKey": "d3a0c0de-0000-4000-8000-000000000001",
    "identityProvider": "SYNERISE",
    "email": "ann@shop.example",
    "password": "correct-horse-7",
    "uuid": "07243772-008a-42e1-ba37-c3807cebde8f",
}


class SignIn(_Body):
    """Sign in to an account. `email` or `customId`, whichever the account was registered under."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SIGN_IN]})

    api_key: Annotated[str, Field(min_length=1, max_length=256, description="The id of the source.")]
    identity_provider: Annotated[
        Provider, Field(description="Only SYNERISE: a password. The others answer 406.")
    ]
    custom_id: CustomId | None = None
    email: Email | None = Field(None, validate_default=True)
    password: Annotated[str | None, Field(min_length=1, max_length=MAX_PASSWORD, validate_default=True)] = (
        None
    )
    uuid: Uuid | None = Field(None, validate_default=True)
    identity_provider_token: Ignored = None
    device_id: Ignored = None
    agreements: Ignored = None
    attributes: Ignored = None
    tags: Ignored = None

    @field_validator("email", "password", "uuid")
    @classmethod
    def _with_a_password(cls, value: str | None, info: ValidationInfo) -> str | None:
        """What is needed to sign in by a password. Others are refused whatever they bring."""
        named = info.field_name == "email" and info.data.get("custom_id") is not None
        if value is None and not named and info.data.get("identity_provider") == "SYNERISE":
            raise PydanticCustomError("missing", "must not be null")
        return value


class ConditionalAnswer(BaseModel):
    """Whether it worked. `token` is null unless `status` is SUCCESS."""

    model_config = ConfigDict(alias_generator=to_camel)

    status: Status
    conditions: list[str] = []
    token: str | None = None


class Activation(_Body):
    """The token of the link in the mail: what stands after `t=`."""

    token: Annotated[str, Field(min_length=1, max_length=2000)]


class OwnData(ProfileBody):
    """What a profile says about itself. A null deletes, and no text may be empty.

    `email` and `customId` cannot be changed here, as nothing proves that the new one is theirs.
    """

    uuid: Ignored = None
    tags: Ignored = None

    @field_validator("*", mode="before")
    @classmethod
    def _not_empty(cls, value: Any) -> Any:
        texts = value.values() if isinstance(value, dict) else (value,)
        if any(text == "" for text in texts):
            raise ValueError("must not be empty: send null to delete it")
        return value

    def own_change(self, client_id: int) -> ProfileChange:
        """What it asks for, of the profile that asks."""
        return self.change(clears=True, by_back_end=False, client_id=client_id)


class AccountEnd(_Body):
    """The end of an account."""

    password: Password
    identity_provider: Annotated[
        Literal["SYNERISE", "FACEBOOK", "OAUTH", "APPLE"],
        Field(description="Only SYNERISE: a password. The others answer 406."),
    ]
    uuid: Ignored = None
    external_token: Ignored = None
    custom_id: Ignored = None
    device_id: Ignored = None
