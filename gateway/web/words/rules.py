"""Words of the pages about rules: English, Korean, Japanese."""

RULES: dict[str, tuple[str, str, str]] = {
    "rules": ("Rules", "규칙", "ルール"),
    "rules_what": (
        "Every rule with how often it applied. “Idle”: not within {days} days.",
        "모든 규칙과 적용 횟수입니다. ‘미사용’은 {days}일 동안 적용되지 않았다는 뜻입니다.",
        "すべてのルールと適用回数です。「未使用」は{days}日間適用されていないことを示します。",
    ),
    "rules_none": ("There are no rules yet.", "아직 규칙이 없습니다.", "まだルールがありません。"),
    "rule": ("Rule", "규칙", "ルール"),
    "rule_kind": ("Asked", "시점", "タイミング"),
    "rule_kind_rules": ("when mail comes in", "메일 접수 시", "メール受信時"),
    "rule_kind_events": ("when something happens", "이벤트 발생 시", "イベント発生時"),
    "rule_kind_timers": ("as time passes", "시간 경과 시", "時間経過時"),
    "rule_hits": ("Applied", "적용 횟수", "適用回数"),
    "rule_last": ("Last", "마지막 적용", "最終適用"),
    "rule_where": ("Where", "위치", "場所"),
    "rule_never": ("never", "없음", "なし"),
    "rule_idle": ("idle", "미사용", "未使用"),
    "rule_matching": ("What it fits now", "지금 해당하는 티켓", "今該当するチケット"),
    "rule_matching_cut": (
        "Only the {count} tickets changed last were looked at; `gateway rules matching` looks at all.",
        "최근에 변경된 티켓 {count}건만 확인했습니다. `gateway rules matching` 명령은 전체를 확인합니다.",
        "最近変更された{count}件だけを確認しました。すべての確認は `gateway rules matching` で行えます。",
    ),
    "rule_matching_what": (
        "Closed and merged tickets are left out. Looking changes nothing.",
        "종료되거나 병합된 티켓은 제외됩니다. 이 화면은 아무것도 바꾸지 않습니다.",
        "クローズ済みと統合済みのチケットは含みません。この画面を見ても何も変わりません。",
    ),
    "rule_fits_now": (
        "Fits now: {count} of {all} tickets",
        "지금 해당: 티켓 {all}건 중 {count}건",
        "今該当：{all}件中{count}件",
    ),
    "rule_fits_later": (
        "Will fit, if nothing happens until then: {count}",
        "그때까지 변화가 없으면 해당: {count}건",
        "それまでに動きがなければ該当：{count}件",
    ),
    "rule_fits_in": ("in {time}", "{time} 후", "{time}後"),
    "rule_applied": ("has applied", "적용됨", "適用済み"),
    "rule_left_out": (
        "Conditions on what happens are not asked here: {names}",
        "무슨 일이 일어나는지 묻는 조건은 여기서 확인하지 않습니다: {names}",
        "出来事についての条件はここでは確認しません：{names}",
    ),
}
