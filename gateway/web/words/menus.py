"""Words of menus that customers answer with a number: English, Korean, Japanese."""

MENUS: dict[str, tuple[str, str, str]] = {
    "kind_choice": ("choice from a menu", "메뉴 선택", "メニューの選択"),
    "event_menu_offered": (
        "The customer may choose: {options}",
        "고객에게 선택 항목을 안내했습니다: {options}",
        "お客様に選択肢をご案内しました：{options}",
    ),
    "event_menu_chosen": (
        "{actor} chose “{label}” ({path}) from the menu {menu}",
        "{actor} 님이 메뉴 {menu}에서 “{label}” 항목({path})을 선택했습니다",
        "{actor} がメニュー {menu} から「{label}」（{path}）を選択しました",
    ),
}
