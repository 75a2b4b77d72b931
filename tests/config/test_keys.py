import os
import stat
import threading
from pathlib import Path

import pytest

from gateway.config.keys import list_keys, load_keyring, new_key
from gateway.config.load import ConfigurationError, load
from gateway.config.model import Configuration
from gateway.threading.tokens import Keyring
from tests.config.conftest import Write


@pytest.fixture
def configuration(write: Write) -> Configuration:
    return load(write(), {})


def refused(configuration: Configuration, *, may_create: bool = True) -> str:
    with pytest.raises(ConfigurationError) as error:
        load_keyring(configuration, may_create=may_create)
    return str(error.value)


def test_first_start_makes_a_key_that_stays(configuration: Configuration) -> None:
    first = load_keyring(configuration, may_create=True)
    path = configuration.data_dir / "keys" / "reply-1.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert len(first.keys[1]) == 32
    assert load_keyring(configuration, may_create=True) == first
    assert [entry.name for entry in path.parent.iterdir()] == ["reply-1.key"]


def test_keys_differ_between_installations(configuration: Configuration, tmp_path: Path) -> None:
    other = configuration.model_copy(update={"data_dir": tmp_path / "other"})
    assert load_keyring(configuration, may_create=True).keys[1] != load_keyring(other, may_create=True).keys[1]


def test_nothing_is_made_where_it_may_not(configuration: Configuration) -> None:
    assert "gateway keys new" in refused(configuration, may_create=False)
    assert not configuration.data_dir.exists()


def test_a_lost_key_is_not_replaced_silently(configuration: Configuration) -> None:
    message = refused(configuration, may_create=False)
    assert message.startswith(f"{configuration.data_dir}/keys: there is no signing key")
    assert "restore it from your backup" in message
    assert "gateway keys new" in message


def test_a_configured_folder_is_never_filled_by_itself(write: Write, tmp_path: Path) -> None:
    configuration = load(write("keys:\n  directory: secrets\n"), {})
    assert refused(configuration).startswith(f"{tmp_path}/secrets: there is no signing key")
    assert new_key(configuration) == tmp_path / "secrets" / "reply-1.key"
    assert load_keyring(configuration, may_create=False).signing_id == 1


def test_nodes_of_one_postgresql_database_share_keys(write: Write) -> None:
    configuration = load(write("database:\n  url: postgresql://db.example.com/gateway\n"), {})
    assert "copy them from another node" in refused(configuration, may_create=False)


def test_rotation(configuration: Configuration) -> None:
    first = load_keyring(configuration, may_create=True)
    assert new_key(configuration).name == "reply-2.key"
    both = load_keyring(configuration, may_create=False)
    assert both.signing_id == 2
    assert both.keys[1] == first.keys[1]
    assert [(key.id, key.signs, key.problem) for key in list_keys(configuration)] == [(1, False, ""), (2, True, "")]
    for _ in range(13):
        new_key(configuration)
    with pytest.raises(ConfigurationError, match=r"reply-15\.key is the last number"):
        new_key(configuration)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602])
def test_key_that_others_may_read_is_refused(configuration: Configuration, mode: int) -> None:
    path = new_key(configuration)
    path.chmod(mode)
    assert refused(configuration) == (
        f"{path}: others than its owner may read or write this key (mode {mode:04o}); run: chmod 600 {path}"
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "this key has 0 octets; at least 32 are needed"),
        ("00" * 31, "this key has 31 octets; at least 32 are needed"),
        ("secret", "this is not a signing key; it must hold hexadecimal digits alone"),
        ("한국", "this is not a signing key; it must hold hexadecimal digits alone"),
    ],
)
def test_key_with_other_content(configuration: Configuration, content: str, reason: str) -> None:
    path = new_key(configuration)
    path.write_text(content)
    assert refused(configuration) == f"{path}: {reason}"


def test_key_numbers_are_those_a_token_can_name(configuration: Configuration) -> None:
    path = new_key(configuration)
    path.rename(path.with_name("reply-16.key"))
    assert "a key's number is from 1 to 15" in refused(configuration)


def test_other_files_are_no_keys(configuration: Configuration) -> None:
    folder = new_key(configuration).parent
    for name in ("reply-2.key.bak", ".reply-2.1.new", "README", "reply-x.key"):
        (folder / name).write_text("x")
    assert list(load_keyring(configuration, may_create=False).keys) == [1]


def test_two_processes_of_a_first_start_agree(configuration: Configuration) -> None:
    rings: list[Keyring] = []
    barrier = threading.Barrier(8)

    def start() -> None:
        barrier.wait()
        rings.append(load_keyring(configuration, may_create=True))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(rings) == 8
    assert all(ring == rings[0] for ring in rings)


def test_folder_that_cannot_be_written(configuration: Configuration) -> None:
    configuration.data_dir.write_text("a file where the folder should be")
    assert "cannot" in refused(configuration)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_key_made_by_root_belongs_to_the_owner_of_its_folder(configuration: Configuration) -> None:
    folder = configuration.data_dir / "keys"
    folder.mkdir(parents=True)
    os.chown(folder, 65534, 65534)
    assert new_key(configuration).stat().st_uid == 65534
