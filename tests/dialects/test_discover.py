"""Which files make one message, in the ways in which projects name them."""

from __future__ import annotations

from filter.dialects.discover import Discovery, discover
from filter.dialects.filenames import Role

HTML = "<p>Hello {{ name }}</p>"


def files_of(found: Discovery, id_: str) -> dict[Role, str]:
    message = next(message for message in found.messages if message.id == id_)
    return {part.role: part.source.name for part in message.parts}


def named(*names: str, text: str = "Hello {{ name }}") -> dict[str, str]:
    return {
        name: HTML if name.endswith((".html", ".html.erb")) and text[0] != "=" else text
        for name in names
    }


def test_kratos_has_a_folder_for_each_message_and_a_text_message_in_it() -> None:
    folder = "templates/recovery_code/valid"
    found = discover(
        named(
            f"{folder}/email.subject.gotmpl",
            f"{folder}/email.body.gotmpl",
            f"{folder}/email.body.plaintext.gotmpl",
            f"{folder}/sms.body.gotmpl",
            "templates/otp/sms.body.gotmpl",
        )
    )
    assert files_of(found, "recovery_code.valid") == {
        Role.SUBJECT: f"{folder}/email.subject.gotmpl",
        Role.TEXT: f"{folder}/email.body.plaintext.gotmpl",
        Role.HTML: f"{folder}/email.body.gotmpl",
    }
    assert files_of(found, "recovery_code.valid.sms") == {Role.SMS: f"{folder}/sms.body.gotmpl"}
    assert [m.is_sms for m in found.messages] == [True, False, True]


def test_django_calls_a_plain_text_html() -> None:
    found = discover(
        {
            "registration/password_reset_subject.txt": "Reset",
            "registration/password_reset_email.html": "Please go to {{ url }}",
            "registration/password_reset_form.html": "<form></form>",
        }
    )
    assert files_of(found, "password_reset") == {
        Role.SUBJECT: "registration/password_reset_subject.txt",
        Role.TEXT: "registration/password_reset_email.html",
    }
    assert [(one.file, one.why) for one in found.left_out] == [
        (
            "registration/password_reset_form.html",
            "no subject, and other messages here have one",
        )
    ]


def test_allauth_has_a_message_for_each_subject() -> None:
    found = discover(
        named(
            "account/email/email_changed_subject.txt",
            "account/email/email_changed_message.txt",
            "account/email/base_message.txt",
        )
    )
    assert [message.id for message in found.messages] == ["email_changed"]
    assert [one.file for one in found.left_out] == ["account/email/base_message.txt"]


def test_keycloaks_subjects_stand_in_a_catalogue() -> None:
    found = discover(
        {
            "email/html/event-login_error.ftl": "<p>${event}</p>",
            "email/text/event-login_error.ftl": "${event}",
            "email/html/template.ftl": "<html></html>",
            "email/messages/messages_en.properties": "eventLoginErrorSubject=Login error\n",
        }
    )
    (message,) = found.messages
    subject = message.part(Role.SUBJECT)
    assert subject is not None
    assert 'msg("eventLoginErrorSubject"' in subject.source.text
    assert subject.dialect == "freemarker"


def test_folders_and_endings_tell_the_language() -> None:
    found = discover(
        named("mail/de/welcome.subject.txt", "mail/de/welcome.txt", "mail/x.pt_BR.subject.txt",
              "mail/x.pt_BR.txt")
    )  # fmt: skip
    assert {(m.id, m.language) for m in found.messages} == {
        ("welcome.de", "de"),
        ("x.pt-br", "pt-BR"),
    }


def test_rails_ends_names_in_the_kind_and_the_engine() -> None:
    found = discover(named("m/hello.html.erb", "m/hello.text.erb"))
    assert files_of(found, "hello") == {
        Role.TEXT: "m/hello.text.erb",
        Role.HTML: "m/hello.html.erb",
    }


def test_beside_messages_a_page_with_a_title_is_a_message() -> None:
    page = "<html><head><title>Reset</title></head><body><p>x</p></body></html>"
    files = {"mail/a.subject.hbs": "A", "mail/a.hbs": "a", "mail/b.hbs": page, "web/c.hbs": page}
    assert [one.id for one in discover(files).messages] == ["a", "b"]


def test_a_title_is_a_subject_with_a_doubt() -> None:
    page = "<html><head><title>Hello {{ name }}</title></head><body><p>x</p></body></html>"
    (message,) = discover({"mail/hello.html": page}).messages
    subject = message.part(Role.SUBJECT)
    assert subject is not None
    assert subject.source.text == "Hello {{ name }}"
    assert "title" in message.doubts[0]


def test_what_another_program_renders_is_named_with_what_to_do() -> None:
    found = discover({"mail/hello.mjml": "<mjml></mjml>"})
    assert not found.messages
    assert found.left_out[0].why == "MJML is not read"
    assert "import the HTML" in found.left_out[0].remedy


def test_a_layout_is_imported_when_it_is_named_itself() -> None:
    files = {"mail/layout.html": HTML}
    assert not discover(files).messages
    assert discover(files, named={"mail/layout.html"}).messages


def test_providers_exports_hold_templates() -> None:
    content = (
        '{"friendly_name": "code", "language": "en",'
        ' "types": {"twilio/text": {"body": "Code {{1}}"}}}'
    )
    table = "Template Name,Template Content\notp,Your code is {#var#}\n"
    found = discover({"x/content.json": content, "x/dlt.csv": table, "x/package.json": "{}"})
    assert {(m.id, m.is_sms, m.parts[0].dialect) for m in found.messages} == {
        ("code.en", True, "twilio"),
        ("otp", True, "dlt"),
    }
    otp = next(m for m in found.messages if m.id == "otp")
    assert otp.parts[0].source.text == "\nYour code is {#var#}"  # line 2 of the file


def test_every_message_has_an_id_of_its_own() -> None:
    found = discover(named("mail/A b.txt", "mail/a-b.txt", "mail/a_b.html"), as_sms=False)
    ids = [message.id for message in found.messages]
    assert len(set(ids)) == len(ids)
