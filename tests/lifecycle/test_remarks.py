"""What is hardly meant so in templates of one's own."""

from click.testing import CliRunner

from gateway.cli.main import gateway
from gateway.config.load import load_all
from gateway.notify.check import rendered_samples
from gateway.notify.remarks import LONGEST, remarks_on
from gateway.notify.render import Templates
from tests.lifecycle.conftest import House
from tests.support.notices import BRAND


def write(house: House, *names: str, text: str = "Subject: x\n\nShort {{ reference }}\n") -> list[str]:
    folder = house.folder / "words"
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    house.take_over(gateway=f"templates_dir: {folder}")
    found = remarks_on(load_all(house.folder / "gateway.yaml", {}).configuration)
    return [str(one).partition("/words/")[2] for one in found]


def test_the_shipped_ones_are_short_and_without_remarks(house: House) -> None:
    assert remarks_on(house.office.configuration) == ()
    for finished in rendered_samples(Templates(), BRAND):
        if finished.automatic:
            assert len(finished.text) <= LONGEST[finished.language] / 1.2, (finished.kind, finished.language)


def test_forgotten_languages_and_parts(house: House) -> None:
    parts = [f"mail/{language}/ack.{part}.j2" for language in ("ko", "ja", "en") for part in ("txt", "html")]
    assert write(house, parts[0]) == [
        "mail/ko/ack.txt.j2:1:1: in ja, en the shipped words of `ack` are still sent",
        "mail/ko/ack.txt.j2:1:1: the HTML part of `ack` is still the shipped one; most readers see only one of the two",
    ]
    assert write(house, *parts) == []
    (told, _) = write(house, "brands/example/mail/en/reminder.txt.j2")
    assert told.endswith("reminder.txt.j2:1:1: in ko, ja the shipped words of `reminder` are still sent")


def test_too_many_words(house: House) -> None:
    told = write(house, "mail/ja/merged.txt.j2", text="Subject: x\n\n" + "長" * 901)
    assert "mail/ja/merged.txt.j2:1:1: this notice has 901 characters; beyond 900 few people read on" in told


def test_signatures(house: House) -> None:
    house.take_over(brand="signature: {ko: 드림, en: Regards}")
    (told,) = remarks_on(house.office.configuration)
    assert "the brand `example` has no `signature` in ja; such mail is signed as in en" in str(told)


def test_check_tells_them_and_goes_on(house: House) -> None:
    write(house, "mail/ko/ack.txt.j2")
    environ = {"GATEWAY_CONFIG": str(house.folder / "gateway.yaml"), "GATEWAY__DATA_DIR": str(house.folder / "fresh")}
    done = CliRunner().invoke(gateway, ["check"], env=environ)
    assert (done.exit_code, "warning: in ja, en the shipped words of `ack`" in done.output) == (0, True), done.output
