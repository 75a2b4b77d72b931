import pytest

from gateway.config.addresses import AddressBook
from gateway.config.model import Brand, Configuration


def book() -> AddressBook:
    brands = (
        Brand(
            id="shop",
            name="Shop",
            addresses=("support@example.com", "Help@Example.com", "abuse@second.example"),
            wildcard=("support-*@example.com", "support-kr-*@example.com"),
        ),
        Brand(id="all", name="All", addresses=("hello@all.example",), catch_all=("all.example", "한국.example")),
        Brand(id="kr", name="Kr", addresses=("kr@example.com",), wildcard=("support-k*@example.com",)),
    )
    return AddressBook(
        Configuration(reply_domain="reply.example.com", admin="admin@example.com", brands=brands)  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("address", "kind", "brand"),
    [
        ("support@example.com", "brand", "shop"),
        ("SUPPORT@EXAMPLE.COM", "brand", "shop"),
        ("help@example.com", "brand", "shop"),
        ("support@example.com.", "brand", "shop"),  # a domain's final dot
        ("support+anything@example.com", "brand", "shop"),
        ("support+a+b@example.com", "brand", "shop"),
        ("support-eu@example.com", "brand", "shop"),
        ("support-@example.com", "unknown", None),  # the star stands for at least one character
        ("support-kr-1@example.com", "brand", "shop"),  # the longer pattern
        ("support-k1@example.com", "brand", "kr"),
        ("supporter@example.com", "unknown", None),
        ("+support@example.com", "unknown", None),
        ("\u017fupport@example.com", "unknown", None),  # long s folds to s in Unicode, never here
        ("anyone@all.example", "brand", "all"),
        ("anyone@한국.example", "brand", "all"),
        ("anyone@xn--3e0b707e.example", "brand", "all"),
        ("hello@all.example", "brand", "all"),
        ("anyone@sub.all.example", "foreign", None),
        ("postmaster@example.com", "postmaster", "shop"),
        ("PostMaster@example.com", "postmaster", "shop"),
        ("abuse@example.com", "postmaster", "shop"),
        ("abuse@second.example", "brand", "shop"),  # written out, so it is a support address
        ("postmaster@all.example", "postmaster", "all"),
        ("postmaster@reply.example.com", "postmaster", "shop"),
        ("postmaster", "postmaster", "shop"),
        ("POSTMASTER", "postmaster", "shop"),
        ("postmaster@elsewhere.example", "foreign", None),
        ("reply+abcdefg@reply.example.com", "token", None),
        ("REPLY+ABCDEFG@REPLY.example.com", "token", None),
        ("reply+@reply.example.com", "token", None),
        ("reply+x" + "y" * 300 + "@reply.example.com", "token", None),
        ("reply@reply.example.com", "unknown", None),
        ("support@reply.example.com", "unknown", None),
        ("reply+abc@example.com", "unknown", None),
        ("nobody@example.com", "unknown", None),
        ("someone@gmail.example", "foreign", None),
        ("", "foreign", None),
        ("@", "foreign", None),
        ("@example.com", "unknown", None),
        ("a@b@example.com", "unknown", None),
    ],
)
def test_verdict(address: str, kind: str, brand: str | None) -> None:
    recipient = book().verdict(address)
    assert (recipient.kind, recipient.brand.id if recipient.brand else None) == (kind, brand)


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        ("support@example.com", True),
        ("support+x@example.com", True),
        ("postmaster@example.com", True),
        ("anything@reply.example.com", True),
        ("reply+abc@Reply.Example.com", True),
        ("colleague@example.com", False),
        ("someone@gmail.example", False),
        ("", False),
    ],
)
def test_is_ours(address: str, ours: bool) -> None:
    assert book().is_ours(address) is ours


def test_brand() -> None:
    assert book().brand("kr").name == "Kr"
    with pytest.raises(KeyError):
        book().brand("gone")
