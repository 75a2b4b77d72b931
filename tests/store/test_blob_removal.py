"""Removing a file that nobody needs, while somebody stores the same bytes at that very moment."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.store.blobs import YOUNG_SECONDS, BlobStore

RAW = b"the same mail once more"
NOW = 1_800_000_000.0


def by_put(blobs: BlobStore) -> None:
    blobs.put(RAW)


def by_writer(blobs: BlobStore) -> None:
    writer = blobs.writer()
    writer.write(RAW)
    writer.commit()


def aged(blobs: BlobStore, seconds: float) -> str:
    digest = blobs.put(RAW)
    os.utime(blobs.path(digest), (NOW - seconds, NOW - seconds))
    return digest


@pytest.mark.parametrize("store", [by_put, by_writer])
def test_whoever_stores_it_again_meanwhile_keeps_it(tmp_path: Path, store: Callable[[BlobStore], None]) -> None:
    blobs = BlobStore(tmp_path)
    digest = aged(blobs, YOUNG_SECONDS + 1)
    meanwhile = threading.Thread(target=store, args=(blobs,))

    def is_used() -> bool:
        meanwhile.start()
        meanwhile.join(0.3)
        assert meanwhile.is_alive(), "it must wait until it is decided"
        return False

    assert blobs.remove_unused(digest, now=NOW, is_used=is_used)
    meanwhile.join(10)
    assert blobs.read(digest) == RAW


@pytest.mark.parametrize("store", [by_put, by_writer])
def test_storing_it_again_makes_it_young(tmp_path: Path, store: Callable[[BlobStore], None]) -> None:
    blobs = BlobStore(tmp_path)
    digest = aged(blobs, YOUNG_SECONDS + 1)
    store(blobs)
    now = blobs.path(digest).stat().st_mtime + YOUNG_SECONDS - 1
    assert not blobs.remove_unused(digest, now=now, is_used=lambda: False), "its row may be about to be written"
    assert blobs.remove_unused(digest, now=now + 2, is_used=lambda: False)


def test_what_is_used_stays_and_what_is_gone_is_gone(tmp_path: Path) -> None:
    blobs = BlobStore(tmp_path)
    digest = aged(blobs, 10 * YOUNG_SECONDS)
    assert not blobs.remove_unused(digest, now=NOW, is_used=lambda: True)
    assert blobs.exists(digest)
    assert blobs.remove_unused("ab" * 32, now=NOW, is_used=lambda: pytest.fail("nobody need be asked"))
