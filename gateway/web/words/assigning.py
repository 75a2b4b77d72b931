"""Words of who gets a ticket, and of agents who are away: English, Korean, Japanese."""

ASSIGNING: dict[str, tuple[str, str, str]] = {
    "event_by_itself": ("{told} – {why}", "{told} – {why}", "{told}：{why}"),
    "event_not_assigned": (
        "Nobody could be found for this ticket: {why}",
        "담당자를 찾지 못했습니다: {why}",
        "担当者が見つかりませんでした：{why}",
    ),
    "event_returned": (
        "Back from {before} to the team: {why}",
        "{before} 님에게서 팀으로 돌아왔습니다: {why}",
        "{before} からチームに戻りました：{why}",
    ),
    "presence": ("Presence", "자리 비움", "在席状況"),
    "presence_here": (
        "You are here: new tickets can be given to you.",
        "근무 중입니다. 새 티켓이 배정될 수 있습니다.",
        "在席中です。新しいチケットが割り当てられることがあります。",
    ),
    "presence_away": (
        "You are away since {when}: no new ticket is given to you. What you have stays yours.",
        "{when}부터 자리를 비운 상태입니다. 새 티켓이 배정되지 않으며, 맡고 있는 티켓은 그대로 남습니다.",
        "{when} から離席中です。新しいチケットは割り当てられません。担当中のチケットはそのままです。",
    ),
    "presence_go": ("I am away", "자리 비우기", "離席する"),
    "presence_return": ("I am back", "복귀하기", "在席に戻す"),
    "is_away": ("away", "자리 비움", "離席中"),
}
