"""Checks beyond single values: settings that contradict each other, and files that are not what they should be."""

import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gateway.config.mistakes import Mistake, Place
from gateway.config.model import Brand, DkimKey, Form, Outbound, Smtp, Tls, Web
from gateway.config.scanners import check_scanners
from gateway.config.section import Endpoint, is_loopback
from gateway.config.senders import check_lists
from gateway.config.source import Node
from gateway.config.validate import locate, place_of
from gateway.mail.address import address_key, domain_of

MIN_RSA_BITS = 2048


def check(parts: Mapping[str, Any], tree: Node) -> list[Mistake]:
    """All mistakes between the top-level settings ``parts``; one that is None is itself mistaken and is left out.

    ``parts["brands"]`` and ``parts["forms"]`` are (index in the file, value) pairs.
    """
    brands: tuple[tuple[int, Brand], ...] = parts.get("brands") or ()
    return [
        *_brands(brands, parts.get("reply_domain"), tree),
        *_admin(parts, brands, tree),
        *_forms(parts.get("forms") or (), brands, tree),
        *check_lists(parts.get("lists") or (), _our_people(parts, brands), tree),
        *check_scanners(parts.get("scanners") or (), tree),
        *_listening(parts.get("smtp"), parts.get("web"), parts.get("outbound"), tree),
        *_doors(parts.get("smtp"), tree),
        *_sign_in(parts.get("web"), tree),
        *_outbound(parts.get("outbound"), tree),
        *_files(parts, brands, tree),
    ]


def _brands(brands: tuple[tuple[int, Brand], ...], reply_domain: str | None, tree: Node) -> Iterator[Mistake]:
    ids: dict[str, Place] = {}
    owners: dict[str, tuple[int, str, Place]] = {}
    for index, brand in brands:
        place = place_of(tree, "brands", index, "id")
        if brand.id in ids:
            yield Mistake.at(place, f"another brand has the id `{brand.id}` too, in {_near(ids[brand.id], place)}")
        ids.setdefault(brand.id, place)
        for key, place in _owned(index, brand, tree):
            if key in owners:
                owner, name, first = owners[key]
                whose = "this brand already" if owner == index else f"the brand `{name}`"
                yield Mistake.at(place, f"`{key}` belongs to {whose}, by {_near(first, place)}; keep one of them")
            owners.setdefault(key, (index, brand.id, place))
            if reply_domain is not None and domain_of(key) == reply_domain:
                yield Mistake.at(
                    place, f"`{key}` is in the reply domain `{reply_domain}`, which serves signed reply addresses alone"
                )


def _owned(index: int, brand: Brand, tree: Node) -> Iterator[tuple[str, Place]]:
    """Every address, pattern and domain of a brand as a key, with its place."""
    for number, address in enumerate(brand.addresses):
        yield address_key(address), place_of(tree, "brands", index, "addresses", number)
    for number, pattern in enumerate(brand.wildcard):
        yield pattern, place_of(tree, "brands", index, "wildcard", number)
    for number, domain in enumerate(brand.catch_all):
        yield f"*@{domain}", place_of(tree, "brands", index, "catch_all", number)


def _near(first: Place, here: Place) -> str:
    if not first.line:
        return first.file.removeprefix("environment:")
    return f"line {first.line}" if first.file == here.file else str(first)


def _admin(parts: Mapping[str, Any], brands: tuple[tuple[int, Brand], ...], tree: Node) -> Iterator[Mistake]:
    admin = parts.get("admin")
    if admin is None:
        return
    place = place_of(tree, "admin")
    if domain_of(admin) == parts.get("reply_domain"):
        yield Mistake.at(place, f"`{admin}` is in the reply domain; the admin needs a mailbox of their own")
    elif any(address_key(admin) == address_key(address) for _, brand in brands for address in brand.addresses):
        yield Mistake.at(place, f"`{admin}` is a support address; the admin needs a mailbox of their own")


def _our_people(parts: Mapping[str, Any], brands: tuple[tuple[int, Brand], ...]) -> dict[str, str]:
    admin = {parts["admin"]: "the admin"} if parts.get("admin") else {}
    return admin | {address: f"the brand `{brand.id}`'s address" for _, brand in brands for address in brand.addresses}


