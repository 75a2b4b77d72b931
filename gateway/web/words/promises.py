"""Words of promises and their deadlines: English, Korean, Japanese."""

PROMISES: dict[str, tuple[str, str, str]] = {
    "promises": ("Promises", "응답 약속", "対応期限"),
    "promises_zone": (
        "Times are in the time zone {zone}.",
        "시각은 {zone} 시간대 기준입니다.",
        "時刻は{zone}のタイムゾーンです。",
    ),
    "promise_round": ("{promise}, no. {round}", "{promise} ({round}번째)", "{promise}（{round}回目）"),
    "promise_state_running": ("Running", "진행 중", "進行中"),
    "promise_state_late": ("Late", "기한 초과", "期限超過"),
    "promise_state_paused": ("Paused", "일시 중지", "一時停止中"),
    "promise_state_met": ("Kept", "지킴", "達成"),
    "promise_state_missed": ("Not kept", "지키지 못함", "未達成"),
    "promise_due": ("due {when}", "기한 {when}", "期限 {when}"),
    "promise_was_due": ("was due {when}", "기한은 {when}", "期限は{when}"),
    "promise_target_business": (
        "{target} in the business hours of “{calendar}”",
        "“{calendar}” 업무 시간 기준 {target}",
        "「{calendar}」の営業時間で{target}",
    ),
    "promise_target_always": ("{target}, day and night", "{target} (24시간 기준)", "{target}（24時間ベース）"),
    "promise_spent": ("{spent} used", "{spent} 사용", "{spent}経過"),
    "span_days": ("{count} d", "{count}일", "{count}日"),
    "span_hours": ("{count} h", "{count}시간", "{count}時間"),
    "span_minutes": ("{count} min", "{count}분", "{count}分"),
    "due_left": ("{span} left", "{span} 남음", "あと{span}"),
    "due_late": ("{span} late", "{span} 지남", "{span}超過"),
    "due_title": ("Due {when}", "기한 {when}", "期限 {when}"),
    "sort_usual": ("Usual order", "기본 순서", "標準の順"),
    "sort_due": ("By deadline", "기한순", "期限順"),
    "sort_due_what": (
        "Tickets without a running deadline are not in this list.",
        "진행 중인 기한이 없는 티켓은 이 목록에 나오지 않습니다.",
        "進行中の期限がないチケットはこの一覧に表示されません。",
    ),
}
