"""Lines that stand between the new text and an earlier message. Lower case, data only."""

# Between dashes, underscores, equals signs or stars ("-----Original Message-----", "--------- 원본 메일 ---------").
PHRASES: frozenset[str] = frozenset(
    (
        "original message", "original mail", "original email", "original e-mail", "originalmessage", "original appointment",
        "reply message",
        "replied message", "replied mail", "previous message", "quoted message", "in reply to", "reply separator", "mensaje original",
        "forwarded message", "forwarded mail", "forwarded by", "forward message", "begin forwarded message", "forwarded",
        "fwd message", "start of forwarded message",
        "원본 메시지", "원본메시지", "원본 메세지", "원본메세지", "원본 메일", "원본메일", "원본 이메일", "원문",
        "원문 메시지", "원문 메일", "이전 메시지", "이전 메일", "받은 메일", "전달된 메시지",
        "전달된 메일", "전달 메시지", "전달받은 메일", "전달한 메일", "전달된 이메일", "답장 원본", "원본 내용", "보낸 메시지",
        "원본 글", "회신 메일", "원본 약속",
        "元のメッセージ", "元のメール", "元メール", "オリジナルメッセージ", "オリジナル メッセージ", "転送メッセージ",
        "転送されたメッセージ", "転送メール", "転送", "引用", "返信元", "元のご連絡", "元の予定",
        "返信元メッセージ", "受信メール", "受信したメール", "以下、転送", "以下転送", "前のメッセージ",
        "原始邮件", "原邮件", "原始信息", "原始郵件", "原始訊息", "原始信件", "回复的原邮件", "回复的邮件", "回覆的原郵件",
        "转发的邮件", "转发邮件", "转发的原邮件", "轉寄郵件", "轉寄的郵件", "转发邮件信息", "轉寄訊息", "邮件原件",
        "轉寄的訊息", "已转发邮件", "轉寄者", "原件",
        "ursprüngliche nachricht", "originalnachricht", "original-nachricht", "originalmail", "ursprüngliche mail",
        "weitergeleitete nachricht", "weitergeleitet",
        "urspr. nachricht", "ursprünglicher termin", "originaltermin",
        "message d'origine", "message original", "message initial", "courriel original", "message transféré",
        "message transmis", "e-mail d'origine", "mail original",
        "mensaje reenviado", "mensaje enviado", "correo original", "mensaje original", "messaggio originale",
        "messaggio inoltrato", "messaggio inviato", "e-mail originale",
        "oorspronkelijk bericht", "origineel bericht", "oorspronkelijke bericht", "doorgestuurd bericht", "origineel",
        "doorgezonden bericht",
        "mensagem original", "mensagem encaminhada", "mensagem reencaminhada", "e-mail original",
        "wiadomość oryginalna", "oryginalna wiadomość", "wiadomość przekazana", "wiadomość przesłana dalej",
        "przekazana wiadomość", "treść przekazanej wiadomości",
        "ursprungligt meddelande", "originalmeddelande", "ursprungsmeddelande", "vidarebefordrat meddelande",
        "vidarebefordrat brev", "originalmelding",
        "oprindelig meddelelse", "original meddelelse", "videresendt meddelelse", "opprinnelig melding", "opprinnelig e-post",
        "videresendt melding",
        "alkuperäinen viesti", "välitetty viesti", "edelleenlähetetty viesti", "původní zpráva", "původní e-mail",
        "přeposlaná zpráva", "pôvodná správa", "preposlaná správa",
        "исходное сообщение", "исходное письмо", "оригинальное сообщение", "пересылаемое сообщение", "пересланное сообщение",
        "перенаправленное сообщение", "пересылаемое письмо",
        "вихідне повідомлення", "пересилання", "конец пересылаемого сообщения", "пересланное письмо",
        "özgün ileti", "orijinal mesaj", "orijinal ileti", "asıl mesaj", "iletilen mesaj", "yönlendirilen mesaj",
        "iletilmiş ileti", "özgün mesaj",
        "thư gốc", "tin nhắn gốc", "thư đã chuyển tiếp", "nội dung chuyển tiếp", "forwarded message từ", "thư chuyển tiếp",
        "ข้อความต้นฉบับ", "ข้อความเดิม", "ข้อความที่ส่งต่อ", "จดหมายต้นฉบับ", "eredeti üzenet", "mesaj original",
        "mesaj redirecționat", "αρχικό μήνυμα",
    )
)  # fmt: skip

