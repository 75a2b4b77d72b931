"""Words of another address of a customer whom mail does not reach: English, Korean, Japanese."""

INSTEAD: dict[str, tuple[str, str, str]] = {
    "instead_lost": (
        "Mail to {address} does not arrive. The same person seems to have another address:",
        "{address} 주소로는 메일이 도착하지 않습니다. 같은 분의 다른 주소로 보입니다:",
        "{address} 宛てのメールは届きません。同じ方の別のアドレスと思われます:",
    ),
    "instead_tie_ticket": (
        "same name, takes part in a ticket with them",
        "이름이 같고 같은 티켓에 참여함",
        "同じ名前で、同じチケットに参加",
    ),
    "instead_tie_organization": (
        "same name, same organisation",
        "이름과 조직이 같음",
        "名前と組織が同じ",
    ),
    "instead_verified": (
        "last verified mail {when}",
        "마지막으로 확인된 메일 {when}",
        "最後に確認されたメール {when}",
    ),
    "instead_do": ("Send to {address} instead", "{address} 주소로 보내기", "{address} に送る"),
    "instead_why": (
        "The address takes the other's place on this ticket; an answer that was lost is sent there. Nothing was sent by itself.",
        "이 주소가 티켓에서 기존 주소를 대신하며, 도착하지 않은 답변을 다시 보냅니다. 자동으로 보낸 메일은 없습니다.",
        "このアドレスがチケットで元のアドレスに代わり、届かなかった返信を送り直します。自動では何も送っていません。",
    ),
    "done_instead": (
        "The other address takes part now. An answer that was lost is on its way there.",
        "새 주소가 참여자로 등록되었습니다. 도착하지 않은 답변이 있으면 그 주소로 보냅니다.",
        "新しいアドレスが参加しました。届かなかった返信があれば、そちらに送ります。",
    ),
    "event_address_replaced": (
        "{actor} uses {after} instead of {before}",
        "{actor} 님이 {before} 대신 {after} 사용",
        "{actor} が {before} の代わりに {after} を使用",
    ),
}
