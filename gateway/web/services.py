"""What the web view is given: everything that has effects, so that pages can be tested against any of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path

from jinja2 import BaseLoader, FileSystemLoader

from gateway.config.model import Configuration
from gateway.config.share import share_path
from gateway.desk.actions import Desk
from gateway.store.blobs import BlobStore
from gateway.store.database import Database
from gateway.threading.tokens import Keyring
from gateway.web.oidc import Providers


@dataclass(frozen=True, slots=True)
class Services:
    database: Database
    blobs: BlobStore
    desk: Desk
    configuration: Callable[[], Configuration]  # the one in force now
    keyring: Callable[[], Keyring]  # seals what must not be read from the database or by the browser
    clock: Callable[[], datetime]  # aware
    entropy: Callable[[int], bytes]  # as many random bytes as asked for
    free_bytes: Callable[[], int]  # free space where the data directory lies; may raise OSError
    templates: BaseLoader  # from template_loader
    on_outgoing: Callable[[], None] = lambda: None  # rings delivery's bell
    on_incoming: Callable[[], None] = lambda: None  # rings the pipeline's bell: mail was let go from quarantine
    zone: tzinfo | None = None  # in which times are shown; None: the machine's
    providers: Providers = field(default_factory=Providers)  # where agents may log in besides


def template_loader(override: Path | None = None) -> BaseLoader:
    """The shipped pages; files below ``override``/web (``templates_dir``) replace those of the same name."""
    shipped = share_path("templates") / "web"
    return FileSystemLoader([shipped] if override is None else [override / "web", shipped])