def _forms(forms: tuple[tuple[int, Form], ...], brands: tuple[tuple[int, Brand], ...], tree: Node) -> Iterator[Mistake]:
    ours = {address_key(address): brand.id for _, brand in brands for address in brand.addresses}
    names: dict[str, Place] = {}
    for index, form in forms:
        place = place_of(tree, "forms", index, "name")
        if form.name in names:
            yield Mistake.at(place, f"another form has the name `{form.name}` too, in {_near(names[form.name], place)}")
        names.setdefault(form.name, place)
        if form.sender in ours:
            yield Mistake.at(
                place_of(tree, "forms", index, "sender"),
                f"`{form.sender}` is an address of the brand `{ours[form.sender]}`, and mail from there is taken for a loop; "
                "let the site send from an address of its own",
            )


def _sign_in(web: Web | None, tree: Node) -> Iterator[Mistake]:
    if web is not None and web.oidc is not None and not web.base_url:
        yield Mistake.at(
            place_of(tree, "web", "oidc"),
            "the provider must be told where browsers come back to; set `base_url` under `web`, like https://desk.example.com",
        )


def _listening(smtp: Smtp | None, web: Web | None, outbound: Outbound | None, tree: Node) -> Iterator[Mistake]:
    seen: dict[str, tuple[str, Place]] = {}
    listens = [
        *((("smtp", "listen"), endpoint) for endpoint in (smtp.listen if smtp else ())),
        *((("smtp", "lmtp"), endpoint) for endpoint in (smtp.lmtp if smtp else ())),
        *((("smtp", "proxy_listen"), endpoint) for endpoint in (smtp.proxy_listen if smtp else ())),
        *((("smtp", "submission"), endpoint) for endpoint in (smtp.submission if smtp else ())),
        *((("smtp", "submissions"), endpoint) for endpoint in (smtp.submissions if smtp else ())),
        *((("web", "listen"), endpoint) for endpoint in (web.listen if web else ())),
    ]
    counts: dict[tuple[str, str], int] = {}
    for path, text in listens:
        number = counts.get(path, 0)
        counts[path] = number + 1
        place = place_of(tree, *path, number)
        endpoint = Endpoint.parse(text)
        name = ".".join(path)
        if str(endpoint) in seen and (endpoint.port or endpoint.path):
            first, first_place = seen[str(endpoint)]
            in_file = locate(tree, tuple(first.split(".")))[1] == ()
            other = _near(first_place, place) if in_file else "its default"
            yield Mistake.at(place, f"`{endpoint}` is used by `{first}` too ({other}); each service needs its own port")
        seen.setdefault(str(endpoint), (name, place))
        if path == ("web", "listen") and endpoint.path is not None:
            yield Mistake.at(place, "the web view needs `host:port`, not a Unix socket")
    if smtp is not None and outbound is not None and outbound.smarthost:
        target = Endpoint.parse(outbound.smarthost, default_port=25)
        if any(_same_service(Endpoint.parse(text), target) for text in smtp.listen):
            place = place_of(tree, "outbound", "smarthost")
            yield Mistake.at(
                place, f"`{target}` is this gateway itself; the smarthost is the server that takes our mail"
            )


def _doors(smtp: Smtp | None, tree: Node) -> Iterator[Mistake]:
    """Listeners that cannot work without another setting."""
    if smtp is None:
        return
    if smtp.proxy_listen and not smtp.proxy_from:
        place = place_of(tree, "smtp", "proxy_listen")
        yield Mistake.at(place, "a port for proxies needs `proxy_from:`, the networks of the proxies that are believed")
    for name in ("submission", "submissions"):
        if getattr(smtp, name) and smtp.tls is None:
            place = place_of(tree, "smtp", name)
            yield Mistake.at(place, "logging in needs TLS, so that no password travels in clear; set `smtp.tls` too")
    for name in ("proxy_listen", "submission", "submissions"):
        for number, text in enumerate(getattr(smtp, name)):
            if Endpoint.parse(text).path is not None:
                yield Mistake.at(
                    place_of(tree, "smtp", name, number), "this service needs `host:port`, not a Unix socket"
                )


def _same_service(listen: Endpoint, target: Endpoint) -> bool:
    if listen.port != target.port or not target.port:
        return False
    return listen.host == target.host or (listen.host in ("0.0.0.0", "::") and is_loopback(str(target)))  # noqa: S104


def _outbound(outbound: Outbound | None, tree: Node) -> Iterator[Mistake]:
    if outbound is None:
        return
    if outbound.username and outbound.tls in ("none", "opportunistic") and not is_loopback(outbound.smarthost):
        yield Mistake.at(
            place_of(tree, "outbound", "username"),
            "a user name needs `tls: required` or `tls: implicit`, so that the password never travels in clear",
        )
    if outbound.username and outbound.password is None:
        place = place_of(tree, "outbound", "username")
        yield Mistake.at(place, "a user name needs a `password:` as well; write `password: ${SMARTHOST_PASSWORD}`")


