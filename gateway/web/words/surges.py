"""Words of waves of similar mails: English, Korean, Japanese."""

SURGES: dict[str, tuple[str, str, str]] = {
    "surges": ("Waves of similar mails", "비슷한 문의 급증", "類似メールの急増"),
    "surges_what": (
        "Many people wrote of the same within a short time. Made one problem, all of them are solved and told together.",
        "짧은 시간에 여러 사람이 같은 내용으로 문의한 경우입니다. 하나의 문제로 묶으면 함께 해결하고 함께 안내할 수 있습니다.",
        "短時間に多くの人から同じ内容の問い合わせがありました。一つの問題にまとめると、まとめて解決し、全員にお知らせできます。",
    ),
    "surges_off": (
        "Nobody looks for waves: `surge.enabled` is off.",
        "급증 감지가 꺼져 있습니다(`surge.enabled`).",
        "急増の検知はオフになっています（`surge.enabled`）。",
    ),
    "surges_none": ("No waves so far.", "아직 급증한 문의가 없습니다.", "まだ急増はありません。"),
    "surge_tickets": ("{count} tickets", "티켓 {count}건", "チケット{count}件"),
    "surge_problem": ("Problem:", "문제:", "問題："),
    "surge_make": ("Make them one problem", "하나의 문제로 묶기", "一つの問題にまとめる"),
    "surge_link": ("Link the others too", "나머지도 묶기", "残りもまとめる"),
    "done_surge": (
        "This ticket is the problem; the others of the wave are its incidents.",
        "이 티켓을 문제로 지정하고, 나머지는 관련 장애로 연결했습니다.",
        "このチケットを問題とし、ほかは関連する障害として関連付けました。",
    ),
    "event_surge": (
        "Part of a wave of similar mails: {words}",
        "비슷한 문의 급증에 포함됨: {words}",
        "類似メールの急増に含まれます：{words}",
    ),
}
