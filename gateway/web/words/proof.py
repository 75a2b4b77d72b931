"""What is said of a sender on the ticket page: what proves them, or why nothing does."""

PROOF: dict[str, tuple[str, str, str]] = {
    "proof_dkim": ("verified: DKIM {domain}", "확인됨: DKIM {domain}", "確認済み：DKIM {domain}"),
    "proof_spf": ("verified in part: SPF {domain}", "일부 확인됨: SPF {domain}", "一部確認済み：SPF {domain}"),
    "proof_forwarded": (
        "verified by the forwarder: {domain}",
        "전달 서버가 확인함: {domain}",
        "転送元サーバーが確認：{domain}",
    ),
    "proof_login": ("verified: logged in", "확인됨: 로그인하여 보냄", "確認済み：ログインして送信"),
    "proof_repeated": (
        "verified in part: DKIM {domain}, perhaps sent again by others",
        "일부 확인됨: DKIM {domain}, 다른 사람이 다시 보냈을 수 있음",
        "一部確認済み：DKIM {domain}（他者による再送の可能性あり）",
    ),
    "proof_passed": ("verified", "확인됨", "確認済み"),
    "proof_unproven": (
        "not verified: nothing proves the sender",
        "확인 안 됨: 발신자를 증명할 근거가 없음",
        "未確認：差出人を証明するものがありません",
    ),
    "proof_unknown": (
        "not verified: DNS could not tell",
        "확인 안 됨: DNS 조회 실패",
        "未確認：DNSで確認できませんでした",
    ),
    "event_sender_checked_again": (
        "The sender was checked again: {found}",
        "발신자를 다시 확인한 결과: {found}",
        "差出人を再確認しました：{found}",
    ),
    "proof_failed": (
        "not verified: the check failed, perhaps forged",
        "확인 실패: 위조되었을 수 있음",
        "確認失敗：なりすましの可能性があります",
    ),
}
