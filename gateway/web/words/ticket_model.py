"""Words of fields, types, own statuses and problems: English, Korean, Japanese."""

TICKET_MODEL: dict[str, tuple[str, str, str]] = {
    "model_title": ("Details", "상세 정보", "詳細"),
    "model_type": ("Type", "유형", "種別"),
    "model_no_type": ("none", "없음", "なし"),
    "type_question": ("question", "문의", "質問"),
    "type_incident": ("incident", "장애", "障害"),
    "type_problem": ("problem", "문제", "問題"),
    "type_task": ("task", "작업", "作業"),
    "field_yes": ("yes", "예", "はい"),
    "field_no": ("no", "아니요", "いいえ"),
    "field_needed": ("needed before solving", "해결 전에 필요", "解決の前に必要"),
    "purpose_routing": ("For routing", "배정용", "振り分け用"),
    "purpose_solving": ("For the answer", "처리용", "対応用"),
    "purpose_reporting": ("For reports", "통계용", "集計用"),
    "event_fields_emptied": ("{name}: emptied", "{name}: 비움", "{name}：空"),
    "model_problem": ("Problem", "원인이 된 문제", "原因の問題"),
    "model_problem_how": ("number of its problem", "원인이 된 문제의 번호", "原因となる問題の番号"),
    "model_problem_why": (
        "When the problem is solved, this ticket is solved with it, and its customer is told.",
        "문제가 해결되면 이 티켓도 함께 해결되고 고객에게 안내됩니다.",
        "問題が解決すると、このチケットも解決済みになり、お客様に通知されます。",
    ),
    "model_incidents": ("Incidents: {count}", "연결된 장애: {count}건", "関連する障害：{count}件"),
    "model_incidents_why": (
        "They are solved together with this problem; each customer is told in their own thread.",
        "이 문제를 해결하면 모두 함께 해결되고, 고객마다 각자의 메일 대화로 안내됩니다.",
        "この問題を解決すると、すべて解決済みになり、お客様にはそれぞれのスレッドで通知されます。",
    ),
    "event_problem_linked": (
        "{actor} made it an incident of problem #{problem}",
        "{actor} → 문제 #{problem}의 장애로 연결",
        "{actor} が問題 #{problem} の障害として関連付け",
    ),
    "event_problem_unlinked": (
        "{actor} took it out of problem #{problem}",
        "{actor} → 문제 #{problem}에서 분리",
        "{actor} が問題 #{problem} から外しました",
    ),
    "event_incident_linked": (
        "{actor} added incident #{incident}",
        "{actor} → 장애 #{incident} 연결",
        "{actor} が障害 #{incident} を追加",
    ),
    "event_incident_unlinked": (
        "{actor} took out incident #{incident}",
        "{actor} → 장애 #{incident} 분리",
        "{actor} が障害 #{incident} を外しました",
    ),
    "event_incidents_solved": (
        "Incidents solved with this problem: {solved}",
        "이 문제와 함께 해결된 장애: {solved}",
        "この問題とともに解決した障害：{solved}",
    ),
    "event_incident_not_solved": (
        "Problem #{problem} is solved, but this ticket is not: {why}",
        "문제 #{problem}은 해결되었지만 이 티켓은 해결되지 않았습니다: {why}",
        "問題 #{problem} は解決しましたが、このチケットは解決できませんでした：{why}",
    ),
    "event_incidents_reopened": (
        "{actor} opened the incidents again: {reopened}",
        "{actor} → 함께 해결된 장애를 다시 열었습니다: {reopened}",
        "{actor} が障害を再開しました：{reopened}",
    ),
    "model_reopen_incidents": (
        "Open the solved incidents again",
        "함께 해결된 장애 다시 열기",
        "解決済みの障害を再開する",
    ),
    "organization": ("Organisation", "조직", "組織"),
    "done_incidents": ("The incidents are open again.", "장애를 다시 열었습니다.", "障害を再開しました。"),
}