# Whole lines without dashes, ending in a colon or not; Apple Mail, Lotus Notes, help desks.
BARE: tuple[str, ...] = (
    "begin forwarded message", "전달된 메시지", "전달된 메시지의 시작", "転送されたメッセージ", "以下は転送されたメッセージ",
    "開始轉寄郵件", "开始转发的邮件", "anfang der weitergeleiteten nachricht",
    "anfang der weitergeleiteten e-mail", "début du message réexpédié", "début du message transféré",
    "inicio del mensaje reenviado", "inizio messaggio inoltrato",
    "begin doorgestuurd bericht", "início da mensagem encaminhada", "início da mensagem reencaminhada",
    "początek przekazywanej wiadomości", "vidarebefordrat brev",
    "vidaresänt brev", "start på videresendt besked", "videresendt brev", "videresendt melding", "välitetty viesti alkaa",
    "začátek přeposlané zprávy",
    "začiatok preposlanej správy", "начало переадресованного сообщения", "начало переадресованного письма",
    "iletilen ileti başlangıcı", "bắt đầu thư được chuyển tiếp",
    "เริ่มต้นข้อความที่ส่งต่อ", "original message processed by david", "original message follows",
)  # fmt: skip

# A whole line that tells who wrote the unmarked lines below: GroupWise between ">>>", Lotus Notes with "---" around the date.
WRITTEN_BY: tuple[str, ...] = (
    r">>> .{0,120}\d{1,2}:\d{2}(?::\d{2})?(?: ?[APap][Mm])?(?: [A-Z]{3,4})? >>>",
    r">>> .{0,300} (?:wrote|schrieb|a écrit|escribió|ha scritto|schreef)\s?:",
    r"[^-]{2,60}---\d{1,4}[./-]\d{1,2}[./-]\d{1,4} \d{1,2}:\d{2}(?::\d{2})?(?: [AP]M)?---.{0,200}",
)

# Our own marker and those of other help desks: nothing below such a line was written this time.
REPLY_ABOVE: tuple[str, ...] = (
    "reply above this line", "reply above the line", "type your reply above", "please type your reply above",
    "please reply above", "write your reply above",
    "add your reply above", "reply above to respond", "do not write below this line", "please do not write below",
    "enter your reply above", "respond above this line",
    "your reply above this line", "이 줄 위에 답장", "이 줄 위에 회신", "이 선 위에 답장", "이 선 위에 회신",
    "이 줄 위에 답변", "이 선 위에 답변", "이 줄 위쪽에", "이 줄 위에 내용을",
    "이 줄 위에 작성", "윗줄에 답장", "이 줄 위에 입력", "이 줄 윗부분에", "この行より上に", "この行の上に", "この線より上に",
    "この線の上に", "この行より上へ", "请在此行上方回复", "请在此线上方回复", "請在此行上方回覆", "请在此行以上",
    "antworten sie über dieser zeile", "antwort bitte über dieser", "bitte antworten sie oberhalb",
    "bitte oberhalb dieser zeile", "répondez au-dessus de cette ligne",
    "répondre au-dessus de cette ligne", "veuillez répondre au-dessus", "escriba su respuesta por encima",
    "responda por encima de esta línea", "responder por encima de esta línea",
    "rispondi sopra questa riga", "scrivi la tua risposta sopra", "antwoord boven deze lijn", "typ uw antwoord boven",
    "responda acima desta linha", "digite sua resposta acima",
    "odpowiedz powyżej tej linii", "svara ovanför denna", "skriv svar over denne", "svar over denne linje",
    "vastaa tämän rivin yläpuolelle", "odpovězte nad tímto řádkem",
    "напишите ответ над этой", "ответьте выше этой", "yanıtınızı bu satırın üstüne", "bu satırın üstüne yanıt",
    "trả lời phía trên dòng này", "ตอบกลับเหนือบรรทัดนี้",
)  # fmt: skip
