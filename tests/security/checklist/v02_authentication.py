"""V2: who somebody is. Admins sign in to the pages; visitors may have an account by the API."""

from tests.security.checklist.item import Item

_SIGN_IN = "tests/admin/test_sign_in.py::"
_PASSWORDS = "tests/auth/test_passwords.py::"
_LIMITS = "tests/api/test_account_limits.py::"
_ACCOUNTS = "tests/api/test_accounts.py::"
_MFA = "one factor: a password. A second one is for a proxy in front, until we have it"

ITEMS = (
    Item(
        "2.1.1",
        "passwords of 12 characters or more",
        "of admins; a visitor's account takes 6, as the vendor's contract says",
        (_PASSWORDS + "test_a_poor_choice_is_told", "tests/cli/test_upkeep.py::test_mistake_with_users"),
    ),
    Item(
        "2.1.2",
        "64 characters are taken, more than 128 are not",
        "",
        (_PASSWORDS + "test_no_kind_of_character_is_asked_for", _PASSWORDS + "test_a_poor_choice_is_told"),
    ),
    Item(
        "2.1.3",
        "nothing of a password is cut off",
        "a longer one than we look at is refused whole",
        (_PASSWORDS + "test_a_password_counts_to_its_last_character_and_no_longer_one_does",),
    ),
    Item("2.1.4", "any character counts", "", (_PASSWORDS + "test_no_kind_of_character_is_asked_for",)),
    Item(
        "2.1.5",
        "a password can be changed",
        "",
        (_SIGN_IN + "test_the_new_one_counts_and_other_sign_ins_end",),
    ),
    Item(
        "2.1.6",
        "changing it asks for the present one",
        "",
        (_SIGN_IN + "test_a_mistake_changes_nothing_and_is_said",),
    ),
    Item(
        "2.1.7",
        "breached passwords are refused",
        "those of the 20,000 most common that are long enough, kept with us: no password leaves the server",
        (_PASSWORDS + "test_a_poor_choice_is_told", _SIGN_IN + "test_a_mistake_changes_nothing_and_is_said"),
    ),
    Item("2.1.8", "a meter of a password's strength", gap="the page gives advice and no meter"),
    Item(
        "2.1.9",
        "no rules on kinds of characters",
        "of admins; a visitor's account has the vendor's rules",
        (_PASSWORDS + "test_no_kind_of_character_is_asked_for",),
    ),
    Item(
        "2.1.10", "no password is to be changed by the calendar", not_here="none is, and none is remembered"
    ),
    Item(
        "2.1.11",
        "password managers and pasting work",
        "",
        ("tests/security/test_pages.py::test_password_fields_are_left_to_password_managers",),
    ),
    Item("2.1.12", "a password can be shown while it is typed", gap="only where the browser offers it"),
    Item(
        "2.2.1",
        "guessing is slowed down: at most 100 tries an hour at one account",
        "10 in a quarter of an hour from an address, 100 at a name from all addresses together",
        (
            _SIGN_IN + "test_the_eleventh_is_not_even_looked_at",
            _SIGN_IN + "test_a_name_is_protected_from_many_addresses",
            _SIGN_IN + "test_one_address_cannot_try_many_names",
            _LIMITS + "test_a_guesser_ends_after_ten_attempts_of_a_login",
            "tests/api/test_users.py::test_a_guesser_is_stopped_and_others_are_not",
            "e2e/admin/test_doors.py::test_guessing_ends_after_ten_attempts",
        ),
        gap="400 an hour from many addresses: with fewer, strangers could lock a person out",
    ),
    Item(
        "2.2.2",
        "mail and SMS replace no password",
        "the link of an activation asks for the password",
        (
            _ACCOUNTS + "test_a_visitor_registers_activates_by_mail_and_signs_in_elsewhere",
            _ACCOUNTS + "test_the_password_of_a_link_cannot_be_guessed",
        ),
    ),
    Item(
        "2.2.3",
        "people are told of changes to their credentials",
        gap="admins have no address to write to; the audit shows every change of a password",
    ),
    Item(
        "2.3.1",
        "first passwords are random and do not stay",
        "96 random bits, shown once",
        ("tests/security/test_secrets.py::test_the_store_holds_hashes_and_the_files_are_their_owners",),
        gap="nobody has to change the first password",
    ),
    Item("2.3.2", "FIDO tokens", gap=_MFA),
    Item("2.3.3", "renewal is announced", not_here="nothing that people sign in with expires"),
    Item(
        "2.4.1",
        "passwords are kept hashed, slowly and with salt",
        "argon2id",
        (
            _PASSWORDS + "test_hash_is_argon2id_and_holds_nothing_of_the_password",
            _PASSWORDS + "test_hashing_costs_what_it_should",
            "tests/security/test_secrets.py::test_keys_and_passwords_are_kept_as_hashes",
        ),
    ),
    Item(
        "2.4.2",
        "32 bits of salt, new each time",
        "",
        (_PASSWORDS + "test_two_hashes_of_one_password_differ",),
    ),
    Item("2.4.3-4", "PBKDF2 and bcrypt cost enough", not_here="neither is used: argon2id alone"),
    Item(
        "2.4.5",
        "a further round with a secret salt kept elsewhere",
        gap="no pepper: the server's secret lies beside the store, where a thief of the one has the other",
    ),
    Item(
        "2.5.1", "no first or recovery secret is sent in clear", not_here="none is sent: the operator sets it"
    ),
    Item("2.5.2", "no hints and no secret questions", not_here="there are none"),
    Item(
        "2.5.3",
        "recovery shows no password",
        "`tagwell user password` makes a new one",
        (
            "tests/cli/test_upkeep.py::test_users_are_listed_without_their_hashes",
            "tests/admin/test_workspace.py::test_people_are_listed_without_their_hashes",
        ),
    ),
    Item(
        "2.5.4",
        "no default accounts",
        "the first user is called admin and has a random password of its own",
        ("tests/security/test_secrets.py::test_the_store_holds_hashes_and_the_files_are_their_owners",),
    ),
    Item("2.5.5", "people are told of a changed factor", gap="as 2.2.3"),
    Item("2.5.6", "recovery is safe", not_here="a person who lost the password asks whoever runs the server"),
    Item("2.5.7", "lost second factors", not_here=_MFA),
    Item("2.6.1-3", "look-up secrets", not_here="there are none"),
    Item("2.7.1-6", "codes by another channel", not_here="nobody signs in by one; links in mails are V3.5.3"),
    Item("2.8.1-7", "one-time passwords", not_here=_MFA),
    Item("2.9.1-3", "cryptographic devices", not_here=_MFA),
    Item(
        "2.10.1",
        "services use no unchanging credentials",
        "an api key signs in for tokens of an hour, and can be revoked and scoped",
        (
            "tests/api/test_sign_in.py::test_a_key_gets_a_token_of_an_hour",
            "tests/api/test_sign_in.py::test_a_revoked_key_ends_with_its_tokens_within_a_second",
            "tests/api/test_permissions.py::test_a_key_needs_the_permission_and_no_other",
        ),
    ),
    Item("2.10.2", "no default passwords between services", not_here="there are none: each is random or set"),
    Item(
        "2.10.3",
        "credentials of services are kept from theft",
        "only the hash of a key is kept",
        (
            "tests/security/test_secrets.py::test_keys_and_passwords_are_kept_as_hashes",
            "tests/cli/test_source.py::test_key_is_shown_once_and_kept_as_a_hash_only",
        ),
    ),
    Item(
        "2.10.4",
        "no secret in the source",
        "the server's secret is made at the first start",
        (
            "tests/auth/test_keys.py::test_secret_is_made_once_and_readable_by_its_owner_only",
            "tests/auth/test_keys.py::test_two_stores_have_two_secrets",
        ),
    ),
)
