from pathlib import Path

import pytest

from gateway.config.load import ConfigurationError, load
from tests.config.conftest import Write


def refused(path: Path, environ: dict[str, str]) -> list[str]:
    with pytest.raises(ConfigurationError) as error:
        load(path, environ)
    return [str(mistake).removeprefix(f"{path}:") for mistake in error.value.mistakes]


@pytest.mark.parametrize(
    ("name", "value", "read", "expected"),
    [
        ("GATEWAY__DATA_DIR", "/srv/data", lambda c: c.data_dir, Path("/srv/data")),
        ("GATEWAY__data_dir", "/srv/data", lambda c: c.data_dir, Path("/srv/data")),
        ("GATEWAY__SMTP__LISTEN", "127.0.0.1:1", lambda c: c.smtp.listen, ("127.0.0.1:1",)),
        ("GATEWAY__SMTP__LISTEN", "[::1]:1, 127.0.0.1:1", lambda c: c.smtp.listen, ("[::1]:1", "127.0.0.1:1")),
        ("GATEWAY__SMTP__LISTEN__0", "127.0.0.1:1", lambda c: c.smtp.listen, ("127.0.0.1:1",)),
        ("GATEWAY__SMTP__LISTEN__1", "127.0.0.1:1", lambda c: c.smtp.listen, ("127.0.0.1:2525", "127.0.0.1:1")),
        ("GATEWAY__WEB__LISTEN", "127.0.0.1:2", lambda c: c.web.listen, ("127.0.0.1:2",)),
        ("GATEWAY__DATABASE__URL", "postgresql://h/n", lambda c: c.database.url, "postgresql://h/n"),
        ("GATEWAY__OUTBOUND__SMARTHOST", "127.0.0.1:2526", lambda c: c.outbound.smarthost, "127.0.0.1:2526"),
        ("GATEWAY__LIMITS__ENABLED", "false", lambda c: c.limits.enabled, False),
        ("GATEWAY__LIMITS__RECIPIENTS", "200", lambda c: c.limits.recipients, 200),
        ("GATEWAY__LIMITS__UNLIMITED_NETWORKS", "", lambda c: c.limits.unlimited_networks, ()),
        ("GATEWAY__BRANDS__0__NAME", "Other: name", lambda c: c.brands[0].name, "Other: name"),
        ("GATEWAY__BRANDS__0__SIGNATURE__KO", "안녕", lambda c: c.brands[0].signature, {"ko": "안녕"}),
        ("GATEWAY__BRANDS__0__TEAM", "", lambda c: c.brands[0].team, None),
        ("GATEWAY__BUDGETS__ACKS_TO_UNKNOWN__1", "5", lambda c: c.budgets.acks_to_unknown, (30, 5)),
        ("GATEWAY__BUDGETS__ACKS_PER_PERSON__0__1", "5", lambda c: c.budgets.acks_per_person, ((2, 5), (3, 1440))),
    ],
)
def test_variable_wins_over_the_file(write: Write, name: str, value: str, read, expected) -> None:  # type: ignore[no-untyped-def]
    assert read(load(write(), {name: value})) == expected


def test_a_whole_brand_from_the_environment(write: Write) -> None:
    environ = {
        "GATEWAY__BRANDS__1__ID": "second",
        "GATEWAY__BRANDS__1__NAME": "Second",
        "GATEWAY__BRANDS__1__ADDRESSES": "second@example.com,two@example.com",
    }
    assert load(write(), environ).brands[1].addresses == ("second@example.com", "two@example.com")


def test_other_variables_are_not_ours(write: Write) -> None:
    environ = {"GATEWAY_HOME": "/", "GATEWAY": "1", "GATEWAY_CONFIG": "x", "DATA_DIR": "/x", "gateway__nothing": "1"}
    assert load(write(), environ).data_dir.name == "var"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("GATEWAY__SMPT__LISTEN", "there is no such setting. Did you mean GATEWAY__SMTP__LISTEN?"),
        ("GATEWAY__SMTP__LISTN", "there is no such setting. Did you mean GATEWAY__SMTP__LISTEN?"),
        ("GATEWAY__COLOUR", "there is no such setting; docs/configuration.md lists all"),
        ("GATEWAY__", "there is no such setting; docs/configuration.md lists all"),
        ("GATEWAY__SMTP", "names a whole section; name one of its values, such as GATEWAY__SMTP__LISTEN__0"),
        ("GATEWAY__BRANDS", "names a whole list; name one of its values, such as GATEWAY__BRANDS__0__ID"),
        ("GATEWAY__BRANDS__0", "names a whole section; name one of its values, such as GATEWAY__BRANDS__0__ID"),
        ("GATEWAY__BRANDS__7__NAME", "there is no entry 7: `GATEWAY__BRANDS` has 1, counted from 0"),
        ("GATEWAY__BRANDS__NAME", "`GATEWAY__BRANDS` is a list: put a number after it, from 0, as in GATEWAY__BRANDS__0"),
        ("GATEWAY__ADMIN__NAME", "`GATEWAY__ADMIN` is one value and has nothing below it"),
        ("GATEWAY__BRANDS__0__SIGNATURE__FR", "there is no such setting; docs/configuration.md lists all"),
        ("GATEWAY__BUDGETS__ACKS_TO_UNKNOWN__2", "there is no entry 2: `GATEWAY__BUDGETS__ACKS_TO_UNKNOWN` has 2, counted from 0"),
    ],
)  # fmt: skip
def test_variable_that_fits_nothing_is_a_mistake(write: Write, name: str, message: str) -> None:
    assert refused(write(), {name: "x"}) == [f"environment:{name}: {message}"]


