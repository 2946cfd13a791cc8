"""V5: what comes in is checked, and what goes out is escaped."""

from tests.security.checklist.item import Item

_CODE = "tests/security/test_code.py::"
_PAGES = "tests/security/test_pages.py::"
_DOORS = "tests/security/test_doors.py::"
_REQUESTS = "tests/security/test_requests.py::"

ITEMS = (
    Item(
        "5.1.1",
        "a parameter given twice misleads nobody",
        "refused where it matters; headers are lists",
        (
            "tests/api/test_event_reading.py::test_a_query_that_breaks_a_rule_is_400",
            "tests/receive/test_address.py::test_visitor_address",
        ),
    ),
    Item(
        "5.1.2",
        "no field is set that is not to be",
        "",
        (
            "tests/wire/test_synerise_profiles.py::test_unknown_keys_are_ignored",
            "tests/wire/test_synerise_profiles.py::test_reserved_attributes_are_ignored_whatever_they_hold",
            "tests/api/test_events.py::test_reserved_params_are_ignored",
            "tests/api/test_events_own.py::test_a_profile_gives_itself_no_identifier",
        ),
    ),
    Item(
        "5.1.3",
        "all input is checked against what is allowed",
        "",
        (
            "tests/wire/test_native.py::test_no_bytes_raise_anything_but_rejected",
            "tests/wire/test_native_cases.py::test_body_is_read_as_expected",
            "tests/admin/test_pages.py::test_what_is_no_id_of_a_source_never_reaches_the_store",
        ),
    ),
    Item(
        "5.1.4",
        "structured data has a schema",
        "",
        (
            "tests/api/test_schemathesis.py::test_every_answer_is_documented",
            "tests/wire/test_synerise_profiles.py::test_each_field_by_its_rule",
            "tests/admin/test_values.py::test_what_is_no_origin_is_refused_with_its_value_and_a_mend",
        ),
    ),
    Item(
        "5.1.5",
        "redirects lead to our own pages",
        "",
        (
            _DOORS + "test_signing_in_leads_to_our_pages_alone",
            _DOORS + "test_no_path_and_no_host_leads_away",
            _DOORS + "test_the_walk_finds_no_other_redirect",
            "tests/admin/test_sign_in.py::test_sign_in_leads_nowhere_but_to_the_admin_pages",
        ),
    ),
    Item("5.2.1", "HTML of people is sanitized", not_here="none is taken: all of it is shown as text"),
    Item(
        "5.2.2",
        "free text is bounded",
        "",
        (
            "tests/normalise/test_normalise.py::test_values_may_nest_sixteen_deep_and_no_deeper",
            "tests/wire/test_native.py::test_an_event_past_the_limit_is_rejected_and_its_neighbours_are_not",
            "tests/admin/test_pages.py::test_a_form_of_another_kind_or_size_is_refused",
        ),
    ),
    Item(
        "5.2.3",
        "no mail is made by a visitor",
        "neither its headers nor its recipients",
        (
            "tests/mail/test_words.py::test_a_hostile_name_of_a_shop_makes_no_header_and_no_markup",
            "tests/mail/test_words.py::test_a_hostile_address_is_written_to_nobody",
            "tests/mail/test_words.py::test_an_odd_address_is_one_recipient",
            "tests/mail/test_words.py::test_no_text_is_a_link_but_ours",
        ),
    ),
    Item(
        "5.2.4",
        "no eval",
        "",
        (_CODE + "test_our_code_keeps_the_rule", _CODE + "test_a_broken_rule_is_found"),
    ),
    Item(
        "5.2.5",
        "no template is made of input",
        "templates are files; `from_string` is refused",
        (_CODE + "test_our_code_keeps_the_rule", _CODE + "test_every_template_is_escaped_as_it_is_filled_in"),
    ),
    Item(
        "5.2.6",
        "no URL that a visitor gives is fetched",
        "",
        (
            "tests/security/test_network.py::test_nobody_fetches_what_a_visitor_names",
            "tests/security/test_network.py::test_the_trap_tells_who_knocks",
            _CODE + "test_our_code_keeps_the_rule",
        ),
    ),
    Item("5.2.7-8", "SVG, Markdown, CSS of people", not_here="none is taken or shown"),
    Item(
        "5.3.1",
        "output is escaped for where it stands",
        "HTML, scripts, headers, mails, shell commands of the docs",
        (
            _PAGES + "test_every_page_shows_what_visitors_sent_as_text",
            _REQUESTS + "test_a_host_that_is_markup_stays_text_where_it_must_be_named",
            _REQUESTS + "test_a_value_that_is_said_back_makes_no_header",
            "tests/api/test_openapi.py::test_a_command_survives_a_quote",
        ),
    ),
    Item(
        "5.3.2",
        "any character of Unicode is handled",
        "",
        (
            "tests/pipeline/test_pipeline.py::test_any_json_has_exactly_one_result_an_event",
            "tests/admin/test_pages.py::test_bytes_that_are_no_text_do_not_break_a_form",
        ),
    ),
    Item(
        "5.3.3",
        "no reflected, stored or DOM-based XSS",
        "",
        (
            _PAGES + "test_every_page_shows_what_visitors_sent_as_text",
            _PAGES + "test_a_hostile_field_stays_text_where_a_form_says_it_back",
            _PAGES + "test_what_is_active_is_found",
            _CODE + "test_no_page_takes_escaping_away_from_what_it_is_given",
            _CODE + "test_no_script_makes_markup_or_code_of_what_it_is_given",
            "tests/admin/test_live.py::test_a_hostile_event_is_text_wherever_it_shows",
            "tests/admin/test_policy_try.py::test_what_visitors_sent_stays_text",
            "tests/admin/test_quarantine.py::test_content_is_text_on_its_page_and_in_its_box",
            "e2e/admin/test_hostile.py::test_no_page_runs_what_a_visitor_sent",
            "e2e/admin/test_live.py::test_a_hostile_event_arrives_as_text",
            "tests/profiles/test_export.py::test_the_page_is_one_file_that_runs_nothing",
        ),
    ),
    Item(
        "5.3.4",
        "queries take values as parameters",
        "",
        (
            _CODE + "test_our_code_keeps_the_rule",
            "tests/admin/test_sign_in.py::test_anything_else_is_refused_in_the_same_words",
        ),
    ),
    Item(
        "5.3.5",
        "what cannot be a parameter is escaped",
        "the wildcards of LIKE",
        ("tests/store/test_erase.py::test_an_email_within_a_longer_one_is_another_s",),
    ),
    Item(
        "5.3.6",
        "no injection into JSON or scripts",
        "settings stand in the tag as JSON that no markup ends",
        (
            "tests/snippet/test_build.py::test_hostile_settings_stay_inside_the_hole",
            _REQUESTS + "test_a_host_that_is_markup_stays_text_where_it_must_be_named",
        ),
    ),
    Item("5.3.7", "LDAP", not_here="none"),
    Item(
        "5.3.8",
        "no command is made of input",
        "a subprocess is run by `tagwell geo update` alone, as a list of arguments",
        (_CODE + "test_our_code_keeps_the_rule",),
    ),
    Item(
        "5.3.9",
        "no file is named by a visitor",
        "",
        (_REQUESTS + "test_a_server_gives_no_file_that_is_not_for_visitors",),
    ),
    Item("5.3.10", "XPath, XML", not_here="none"),
    Item("5.4.1", "memory-safe code", not_here="Python; what is compiled is kept by others, pinned"),
    Item("5.4.2", "forms of log lines are constant", "", (_CODE + "test_our_code_keeps_the_rule",)),
    Item(
        "5.4.3",
        "numbers have bounds",
        "",
        (
            "tests/pipeline/test_pipeline.py::test_any_json_has_exactly_one_result_an_event",
            "tests/wire/test_synerise_transactions.py::test_what_breaks_a_rule_is_named",
        ),
    ),
    Item(
        "5.5.1",
        "what we hand out to get back is signed",
        "cookies, tokens, links, receipts",
        (
            "tests/admin/test_sign_in.py::test_a_forged_or_changed_cookie_is_worth_nothing",
            "tests/api/test_mail_pages.py::test_what_is_no_link_says_so",
            "tests/admin/test_visitors.py::test_an_erasure_gives_a_receipt_that_is_checked_here",
        ),
    ),
    Item("5.5.2", "XML parsers", not_here="none: `xml` is refused in our code"),
    Item(
        "5.5.3",
        "nothing is unpacked that can run",
        "JSON and forms alone",
        (_CODE + "test_our_code_keeps_the_rule",),
    ),
    Item(
        "5.5.4",
        "JSON is parsed by JSON.parse",
        "",
        (_CODE + "test_no_script_makes_markup_or_code_of_what_it_is_given",),
    ),
)
