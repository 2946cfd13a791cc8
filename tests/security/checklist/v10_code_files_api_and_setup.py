"""V10: what the code may do. V11: business logic. V12: files. V13: the API. V14: configuration."""

from tests.security.checklist.item import Item

_CODE = "tests/security/test_code.py::test_our_code_keeps_the_rule"
_HEADERS = "tests/security/test_headers.py::"
_WALK = _HEADERS + "test_every_route_says_it_to_strangers_and_to_who_is_signed_in"
_BEACONS = _HEADERS + "test_a_beacon_s_answer_is_read_by_any_page_and_is_nothing_else"
_REQUESTS = "tests/security/test_requests.py::"
_DEPENDENCIES = "tests/security/test_dependencies.py::"
_NO_FILES = "nobody uploads files: bodies of events and forms alone"

ITEMS = (
    Item(
        "10.2.1",
        "nothing calls home",
        "",
        ("tests/security/test_network.py::test_nobody_fetches_what_a_visitor_names", _CODE),
    ),
    Item("10.2.2", "no camera, no microphone, no place", "Permissions-Policy of every page", (_WALK,)),
    Item(
        "10.3.1",
        "updates are signed",
        not_here="nothing updates itself; the geo database by the operator's command",
    ),
    Item(
        "10.3.2",
        "no code of strangers is loaded",
        "a frozen tag carries its hash",
        (
            "tests/security/test_pages.py::test_every_page_shows_what_visitors_sent_as_text",
            "tests/snippet/test_install.py::test_a_frozen_line_names_its_hash_and_its_proof",
            "e2e/install/test_frozen.py::test_other_bytes_than_the_line_says_do_not_run",
        ),
    ),
    Item(
        "10.3.3", "subdomains that are taken over", not_here="we have none; the cookie is of one host (3.4.4)"
    ),
    Item(
        "11.1.1",
        "steps go in their order",
        "a registration waits for its link",
        ("tests/api/test_accounts.py::test_links_activate_their_own_registration_and_nothing_else",),
    ),
    Item("11.1.2", "steps take the time a person takes", not_here="what sends is a program"),
    Item(
        "11.1.3",
        "people have limits",
        "",
        (
            "tests/api/test_account_limits.py::test_registrations_are_limited_by_address",
            "tests/admin/test_sign_in.py::test_a_stolen_cookie_cannot_guess_the_password_for_long",
            "tests/store/test_identity.py::test_grows_it_only_so_far_and_locks_nobody_out",
        ),
    ),
    Item(
        "11.1.4",
        "programs have limits",
        "of a body, its events and its nesting; rates by address and source are the owner's to set",
        (
            "tests/wire/test_native.py::test_a_beacon_of_one_event_more_is_rejected_whole",
            "tests/wire/test_native.py::test_a_beacon_may_not_have_a_thousand_signatures_checked",
        ),
    ),
    Item(
        "11.1.5",
        "known risks of the business have answers",
        "a stranger who types another's address learns and changes nothing",
        (
            "tests/api/test_accounts.py::test_a_stranger_who_registers_a_known_address_learns_and_changes_nothing",
            "tests/store/test_identity.py::test_changes_nothing_that_trusted_input_wrote",
        ),
    ),
    Item(
        "11.1.6",
        "no races",
        "",
        (
            "tests/api/test_profiles.py::test_two_creates_of_one_email_at_once_leave_one_profile",
            "tests/store/test_erase.py::test_what_is_stored_between_the_search_and_the_lock_goes_too",
            "tests/store/test_token_keys.py::test_there_are_five_at_most_however_many_are_added_at_once",
        ),
    ),
    Item(
        "11.1.7",
        "what is unusual is seen",
        "refusals by reason and minute",
        ("tests/admin/test_outcomes.py::test_sums_add_up_on_every_page",),
    ),
    Item(
        "11.1.8",
        "alerts",
        "by /metrics",
        ("tests/app/test_app.py::test_metrics_tell_of_each_rule_and_of_rules_that_cannot_be_read",),
    ),
    Item(
        "12.1.1",
        "no body fills the store",
        "1 MB a body after decompression",
        ("tests/wire/test_body.py::test_body_one_byte_past_the_limit_is_too_large",),
    ),
    Item(
        "12.1.2",
        "no bomb is unpacked",
        "",
        (
            "tests/wire/test_body.py::test_a_bomb_is_refused_at_the_price_of_an_honest_body",
            "tests/api/test_events.py::test_gzip_is_bounded",
        ),
    ),
    Item("12.1.3", "a quota of files", not_here=_NO_FILES),
    Item("12.2.1", "files are of the kind they say", not_here=_NO_FILES),
    Item(
        "12.3.1-2",
        "no path is made of input",
        "",
        (_REQUESTS + "test_a_server_gives_no_file_that_is_not_for_visitors",),
    ),
    Item(
        "12.3.3",
        "no file of elsewhere",
        "",
        ("tests/security/test_network.py::test_nobody_fetches_what_a_visitor_names",),
    ),
    Item(
        "12.3.4",
        "no reflected download",
        "a download's name is ours",
        ("tests/security/test_pages.py::test_an_export_is_a_download_and_its_page_runs_nothing",),
    ),
    Item("12.3.5", "no command of a file's name", "", (_CODE,)),
    Item(
        "12.3.6",
        "nothing of a CDN",
        "",
        ("tests/security/test_pages.py::test_every_page_shows_what_visitors_sent_as_text",),
    ),
    Item("12.4.1-2", "files of strangers are kept apart and scanned", not_here=_NO_FILES),
    Item(
        "12.5.1",
        "only the kinds of files that pages need are served",
        "",
        (_REQUESTS + "test_static_holds_what_pages_load_and_nothing_else",),
    ),
    Item("12.5.2", "an uploaded file never runs", not_here=_NO_FILES),
    Item(
        "12.6.1",
        "a list of where we connect to",
        "",
        (_CODE, "tests/security/test_code.py::test_what_is_excused_is_there"),
    ),
    Item(
        "13.1.1",
        "one way to read an address",
        "",
        (_REQUESTS + "test_a_server_gives_no_file_that_is_not_for_visitors",),
    ),
    Item(
        "13.1.3",
        "no key in an address",
        "a source's id is public; an api key in an address is no proof",
        ("tests/api/test_permissions.py::test_an_operation_lets_in_whom_it_names",),
    ),
    Item(
        "13.1.4",
        "access is decided at the operation and at the record",
        "",
        (
            "tests/api/test_permissions.py::test_an_operation_lets_in_whom_it_names",
            "tests/api/test_events_own.py::test_a_profile_sends_nobody_elses",
        ),
    ),
    Item(
        "13.1.5",
        "another content type is refused",
        "at the API and the pages; a beacon is JSON whatever it says, so that it needs no preflight",
        (
            "tests/api/test_sign_in.py::test_the_body_must_be_json",
            "tests/admin/test_pages.py::test_a_form_of_another_kind_or_size_is_refused",
        ),
    ),
    Item(
        "13.2.1",
        "methods are those of the operation",
        "",
        (
            "tests/api/test_clients.py::test_other_methods_are_405",
            _REQUESTS + "test_a_header_does_not_change_the_method",
        ),
    ),
    Item(
        "13.2.2",
        "JSON is checked by its schema",
        "",
        ("tests/api/test_schemathesis.py::test_every_answer_is_documented",),
    ),
    Item(
        "13.2.3",
        "no forged request by cookie",
        "the API takes none",
        ("tests/security/test_sessions.py::test_the_api_takes_no_cookie_as_proof",),
    ),
    Item(
        "13.2.5",
        "the content type is looked at",
        "",
        ("tests/api/test_refusals.py::test_a_body_is_json_in_utf_8",),
    ),
    Item("13.2.6", "nothing is changed on the way", not_here="TLS ends at the proxy in front"),
    Item("13.3.1-2", "SOAP", not_here="none"),
    Item("13.4.1-2", "GraphQL", not_here="none"),
    Item(
        "14.1.1",
        "builds are repeatable",
        "versions are pinned",
        (_DEPENDENCIES + "test_every_dependency_is_pinned",),
    ),
    Item("14.1.2", "compilers' flags", not_here="Python; what is compiled is others' wheels"),
    Item(
        "14.1.3",
        "the server is hardened",
        "no proxy headers, no Server header, no WebSockets",
        (_WALK, _REQUESTS + "test_a_server_gives_no_file_that_is_not_for_visitors"),
    ),
    Item(
        "14.1.4",
        "it can be set up again",
        "one command; the wheel is whole",
        ("tests/test_wheel.py::test_the_installed_command_serves",),
    ),
    Item(
        "14.2.1",
        "parts are up to date",
        "`make lock` takes the newest",
        (_DEPENDENCIES + "test_every_dependency_is_pinned",),
    ),
    Item(
        "14.2.2",
        "nothing that is not needed",
        "the demo is off unless asked for",
        ("tests/app/test_app.py::test_wrong_path_is_told_in_json",),
    ),
    Item(
        "14.2.3",
        "SRI for what comes from elsewhere",
        "nothing does",
        ("tests/security/test_pages.py::test_every_page_shows_what_visitors_sent_as_text",),
    ),
    Item(
        "14.2.4",
        "parts come from where they should",
        "",
        (_DEPENDENCIES + "test_nothing_comes_from_elsewhere_than_the_registry",),
    ),
    Item(
        "14.2.5",
        "a list of all parts",
        "the constraints file",
        (
            _DEPENDENCIES + "test_every_dependency_is_pinned",
            _DEPENDENCIES + "test_nothing_is_vendored_without_its_licence",
        ),
    ),
    Item(
        "14.2.6", "parts are held apart", not_here="they run in our process; their inputs are bounded before"
    ),
    Item("14.3.2", "no debug mode", "", (_HEADERS + "test_so_does_a_fault_of_ours_and_it_tells_nothing",)),
    Item("14.3.3", "no versions in headers", "/docs names Tagwell's own, for who moves", (_WALK, _BEACONS)),
    Item("14.4.1", "every answer names its type and UTF-8", "", (_WALK,)),
    Item(
        "14.4.2",
        "the API's answers are attachments",
        gap="they are JSON with nosniff and a closed policy, and shown",
    ),
    Item(
        "14.4.3",
        "a Content-Security-Policy",
        "on every answer; no unsafe-inline",
        (
            _WALK,
            "tests/admin/test_pages.py::test_every_answer_carries_the_strict_headers",
            "tests/admin/test_pages.py::test_no_template_holds_inline_script_or_style",
        ),
    ),
    Item("14.4.4", "nosniff", "", (_WALK, _BEACONS)),
    Item(
        "14.4.5",
        "Strict-Transport-Security",
        "not for subdomains, which may be anybody's; not on beacons, whose page has loaded the tag with it",
        (_WALK, _HEADERS + "test_https_is_demanded_of_a_host_of_ours_alone"),
    ),
    Item(
        "14.4.6",
        "Referrer-Policy",
        "",
        (_WALK, "tests/api/test_mail_pages.py::test_the_pages_keep_their_address_to_themselves"),
    ),
    Item(
        "14.4.7",
        "nothing can be framed",
        "",
        (_WALK, "e2e/admin/test_doors.py::test_the_pages_cannot_be_framed"),
    ),
    Item(
        "14.5.1",
        "only methods in use",
        "",
        (
            _REQUESTS + "test_nothing_is_said_back_by_trace",
            "tests/admin/test_pages.py::test_another_method_is_refused_with_what_is_allowed",
        ),
    ),
    Item(
        "14.5.2",
        "Origin is no proof",
        "it only shuts out: what it lets in is as untrusted as before",
        (
            "tests/receive/test_tokens.py::test_token_is_no_api_key_and_stands_for_no_origin",
            "tests/admit/test_admit.py::test_origin_rule",
        ),
    ),
    Item(
        "14.5.3",
        "CORS lets in whom it must",
        "everybody, without cookies: the tag runs on any page. Tracardi's script sends a page's cookies "
        "along, so that its path names the origin; nothing there reads a cookie",
        (
            _BEACONS,
            "tests/security/test_requests.py::test_a_cookie_changes_nothing_where_one_may_be_sent",
            "tests/api/test_pages.py::test_a_browser_is_let_in_from_any_origin_without_cookies",
            "tests/api/test_pages.py::test_the_admin_pages_are_not",
        ),
    ),
    Item(
        "14.5.4",
        "headers of a proxy are believed of a proxy alone",
        "",
        (
            "tests/receive/test_address.py::test_nothing_is_believed_where_no_proxy_is_trusted",
            "tests/receive/test_beacon.py::test_visitor_who_pretends_to_be_forwarded_is_not_believed",
            _REQUESTS + "test_no_answer_names_the_host_that_a_request_claims_where_the_public_one_is_known",
            _REQUESTS + "test_a_scheme_that_a_stranger_claims_changes_no_cookie",
        ),
    ),
)
