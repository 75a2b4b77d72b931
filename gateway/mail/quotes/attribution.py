"""Words of the line that introduces a quotation ("On ..., Kim wrote:"), a row a language. Lower case, data only."""

# Words such a line begins with. A line may also begin with a date, a weekday, a name with an address, or an address.
STARTS: tuple[str, ...] = (
    "on ", "at ", "in message", "in article", "quoting ", "zitat von", "citando ", "citát ",  # en and old Unix mailers
    "am ", "vom ", "le ", "el ", "il giorno", "il ", "in data", "op ", "em ", "no dia", "a ", "den ", "w dniu", "dnia ", "dne ", "dňa ",
    "vào ", "lúc ", "ในวันที่", "เมื่อ", "在 ", "在", "於 ", "於", "тема", "στις", "pe ", "în ",
)  # fmt: skip

# With an address and a colon these need no date and no verb ("Quoting Kim <kim@example.com>:").
QUOTING: tuple[str, ...] = ("quoting ", "zitat von ", "citando ", "citation de ", "citát ", "użytkownik ")

# Weekdays and months as programs write them at the beginning, three to five letters are enough.
DATE_STARTS: tuple[str, ...] = (
    "mon", "tue", "wed", "thu", "fri", "sat", "sun", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    "mo", "di", "mi", "do", "fr", "sa", "so", "lun", "mer", "jeu", "ven", "sam", "dim", "mié", "jue", "vie", "sáb", "dom", "gio", "sab",
    "ma", "wo", "vr", "za", "zo", "seg", "ter", "qua", "qui", "sex", "pon", "wt", "śr", "czw", "pt", "sob", "niedz", "mån",
    "tis", "ons", "tors", "tor", "fre",
    "lör", "sön", "man", "tir", "lør", "søn", "ti", "ke", "to", "pe", "la", "su", "út", "st", "čt", "pá", "so", "ne", "po",
    "пн", "вт", "ср", "чт", "пт", "сб", "вс", "пон", "втор", "сред", "четв", "пятн", "субб", "воскр", "нд",
    "pzt", "sal", "çar", "per", "cum", "cmt", "paz", "th 2", "th 3", "th 4", "th 5", "th 6", "th 7", "cn", "thứ", "월", "화",
    "수", "목", "금", "토", "일",
    "오전", "오후", "令和", "平成", "昭和",
)  # fmt: skip

# What says that somebody wrote. Latin words are looked for between blanks or marks, others anywhere.
VERBS: tuple[str, ...] = (
    "wrote", "writes", "said", "says", "sent the following",
    "schrieb", "hat geschrieben", "geschrieben", "a écrit", "écrit", "ecrit", "escribió", "escribio", "ha escrito",
    "ha scritto", "scrisse", "schreef", "geschreven", "het volgende", "escreveu", "napisał", "napisał(a)", "napisała", "pisze",
    "skrev", "skrev följande", "kirjoitti", "napsal", "napsal(a)", "napsala", "napísal", "napísal(a)", "yazdı", "şunu yazdı", "yazmış",
    "đã viết", "viết", "írta", "a scris", "έγραψε",
)  # fmt: skip
VERBS_ANYWHERE: tuple[str, ...] = (
    "님이 작성", "님이 쓴", "님이 씀", "님께서 작성", "님께서 쓰", "님의 말", "님이 보낸", "님이 다음", "님의 메시지",
    "님이 쓴 글", "님이 썼", "가) 쓴 글", "님이 쓰신", "님께서 쓰", "쓰신 글", "가 쓴 글", "이 쓴 글", "작성:", "작성 :", "작성했습니다",
    "에 작성", "작성한 내용", "작성한 메일", "썼습니다", "보낸 메일", "보내신 메일", "のメール", "さんは書きました",
    "さんが書きました", "は書きました", "が書きました", "のメッセージ", "さんからのメール", "様のメール",
    "書いた", "さんの返信", "さんの投稿", "さん wrote", "作成", "は次のように書", "写道", "寫道", "写到", "來信", "来信",
    "的信件", "撰寫", "写了", "編寫", "написал", "написала",
    "написав", "пишет", "писал", "писав", "เขียน", "ได้เขียน", "(a) écrit", "บันทึก",
)  # fmt: skip

# Endings after which no colon is needed.
ENDS_WITHOUT_COLON: tuple[str, ...] = (
    "wrote",
    "님이 작성",
    "님이 작성한 내용",
    "님의 말",
    "のメール",
    "写道",
    "寫道",
    "написал(а)",
    "님이 쓴 글",
    "schrieb",
    "a écrit",
    "skrev",
)
