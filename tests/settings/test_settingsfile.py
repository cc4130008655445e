"""Settings come from the file, the environment and files of secrets, strictly."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filter.settings import GateMode, Settings, Tls
from filter.settingschecks import parse_listen
from filter.settingsfile import SettingsInvalid, find_settings_file, load_settings, read_settings
from tests.mail.certificates import make_certificates


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "etc" / "sallyport.yaml"


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def codes(caught: pytest.ExceptionInfo[SettingsInvalid]) -> list[str]:
    return [problem.code for problem in caught.value.problems]


def test_without_a_file_the_defaults_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    loaded = read_settings(None, {})

    assert loaded.file is None
    assert loaded.origins == {}
    expected = Settings(rules=tmp_path / "rules", state=tmp_path / "state")
    assert loaded.settings == expected


def test_an_empty_file_means_the_defaults_too(file: Path) -> None:
    assert read_settings(write(file, "# nothing\n"), {}).settings.mode is GateMode.ENFORCE


def test_the_command_line_is_asked_first_then_the_environment_then_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    environment = {"SALLYPORT_SETTINGS": "b.yaml"}

    assert find_settings_file(Path("a.yaml"), environment) == Path("a.yaml")
    assert find_settings_file(None, environment) == Path("b.yaml")
    assert find_settings_file(None, {}) is None
    (tmp_path / "sallyport.yaml").write_text("mode: shadow\n")
    assert find_settings_file(None, {}) == Path("sallyport.yaml")
    assert load_settings(None).mode is GateMode.SHADOW


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        read_settings(tmp_path / "gone.yaml", {})

    assert codes(caught) == ["E001"]


def test_relative_paths_begin_at_the_folder_of_the_file(file: Path) -> None:
    settings = read_settings(write(file, "rules: our/rules\nstate: /var/lib/x\n"), {}).settings

    assert settings.rules == file.parent / "our" / "rules"
    assert settings.state == Path("/var/lib/x")


def test_variables_win_over_the_file_and_say_so(file: Path) -> None:
    write(file, "mail:\n  next_hop: {host: 192.0.2.1, port: 25}\n")
    loaded = read_settings(
        file,
        {
            "SALLYPORT_MAIL__NEXT_HOP__PORT": "587",
            "SALLYPORT_MAIL__NEXT_HOP__TLS": "starttls",
            "SALLYPORT_MAIL__NEXT_HOP__VERIFY": "false",
            "SALLYPORT_MAIL__LISTEN": "[::1]:2525, 127.0.0.1:2525",
            "SALLYPORT_SMS__LISTEN": "",
            "SALLYPORT_WORKERS": "3",
            "PATH": "/bin",
        },
    )
    hop = loaded.settings.mail.next_hop

    assert (hop.host, hop.port, hop.tls, hop.verify) == ("192.0.2.1", 587, Tls.STARTTLS, False)
    assert loaded.settings.mail.listen == ("[::1]:2525", "127.0.0.1:2525")
    assert loaded.settings.sms.listen == ()
    assert loaded.settings.workers == 3
    assert loaded.origins["mail.next_hop.host"] == f"{file}:2"
    assert loaded.origins["mail.next_hop.port"] == "$SALLYPORT_MAIL__NEXT_HOP__PORT"


def test_a_variable_can_reach_into_lists_and_names(file: Path) -> None:
    write(file, "mail:\n  accounts: [{name: app, password: x}]\n")
    settings = read_settings(
        file,
        {
            "SALLYPORT_MAIL__ACCOUNTS__0__PASSWORD": "y",
            "SALLYPORT_MAIL__ACCOUNTS__1__NAME": "other",
            "SALLYPORT_MAIL__ACCOUNTS__1__PASSWORD": "z",
            "SALLYPORT_SMS__PROVIDERS__TWILIO__UPSTREAM": "https://api.example",
        },
    ).settings

    passwords = [a.password.get_secret_value() for a in settings.mail.accounts if a.password]
    assert passwords == ["y", "z"]
    assert settings.sms.providers["twilio"].upstream == "https://api.example"


def test_a_wrong_variable_is_named_with_a_hint(file: Path) -> None:
    write(file, "mode: shadow\n")
    with pytest.raises(SettingsInvalid) as caught:
        read_settings(file, {"SALLYPORT_WORKERS": "many", "SALLYPORT_MAIL__NEXT_HOP__PROT": "25"})

    shown = [line for problem in caught.value.problems for line in problem.render().splitlines()]
    assert shown == [
        "$SALLYPORT_WORKERS: error[E011]: `workers` must be a whole number, not the text `many`",
        "      help: write digits alone, as 6",
        "$SALLYPORT_MAIL__NEXT_HOP__PROT: error[E010]: there is no setting `mail.next_hop.prot`",
        "      help: did you mean `port`?",
    ]


def test_variables_that_kubernetes_sets_for_a_service_are_left_alone(file: Path) -> None:
    write(file, "mode: shadow\n")
    read_settings(
        file,
        {
            "SALLYPORT_SERVICE_HOST": "10.0.0.1",
            "SALLYPORT_SERVICE_PORT": "25",
            "SALLYPORT_SERVICE_PORT_SMTP": "25",
            "SALLYPORT_PORT": "tcp://10.0.0.1:25",
            "SALLYPORT_PORT_25_TCP": "tcp://10.0.0.1:25",
            "SALLYPORT_PORT_25_TCP_ADDR": "10.0.0.1",
            "SALLYPORT_SMS_SERVICE_HOST": "10.0.0.2",
        },
    )


def test_secrets_come_from_files_without_their_line_end(file: Path) -> None:
    write(file, "mail:\n  next_hop: {username: app, tls: starttls, password_file: secrets/hop}\n")
    (file.parent / "secrets").mkdir()
    (file.parent / "secrets" / "hop").write_bytes(b" hunter2 \r\n")
    loaded = read_settings(file, {})
    password = loaded.settings.mail.next_hop.password

    assert password is not None
    assert password.get_secret_value() == " hunter2 "
    assert "hunter2" not in repr(loaded)
    assert loaded.origins["mail.next_hop.password"] == str(file.parent / "secrets" / "hop")


def test_a_password_of_digits_keeps_every_digit(file: Path) -> None:
    write(
        file, "sms:\n  callers:\n    - {name: 1, password: 0123}\n    - {name: 2, password: 123}\n"
    )
    callers = read_settings(file, {}).settings.sms.callers

    assert [c.password.get_secret_value() for c in callers if c.password] == ["0123", "123"]
    assert [c.name for c in callers] == ["1", "2"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("sms:\n  listen: ['127.0.0.1:80']\n", "W113"),
        (
            "sms:\n  listen: ['0.0.0.0:80']\n  callers: [{name: a, password: b}]\n",
            "W111",
        ),
        (
            "mail:\n  listen: ['0.0.0.0:25']\n  accounts: [{name: a, password: b}]\n",
            "W111",
        ),
        ("mail:\n  next_hop: {host: relay.example, username: a, password: b}\n", "W112"),
        ("mail:\n  trusted: [0.0.0.0/0]\n", "W114"),
        ("limits:\n  redis: redis://redis.example.org\n", "W116"),
        ("limits:\n  away: pass\n", "W117"),
    ],
)
def test_what_is_doubtful_is_a_warning(file: Path, text: str, code: str) -> None:
    assert [p.code for p in read_settings(write(file, text), {}).warnings] == [code]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:25", ("127.0.0.1", 25)),
        ("0.0.0.0:0", ("0.0.0.0", 0)),
        ("[::1]:25", ("::1", 25)),
        ("[2001:DB8::0]:65535", ("2001:db8::", 65535)),
        ("gate.example:25", ("gate.example", 25)),
        ("localhost:25", ("localhost", 25)),
    ],
)
def test_an_address_to_listen_on_has_a_host_and_a_port(text: str, address: tuple[str, int]) -> None:
    assert parse_listen(text) == address


@given(st.text(max_size=20) | st.from_regex(r"[\[\]0-9a-f:.]{0,20}", fullmatch=True))
def test_any_other_text_is_refused_with_a_sentence(text: str) -> None:
    said = ""
    host, port = "", -1
    try:
        host, port = parse_listen(text)
    except ValueError as exc:
        said = str(exc)

    assert said or (host and 0 <= port <= 65535)


@given(st.text(max_size=80))
def test_no_text_makes_the_loader_raise_anything_but_settings_invalid(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "settings.yaml"
        file.write_bytes(text.encode(errors="surrogatepass"))
        with contextlib.suppress(SettingsInvalid):
            read_settings(file, {})


def test_a_key_that_is_another_certificates_is_told_of(tmp_path: Path, file: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    one, other = (make_certificates(tmp_path / name) for name in ("one", "other"))
    text = "sms: {certificate: %s, key: %s}\n"

    assert read_settings(write(file, text % (one.chain, one.key)), {}).settings.sms.key == one.key
    with pytest.raises(SettingsInvalid) as caught:
        read_settings(write(file, text % (one.chain, other.key)), {})

    assert [(p.code, p.message) for p in caught.value.problems] == [
        ("E113", "server.key is not the key of server.pem")
    ]
