"""Words of organisations: English, Korean, Japanese."""

ORGANIZATIONS: dict[str, tuple[str, str, str]] = {
    "organizations": ("Organisations", "조직", "組織"),
    "organizations_none": (
        "None are configured. They stand in organizations.yaml, or in a CSV file.",
        "설정된 조직이 없습니다. organizations.yaml 또는 CSV 파일에 적습니다.",
        "組織は設定されていません。organizations.yaml または CSV ファイルに記述します。",
    ),
    "organizations_find": ("Name or domain", "이름 또는 도메인", "名前またはドメイン"),
    "organizations_more": (
        "{count} more are not shown.",
        "{count}건은 표시하지 않았습니다.",
        "ほか{count}件は表示していません。",
    ),
    "organization_counts": (
        "{unsolved} unsolved of {every} tickets",
        "전체 티켓 {every}건 중 미해결 {unsolved}건",
        "全{every}件中、未解決{unsolved}件",
    ),
    "organization_silent": (
        "Nobody of this organisation has written yet.",
        "아직 이 조직에서 온 문의가 없습니다.",
        "この組織からの問い合わせはまだありません。",
    ),
    "organization_contract": ("Contract", "계약", "契約"),
    "organization_policy": ("Promises", "약속", "約束"),
    "organization_domains": ("Domains", "도메인", "ドメイン"),
    "organization_people": ("People", "구성원", "メンバー"),
    "organization_tickets": ("Tickets: {count}", "티켓 {count}건", "チケット{count}件"),
}
