"""What a page without scripts is made of."""

from lenskeep.virtual.enrollment.web.page import Button, Field, read_page

URL = "https://mdm.example/pages/one?x=1"


def test_a_form_has_its_fields_and_what_sends_it() -> None:
    page = read_page(
        URL,
        """<html><head><title> Sign
        in </title><style>p { color: red }</style></head><body><p>Hello &amp; <b>welcome</b></p>
        <form action="../next" method=POST><input name=user value=anna>
        <input type=checkbox name=keep checked><input type=checkbox name=other value=2>
        <input type=hidden name=csrf value='"&lt;'><textarea name=note></textarea>
        <select name=lang><option value=en><option value=de selected></select>
        <input type=submit name=go value=Go><button type=button>Help</button>
        <button name=go value=no formaction="/away">Do <i>not</i></button></form></body></html>""",
    )

    (form,) = page.forms
    assert (page.title, page.text) == ("Sign in", "Hello & welcome Help Do not")
    assert (form.action, form.method) == ("https://mdm.example/next", "post")
    assert form.fields == (
        Field("user", "text", "anna"),
        Field("keep", "checkbox", "on", checked=True),
        Field("other", "checkbox", "2"),
        Field("csrf", "hidden", '"<'),
        Field("note", "textarea"),
        Field("lang", "select", "de", checked=True),
    )
    assert form.buttons == (
        Button("go", "Go", "Go"),
        Button("go", "no", "Do not", "https://mdm.example/away"),
    )


def test_a_form_without_an_address_goes_to_its_own_page() -> None:
    page = read_page(URL, "<form><input name=a></form><form method=post action=''></form>")

    assert [(form.action, form.method) for form in page.forms] == [(URL, "get"), (URL, "post")]


def test_a_base_moves_every_address() -> None:
    page = read_page(URL, "<base href='https://idp.example/a/'><form action=b></form>")

    assert page.forms[0].action == "https://idp.example/a/b"


def test_scripts_are_told_apart_by_where_they_are() -> None:
    page = read_page(
        URL,
        "<body onload='document.forms[0].submit()'><script nonce=n>x.submit()</script>"
        "<script src=/js/a.js></script><form></form>",
    )

    told = [(each.inline_handler, each.nonce, each.source) for each in page.scripts]
    assert told == [(True, "", ""), (False, "n", ""), (False, "", "https://mdm.example/js/a.js")]
    assert [each.sends_a_form for each in page.scripts] == [True, True, False]


def test_broken_markup_is_read_as_far_as_it_goes() -> None:
    page = read_page(URL, "<form action=/x><input name=a value='1'><p>never closed")

    assert page.forms[0].fields == (Field("a", "text", "1"),)
    assert page.text == "never closed"


def test_an_address_that_is_none_leads_nowhere() -> None:
    page = read_page(URL, "<form action='//['><button name=a formaction='//['>b</button></form>")

    (form,) = page.forms
    assert ("", "") == (form.action, form.buttons[0].action)


def test_a_declaration_that_nobody_knows_does_not_hide_what_stands_before_it() -> None:
    page = read_page(URL, "<p>Hello<form><input name=a></form><![CDATX[<p>more")

    assert "Hello" in page.text
    assert [Field("a", "text")] == [*page.forms[0].fields]


def test_a_form_with_an_empty_method_is_sent_as_one_without() -> None:
    (form,) = read_page(URL, "<form method=''></form>").forms

    assert "get" == form.method
