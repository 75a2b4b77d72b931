"""Words of the page that makes a test of a mail: English, Korean, Japanese."""

MAIL_AS_TEST: dict[str, tuple[str, str, str]] = {
    "make_test": ("Make this mail a test", "이 메일로 테스트 만들기", "このメールをテストにする"),
    "make_test_how": (
        "Paste this below “tests:” in rules.yaml. It says what today’s rules make of this mail; change “expect” to what they should.",
        "rules.yaml의 “tests:” 아래에 붙여 넣으세요. 지금 규칙의 처리 결과가 적혀 있으니, 달라져야 한다면 “expect”를 고치세요.",
        "rules.yaml の「tests:」の下に貼り付けてください。現在のルールの処理結果です。違う結果にしたい場合は「expect」を直してください。",
    ),
    "make_test_whole": (
        "One click selects all of it.",
        "한 번 클릭하면 전체가 선택됩니다.",
        "クリックするとすべて選択されます。",
    ),
    "make_test_private": (
        "Names are left out, and numbers of cards and residents are hidden. The text is the customer’s: read it before you pass it on.",
        "이름은 빼고 카드 번호와 주민등록번호는 가렸습니다. 본문은 고객이 쓴 글이니, 다른 곳에 옮기기 전에 읽어 보세요.",
        "名前は省き、カード番号と住民登録番号は伏せています。本文はお客様の文章です。ほかに移す前にご確認ください。",
    ),
}