def _files(parts: Mapping[str, Any], brands: tuple[tuple[int, Brand], ...], tree: Node) -> Iterator[Mistake]:
    data_dir: Path | None = parts.get("data_dir")
    if data_dir is not None and (problem := _folder_problem(data_dir, may_lack=True)):
        yield Mistake.at(place_of(tree, "data_dir"), problem)
    templates: Path | None = parts.get("templates_dir")
    if templates is not None and (problem := _folder_problem(templates)):
        yield Mistake.at(place_of(tree, "templates_dir"), problem)
    smtp: Smtp | None = parts.get("smtp")
    if smtp is not None and smtp.tls is not None:
        yield from _certificate(smtp.tls, tree)
    for index, brand in brands:
        if brand.dkim is not None:
            yield from _dkim(brand, brand.dkim, index, tree)


def _folder_problem(path: Path, *, may_lack: bool = False) -> str:
    """Why this is not a folder to use, "" if it is one."""
    try:
        return "" if stat.S_ISDIR(path.stat().st_mode) else f"{path} is not a folder"
    except FileNotFoundError:
        return "" if may_lack else f"there is no folder {path}"
    except (OSError, ValueError) as error:
        return f"cannot use {path}: {(getattr(error, 'strerror', None) or 'its name is not sound').lower()}"


def _unreadable(path: Path) -> str:
    """Why a file cannot be read, "" if it can."""
    try:
        with path.open("rb") as file:
            file.read(1)
    except (OSError, ValueError) as error:
        return f"cannot read {path}: {(getattr(error, 'strerror', None) or 'its name is not sound').lower()}"
    return ""


def _certificate(tls: Tls, tree: Node) -> Iterator[Mistake]:
    import ssl

    unreadable = False
    for name, path in (("certificate", tls.certificate), ("key", tls.key)):
        problem = _unreadable(path)
        if problem:
            unreadable = True
            yield Mistake.at(place_of(tree, "smtp", "tls", name), problem)
    if unreadable:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_verify_locations(tls.certificate)
    except (ssl.SSLError, ValueError):
        place = place_of(tree, "smtp", "tls", "certificate")
        yield Mistake.at(place, f"{tls.certificate} is not a PEM file with a certificate")
        return
    try:
        # The password function keeps OpenSSL from asking at the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(tls.certificate, tls.key, password=lambda: b"")
    except (ssl.SSLError, ValueError) as error:
        if "MISMATCH" in str(error).upper():
            message = f"{tls.key} is not the key of the certificate {tls.certificate}"
        else:
            message = f"{tls.key} is not a PEM file with an unencrypted private key"
        yield Mistake.at(place_of(tree, "smtp", "tls", "key"), message)


def _dkim(brand: Brand, dkim: DkimKey, index: int, tree: Node) -> Iterator[Mistake]:
    place = place_of(tree, "brands", index, "dkim", "key_file")
    problem = _dkim_key_problem(dkim.key_file)
    if problem:
        yield Mistake.at(place, problem)
    if not any(_aligned(domain_of(address), dkim.domain) for address in brand.addresses):
        yield Mistake.at(
            place_of(tree, "brands", index, "dkim", "domain"),
            f"`{dkim.domain}` is no domain of this brand's addresses; DMARC would not accept its signature",
        )


def _aligned(author_domain: str, signing_domain: str) -> bool:
    return author_domain == signing_domain or author_domain.endswith("." + signing_domain)


def _dkim_key_problem(path: Path) -> str:
    problem = _unreadable(path)
    if problem:
        return f"{problem}; make one with `openssl genrsa -out {path.name} {MIN_RSA_BITS}`"
    if path.stat().st_size > 64 * 1024:
        return f"{path} is too large for a private key"
    content = path.read_bytes()
    if b"\r" in content:
        return f"{path} has Windows line ends (CRLF); save it with LF"
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError):
        return f"{path} is not a PEM file with an unencrypted private key"
    except Exception as error:  # UnsupportedAlgorithm and whatever a later version adds
        return f"{path} holds a key that cannot be used: {type(error).__name__}"
    if not isinstance(key, RSAPrivateKey):
        return f"{path} is not an RSA key; mail is signed with RSA"
    if key.key_size < MIN_RSA_BITS:
        return f"{path} has {key.key_size} bits; DKIM needs at least {MIN_RSA_BITS}"
    return ""
