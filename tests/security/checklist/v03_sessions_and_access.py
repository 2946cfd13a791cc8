"""V3: sessions, by cookie on the pages and by token at the API. V4: who may do what."""

from tests.security.checklist.item import Item

_SESSIONS = "tests/security/test_sessions.py::"
_SIGN_IN = "tests/admin/test_sign_in.py::"
_DOORS = "tests/security/test_doors.py::"
_SIGNING = "tests/auth/test_signing.py::"
_TOKENS = "tests/auth/test_tokens.py::"

ITEMS = (
    Item(
        "3.1.1",
        "no session in an address",
        "",
        (_SESSIONS + "test_a_sign_in_is_not_in_an_address_or_in_a_page",),
    ),
    Item(
        "3.2.1",
        "a new session with every sign-in",
        "a planted cookie is worth nothing",
        (
            _SESSIONS + "test_a_session_is_new_with_every_sign_in_whatever_the_browser_had_before",
            _SIGN_IN + "test_every_sign_in_has_a_cookie_of_its_own",
        ),
    ),
    Item(
        "3.2.2",
        "64 bits of chance",
        "128, and a signature",
        (_SESSIONS + "test_its_nonce_holds_128_random_bits",),
    ),
    Item(
        "3.2.3",
        "sessions are kept safely in the browser",
        "in a cookie out of reach of scripts",
        (_SIGN_IN + "test_the_cookie_is_out_of_reach_of_scripts_and_other_sites",),
    ),
    Item(
        "3.2.4",
        "sessions are made by approved algorithms",
        "`secrets`, and an HMAC of the server's secret",
        (
            _SIGN_IN + "test_a_forged_or_changed_cookie_is_worth_nothing",
            "tests/security/test_code.py::test_our_code_keeps_the_rule",
        ),
    ),
    Item(
        "3.3.1",
        "signing out ends the session on the server",
        "",
        (
            _SIGN_IN + "test_signing_out_ends_the_sign_in_wherever_its_cookie_is",
            _SESSIONS + "test_signed_out_is_signed_out_on_the_server_and_on_every_worker",
            "tests/api/test_visitor_tokens.py::test_one_token_ends",
        ),
    ),
    Item(
        "3.3.2",
        "12 hours at most, half an hour without use",
        "",
        (
            _SIGN_IN + "test_a_sign_in_ends_after_twelve_hours_however_busy",
            _SIGN_IN + "test_a_sign_in_ends_after_half_an_hour_without_a_page",
            _SIGN_IN + "test_a_page_that_is_left_open_keeps_nobody_signed_in",
        ),
    ),
    Item(
        "3.3.3",
        "a changed password ends the other sessions",
        "tokens of the API too",
        (
            _SESSIONS + "test_changing_the_password_ends_all_other_sign_ins",
            "tests/api/test_users.py::test_a_changed_password_ends_the_tokens",
        ),
    ),
    Item(
        "3.3.4",
        "people see their sessions and end them",
        gap="sign-ins are in the audit; all of one's own end by changing the password, not one by one",
    ),
    Item(
        "3.4.1-3",
        "Secure, HttpOnly, SameSite",
        "",
        (_SESSIONS + "test_by_https_the_cookie_is_of_this_host_alone",),
    ),
    Item(
        "3.4.4",
        "the prefix __Host-",
        "by https; without https a browser takes no such cookie",
        (
            _SESSIONS + "test_by_https_the_cookie_is_of_this_host_alone",
            _SESSIONS + "test_without_the_prefix_or_planted_by_another_host_it_is_not_looked_at",
        ),
    ),
    Item("3.4.5", "the most precise path", not_here="__Host- asks for the path /, and keeps other hosts out"),
    Item(
        "3.5.1",
        "trust of other applications can be taken back",
        "an api key and its tokens",
        (
            "tests/api/test_sign_in.py::test_a_revoked_key_ends_with_its_tokens_within_a_second",
            "tests/receive/test_tokens.py::test_keys_are_soon_in_force_and_soon_revoked_on_a_running_server",
        ),
    ),
    Item(
        "3.5.2",
        "tokens and not fixed keys",
        "a key may be used as it is, too, as the vendors' back ends do",
        ("tests/api/test_sign_in.py::test_a_key_gets_a_token_of_an_hour",),
    ),
    Item(
        "3.5.3",
        "tokens stand up to forging: alg none, a public key as a secret, a kid of another, replay",
        "ours are RS256 whatever they say; a site's own are of the kind of the key that was given",
        (
            _SIGNING + "test_every_changed_bit_of_what_it_says_is_found",
            _SIGNING + "test_what_another_made_says_nothing",
            _SIGNING + "test_rubbish_says_nothing",
            _SIGNING + "test_what_we_signed_for_another_purpose_says_nothing",
            _SIGNING + "test_no_token_lives_longer_than_we_let_one",
            _TOKENS + "test_a_token_that_no_key_has_signed_is_refused_in_words",
            _TOKENS + "test_a_token_that_was_tampered_with_is_never_accepted",
            _TOKENS + "test_any_of_the_keys_will_do_and_kid_picks_one",
            "tests/api/test_mail_pages.py::test_the_link_of_the_mail_confirms_once",
            "tests/receive/test_link.py::test_the_other_domain_gets_the_uuid_and_the_token_is_spent",
        ),
    ),
    Item(
        "3.7.1",
        "what cannot be undone asks once more",
        "the password for a new password or the end of an account; the client's id for an erasure",
        (
            _SIGN_IN + "test_a_mistake_changes_nothing_and_is_said",
            "tests/admin/test_visitors.py::test_an_erasure_wants_the_client_id_typed",
            "tests/api/test_accounts_own.py::test_deleting_an_account_asks_for_its_password",
        ),
    ),
    Item(
        "4.1.1",
        "access is decided by the server",
        "every admin route, every operation of the API",
        (
            _DOORS + "test_every_admin_route_is_closed_to_strangers",
            "tests/api/test_permissions.py::test_an_operation_lets_in_whom_it_names",
        ),
    ),
    Item(
        "4.1.2",
        "nobody changes what access is decided by",
        "trust is of the request, never of what an event says",
        (
            "tests/normalise/test_normalise.py::test_only_the_beacon_says_whether_the_event_is_trusted",
            "tests/privacy/test_apply.py::test_trust_was_decided_at_admission",
            "tests/auth/test_signing.py::test_every_changed_bit_of_what_it_says_is_found",
        ),
    ),
    Item(
        "4.1.3",
        "least privilege",
        "a key does what its permissions say, in its source; all admins may do everything",
        (
            "tests/api/test_permissions.py::test_a_key_needs_the_permission_and_no_other",
            "tests/api/test_event_reading.py::test_a_key_of_one_source_reads_that_source_alone",
            "tests/receive/test_access.py::test_key_of_another_source_is_refused",
        ),
    ),
    Item(
        "4.1.5",
        "a fault opens nothing",
        "",
        (
            "tests/security/test_headers.py::test_so_does_a_fault_of_ours_and_it_tells_nothing",
            "tests/receive/test_unreadable_rules.py::test_nothing_is_kept_until_a_policy_is_saved_anew",
            "tests/auth/test_passwords.py::test_hash_that_cannot_be_read_opens_for_nobody",
        ),
    ),
    Item(
        "4.2.1",
        "no reading or writing of another's records by their number",
        "",
        (
            "tests/api/test_events_own.py::test_a_profile_sends_nobody_elses",
            "tests/api/test_accounts_own.py::test_only_a_profile_asks_for_its_own_data",
            "tests/admin/test_live.py::test_an_event_of_another_source_is_not_there",
            "tests/store/test_identity.py::test_changes_nothing_that_trusted_input_wrote",
            "tests/admin/test_sign_in.py::test_a_stranger_learns_nothing_of_a_source",
        ),
    ),
    Item(
        "4.2.2",
        "forms of other sites are refused",
        "every form of the admin pages: a token of the sign-in, and the origin",
        (
            _DOORS + "test_every_form_of_the_admin_pages_refuses_what_another_site_sends",
            _DOORS + "test_nothing_is_changed_by_a_link",
            _SIGN_IN + "test_a_form_from_elsewhere_is_refused_even_with_the_token",
            _SIGN_IN + "test_the_sign_in_form_itself_needs_its_token",
            _DOORS
            + "test_the_pages_of_mails_ask_for_the_link_and_for_nothing_that_a_browser_sends_by_itself",
            "e2e/admin/test_doors.py::test_a_form_of_another_origin_is_refused",
        ),
    ),
    Item(
        "4.3.1", "admin pages want a second factor", gap="one factor; put a proxy that asks for more in front"
    ),
    Item(
        "4.3.2",
        "folders are not listed, and give away no hidden files",
        "",
        (
            "tests/security/test_requests.py::test_a_server_gives_no_file_that_is_not_for_visitors",
            "tests/security/test_requests.py::test_static_holds_what_pages_load_and_nothing_else",
            "tests/security/test_headers.py::test_so_does_what_is_not_there",
        ),
    ),
    Item("4.3.3", "segregation of duties", gap="all admins may do everything; the audit tells who did"),
)
