"""V6: cryptography. V7: errors and logs. V8: data. V9: connections."""

from tests.security.checklist.item import Item

_SECRETS = "tests/security/test_secrets.py::"
_CODE = "tests/security/test_code.py::test_our_code_keeps_the_rule"
_SIGNING = "tests/auth/test_signing.py::"
_SMTP = "tests/mail/test_smtp.py::"
_PROXY = "TLS ends at the proxy in front, whose settings are the operator's"

ITEMS = (
    Item(
        "6.1.1-3",
        "personal, health and financial data is encrypted at rest",
        gap="the store is a plain database, its files their owner's alone: encrypt the disk",
    ),
    Item(
        "6.2.1",
        "cryptography fails closed, with one answer for every fault",
        "",
        (_SIGNING + "test_rubbish_says_nothing", "tests/auth/test_tokens.py::test_anything_else_is_a_fault"),
    ),
    Item("6.2.2", "no cryptography of our own", "argon2-cffi, PyJWT, itsdangerous, `hmac`", (_CODE,)),
    Item(
        "6.2.3",
        "good modes and vectors",
        not_here="we encrypt nothing but a key, by its library's best choice",
    ),
    Item(
        "6.2.4",
        "algorithms can be exchanged",
        "a hash names its parameters; a token its key",
        (
            "tests/auth/test_passwords.py::test_hashing_costs_what_it_should",
            "tests/api/test_sign_in.py::test_a_changed_secret_ends_the_tokens_of_the_old_one",
        ),
    ),
    Item("6.2.5", "no MD5, no SHA-1, no ECB", "SHA-1 is in itsdangerous' HMAC, where it holds", (_CODE,)),
    Item(
        "6.2.6",
        "nonces are used once",
        "",
        ("tests/security/test_sessions.py::test_its_nonce_holds_128_random_bits",),
    ),
    Item(
        "6.2.8",
        "secrets are compared in constant time (level 3)",
        "or looked up by their hash",
        (_CODE, "tests/security/test_code.py::test_what_is_excused_is_there"),
    ),
    Item(
        "6.3.1",
        "what must not be guessed is random by the system",
        "",
        (_CODE, "tests/auth/test_keys.py::test_keys_are_recognisable_long_and_never_the_same"),
    ),
    Item(
        "6.3.2", "GUIDs are of version 4", "no id is a secret: events have UUIDv7, in their order", (_CODE,)
    ),
    Item(
        "6.4.1",
        "secrets are kept in a vault",
        "in a file that only its owner reads, or handed over by TAGWELL_SECRET_KEY",
        ("tests/auth/test_keys.py::test_secret_is_made_once_and_readable_by_its_owner_only",),
    ),
    Item(
        "6.4.2", "the application does not see its keys", gap="it signs by itself; there is no vault for it"
    ),
    Item(
        "7.1.1",
        "no credentials in logs",
        "at no level",
        (
            _SECRETS + "test_nothing_that_is_logged_holds_a_secret",
            "tests/receive/test_tokens.py::test_token_is_kept_and_said_nowhere",
        ),
    ),
    Item(
        "7.1.2",
        "no other private data in logs",
        "nothing that the policy forbids",
        (
            "e2e/privacy/test_planted.py::test_what_the_policy_forbids_is_nowhere",
            "e2e/privacy/test_planted.py::test_the_search_finds_what_a_policy_keeps",
        ),
    ),
    Item(
        "7.1.3",
        "what matters for security is logged",
        "sign-ins and changes in the audit, refused sign-ins in the log, refused events as outcomes",
        (
            "tests/admin/test_sign_in.py::test_sign_ins_are_audited_and_what_fails_is_logged_without_what_was_typed",
            "tests/admin/test_audit.py::test_what_is_done_on_the_pages_is_written_under_the_persons_name",
            "tests/receive/test_outcomes.py::test_received_is_stored_and_duplicate_and_rejected",
        ),
    ),
    Item(
        "7.1.4",
        "who, what, when",
        "",
        ("tests/admin/test_audit.py::test_what_is_done_on_the_pages_is_written_under_the_persons_name",),
    ),
    Item(
        "7.2.1",
        "every sign-in is logged, and every refused one",
        "",
        (
            "tests/admin/test_sign_in.py::test_sign_ins_are_audited_and_what_fails_is_logged_without_what_was_typed",
        ),
    ),
    Item(
        "7.2.2",
        "refused access is logged",
        "of what carries events, counted with its reason; a stranger at an admin page is only led away",
        ("tests/api/test_refusals.py::test_who_may_not_is_counted_and_who_is_unknown_is_not",),
    ),
    Item(
        "7.3.1",
        "no line of the log is made by a visitor",
        "",
        (_SECRETS + "test_no_line_of_the_log_is_made_by_a_visitor", _CODE),
    ),
    Item(
        "7.3.3",
        "logs are protected",
        "the audit lies in the store, for who is signed in; the log is the operator's",
        (
            "tests/admin/test_audit.py::test_a_stranger_sees_nothing",
            _SECRETS + "test_the_store_holds_hashes_and_the_files_are_their_owners",
        ),
    ),
    Item(
        "7.3.4",
        "one clock, UTC",
        "everything inside is UTC",
        ("tests/admin/test_live.py::test_times_are_told_in_the_workspace_s_zone",),
    ),
    Item(
        "7.4.1",
        "an error tells nothing of the inside",
        "",
        (
            "tests/security/test_headers.py::test_so_does_a_fault_of_ours_and_it_tells_nothing",
            "tests/admin/test_sign_in.py::test_anything_else_is_refused_in_the_same_words",
            "tests/api/test_users.py::test_wrong_names_and_passwords_read_the_same",
            "tests/api/test_accounts.py::test_an_unknown_login_costs_two_hashes_as_a_known_one_does",
            "tests/api/test_accounts.py::test_a_stranger_who_registers_a_known_address_learns_and_changes_nothing",
        ),
    ),
    Item(
        "7.4.2",
        "faults are handled",
        "",
        (
            "tests/pipeline/test_pipeline.py::test_any_json_has_exactly_one_result_an_event",
            "tests/api/test_clients.py::test_a_busy_store_is_503",
        ),
    ),
    Item(
        "7.4.3",
        "a last resort",
        "",
        ("tests/security/test_headers.py::test_so_does_a_fault_of_ours_and_it_tells_nothing",),
    ),
    Item(
        "8.1.1",
        "no cache on the way keeps private data",
        "",
        (
            "tests/security/test_headers.py::test_every_route_says_it_to_strangers_and_to_who_is_signed_in",
            "tests/security/test_requests.py::test_what_a_cache_may_keep_is_the_same_whoever_asked",
        ),
    ),
    Item(
        "8.1.2",
        "copies on the server are protected",
        "",
        (_SECRETS + "test_the_store_holds_hashes_and_the_files_are_their_owners",),
    ),
    Item("8.1.3", "few parameters", not_here="a form carries its fields and its token"),
    Item(
        "8.1.4",
        "odd numbers of requests are noticed",
        "outcomes by source, minute and reason, for the operator's alerts",
        (
            "tests/app/test_app.py::test_metrics_are_the_sums_of_the_store",
            "tests/app/test_app.py::test_metrics_are_for_who_has_a_key",
        ),
    ),
    Item(
        "8.2.1",
        "the browser keeps no private page",
        "",
        ("tests/security/test_headers.py::test_every_route_says_it_to_strangers_and_to_who_is_signed_in",),
    ),
    Item(
        "8.2.2",
        "nothing private in the browser's storage",
        "admins: a cookie; visitors: a uuid, where the policy lets it, and events not yet sent",
        (
            "tests/security/test_code.py::test_the_admin_pages_keep_nothing_in_the_browser",
            "e2e/tag/test_identity.py::test_without_consent_nothing_is_kept_of_who_it_was",
        ),
    ),
    Item(
        "8.2.3",
        "signing out leaves nothing",
        "",
        ("tests/admin/test_sign_in.py::test_signing_out_ends_the_sign_in_wherever_its_cookie_is",),
    ),
    Item(
        "8.3.1",
        "nothing private in an address",
        "an identifier that is looked for goes by POST; the API's paths by e-mail are the vendor's",
        ("tests/admin/test_visitors.py::test_whoever_is_found_alone_is_shown",),
    ),
    Item(
        "8.3.2",
        "people get their data, and have it erased",
        "",
        (
            "tests/profiles/test_export.py::test_the_json_holds_everything_in_the_documented_shape",
            "tests/store/test_erase.py::test_no_byte_remains_in_the_files",
            "e2e/admin/test_visitors.py::test_a_visitor_asks_and_is_erased_and_does_not_come_back",
        ),
    ),
    Item(
        "8.3.3",
        "nothing is collected without consent where it is asked",
        "",
        (
            "e2e/tag/test_consent.py::test_before_a_decision_nothing_is_sent_read_or_kept",
            "tests/privacy/test_consent.py::test_what_a_state_lets_be_stored",
        ),
    ),
    Item(
        "8.3.4",
        "private data has a policy",
        "",
        ("tests/receive/test_privacy_matrix.py::test_every_cell_is_stored_as_the_policy_says",),
    ),
    Item(
        "8.3.5",
        "looking at private data is audited",
        "exports and erasures are",
        ("tests/store/test_erase.py::test_the_audit_tells_who_and_how_much_and_nothing_of_the_person",),
    ),
    Item("8.3.6", "memory is overwritten", gap="Python does not let us"),
    Item("8.3.7", "what is encrypted is so by approved algorithms", not_here="see 6.1.1"),
    Item(
        "8.3.8",
        "old data goes by itself",
        "",
        ("tests/jobs/test_retention.py::test_old_events_go_by_their_rule_and_the_audit_says_how_many",),
    ),
    Item(
        "9.1.1",
        "TLS for everybody",
        _PROXY + "; we ask browsers for https",
        ("tests/security/test_headers.py::test_https_is_demanded_of_a_host_of_ours_alone",),
    ),
    Item("9.1.2-3", "strong ciphers and versions", not_here=_PROXY),
    Item(
        "9.2.1",
        "certificates of others are checked",
        "of the mail server, unless the operator says tls=optional",
        (_SMTP + "test_a_certificate_of_nobody_is_refused_where_encryption_is_demanded",),
    ),
    Item(
        "9.2.2",
        "TLS to others",
        "",
        (_SMTP + "test_a_server_without_starttls_gets_nothing_where_it_is_demanded",),
    ),
    Item(
        "9.2.3",
        "connections to others are authenticated",
        "",
        (_SMTP + "test_a_demanding_sender_signs_in_by_starttls",),
    ),
    Item("9.2.4", "revoked certificates", not_here="left to the system's TLS"),
)