def test_value_that_does_not_fit_is_reported_at_its_variable(write: Write) -> None:
    environ = {
        "GATEWAY__LIMITS__RECIPIENTS": "many",
        "GATEWAY__SMTP__LISTEN": "127.0.0.1:1,nowhere",
        "GATEWAY__OUTBOUND__TLS": "requird",
    }
    assert refused(write(), environ) == [
        "environment:GATEWAY__LIMITS__RECIPIENTS: `recipients` cannot be `many`; write a whole number, such as 100",
        "environment:GATEWAY__OUTBOUND__TLS: `tls` must be `none`, `opportunistic`, `required` or `implicit`, "
        "not `requird`. Did you mean `required`?",
        "environment:GATEWAY__SMTP__LISTEN: 'nowhere' is not an address to use; "
        "write it like 127.0.0.1:2525, [::1]:25 or unix:/path",
    ]


def test_value_that_is_no_text(write: Write) -> None:
    path = write("database:\n  password: ${P}\n")
    environ = {"GATEWAY__BRANDS__0__NAME": "\udcff", "GATEWAY__\udcff": "x", "P": "\udcff"}
    shown = refused(path, environ)
    assert len(shown) == 3
    assert "\n".join(shown).encode()
    assert "environment:GATEWAY__BRANDS__0__NAME: its value is not UTF-8 text" in shown


def test_two_spellings_of_one_setting(write: Write) -> None:
    environ = {"GATEWAY__DATA_DIR": "/a", "GATEWAY__data_dir": "/b"}
    assert refused(write(), environ) == [
        "environment:GATEWAY__data_dir: sets the same as GATEWAY__DATA_DIR; unset one of them"
    ]


def test_override_below_a_broken_section_leaves_the_section_s_mistake(write: Write) -> None:
    assert refused(write("web: 5\n"), {"GATEWAY__WEB__LISTEN": "127.0.0.1:1"}) == [
        "8:6: `web` cannot be `5`; put its settings below it, indented: `listen:`"
    ]


def test_secret_from_a_variable(write: Write) -> None:
    path = write("database:\n  url: postgresql://${USER_NAME}@db/x\n  password: ${SECRET}\n")
    database = load(path, {"SECRET": "a${b}$$c", "USER_NAME": "me"}).database
    assert database.url == "postgresql://me@db/x"
    assert database.password is not None
    assert database.password.get_secret_value() == "a${b}$$c"


def test_plain_dollar(write: Write) -> None:
    path = write(whole=write().read_text().replace("Shop", "'$5 $${X} Shop'"))
    assert load(path, {}).brands[0].name == "$5 ${X} Shop"


@pytest.mark.parametrize(
    ("content", "secret"),
    [(b"s3cret\n", "s3cret"), (b"s3cret", "s3cret"), (b"s3cret\r\n", "s3cret"), (b" s \n\n", " s \n"), (b"$X", "$X")],
)
def test_secret_from_a_file_loses_its_last_line_end_only(
    write: Write, tmp_path: Path, content: bytes, secret: str
) -> None:
    (tmp_path / "secret").write_bytes(content)
    password = load(write("database:\n  password: file:secret\n"), {}).database.password
    assert password is not None
    assert password.get_secret_value() == secret


def test_secret_file_named_by_variables(write: Write, tmp_path: Path) -> None:
    (tmp_path / "smarthost").write_text("s3cret\n")
    environ = {"CREDENTIALS": str(tmp_path), "GATEWAY__OUTBOUND__PASSWORD": "file:${CREDENTIALS}/smarthost"}
    password = load(write(), environ).outbound.password
    assert password is not None
    assert password.get_secret_value() == "s3cret"


def test_content_of_a_variable_names_no_file(write: Write, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    password = load(write("database:\n  password: ${P}\n"), {"P": "file:secret"}).database.password
    assert password is not None
    assert password.get_secret_value() == "file:secret"


def test_secret_file_that_is_none(write: Write, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * 70_000)
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    path = write("database:\n  password: file:large\noutbound:\n  password: file:binary\n")
    assert refused(path, {}) == [
        f"9:13: {tmp_path}/large is larger than 64 KB; a secret is one short line",
        f"11:13: {tmp_path}/binary is not UTF-8 text",
    ]


def test_secrets_are_never_shown(write: Write, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("canary-in-file")
    path = write(
        "database:\n  url: ${URL}\noutbound:\n  smarthost: file:secret\n  tls: ${URL}\nsmtp:\n  listen: ${URL}\n"
    )
    shown = "\n".join(refused(path, {"URL": "canary-in-variable"}))
    assert shown.count("\n") == 2
    assert "canary" not in shown
    configuration = load(write("database:\n  password: ${P}\n"), {"P": "canary"})
    assert "canary" not in repr(configuration)
