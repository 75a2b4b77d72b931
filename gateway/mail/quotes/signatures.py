"""Lines that programs and companies add below what somebody wrote, and banners they put above it. Lower case, data only."""

# A whole line that begins like this and goes on with few words is the mark of a program.
SENT_FROM: tuple[str, ...] = (
    "sent from ", "sent via ", "sent with ", "sent by my", "sent using ", "sent on the go", "sent on my ", "get outlook for",
    "get bluemail for", "download outlook for",
    "enviado desde", "enviado del", "enviado do", "enviado de ", "enviado a partir", "enviado pelo", "enviado via",
    "enviada do", "obtener outlook", "obtenha o outlook",
    "obter o outlook", "descargar outlook",
    "gesendet von", "gesendet mit", "von meinem ", "von mobil", "diese nachricht wurde von meinem", "holen sie sich outlook",
    "outlook für ", "outlook for ",
    "envoyé de mon", "envoyé depuis", "envoyé à partir", "envoyé avec", "envoyé par", "envoyé de ", "télécharger outlook",
    "obtenez outlook", "provenance :", "provenance:",
    "inviato da", "inviato dal", "ottieni outlook", "scarica outlook", "verstuurd vanaf", "verzonden vanaf", "verzonden met",
    "verzonden via", "outlook voor ", "download outlook",
    "wysłane z", "wysłano z", "wysłane za", "pobierz program outlook", "pobierz outlook", "skickat från", "skickades från",
    "hämta outlook",
    "sendt fra", "sendt med", "hent outlook", "skaff deg outlook", "skaff outlook", "last ned outlook", "lähetetty ",
    "hanki outlook", "odesláno z", "odoslané z", "odoslané zo",
    "získat outlook", "získejte outlook", "stáhnout outlook", "отправлено с", "отправлено из", "отправлено через",
    "скачать outlook", "получить outlook", "надіслано з",
    "được gửi từ", "đã gửi từ", "gửi từ", "tải outlook", "ส่งจาก", "รับ outlook", "ดาวน์โหลด outlook",
    "从我的", "發自我的", "发自我的", "发自", "從我的", "來自我的", "来自我的", "寄自我的", "发送自", "發送自", "自我的",
    "傳送自我的", "从 windows",
)  # fmt: skip

# A whole short line that ends like this, or holds this before its last mark.
SENT_FROM_ENDS: tuple[str, ...] = (
    "에서 보냄", "에서 보냈습니다", "에서 보낸 메일입니다", "에서 보낸 메일", "에서 보낸 메시지", "에서 보낸 메시지입니다",
    "에서 전송", "에서 전송됨", "에서 전송했습니다", "에서 전송하였습니다", "에서 발송", "에서 발송됨",
    "에서 발송했습니다", "에서 발송되었습니다", "으로 보냄", "로 보냄", "을 통해 보냄", "에서 작성됨",
    "에서 보내는 메일입니다", "앱에서 보냈어요", "outlook 다운로드", "outlook 받기", "outlook 가져오기", "용 outlook",
    "用 outlook", "版 outlook",
    "용 메일에서 보냄", "から送信", "から送信されました", "から送信しました", "からの送信", "より送信", "より送信されました",
    "で送信", "を入手", "を使用して送信", "を取得", "から送信。", "アプリから", "版邮件发送", "发送", "傳送",
    "gesendet", "verzonden", "gönderildi", "gönderilmiştir", "'u edinin", "outlook'u edinin", "downloaden", "laden",
    "beziehen", "herunterladen", "versendet",
)  # fmt: skip

# One of these must be in a line found by its ending, or in a long one: it names a device or a program.
DEVICES: tuple[str, ...] = (
    "iphone", "ipad", "ipod", "android", "galaxy", "samsung", "blackberry", "windows", "outlook", "mobile", "smartphone",
    "phone", "tablet", "htc", "huawei", "xiaomi",
    "pixel", "nokia", "yahoo", "mail", "lg", "sony", "xperia", "gmail", "naver", "daum", "kakao", "hiworks", "telefon",
    "handy", "móvil", "movil", "mobil", "celular",
    "mac", "watch", "thunderbird", "spark", "proton", "tutanota", "aol", "gmx", "web.de", "telekom", "orange", "t-mobile",
    "verizon", "at&t", "vivo", "oppo", "oneplus",
    "갤럭시", "삼성", "아이폰", "아이패드", "안드로이드", "스마트폰", "휴대폰", "핸드폰", "휴대전화", "모바일", "네이버",
    "다음 ", "카카오", "메일 앱", "메일앱", "네이트", "하이웍스", "태블릿", "웨일", "단말기", "크롬북",
    "スマートフォン", "スマホ", "携帯", "ドコモ", "ソフトバンク", "ケータイ", "アンドロイド", "メール", "ギャラクシー",
    "タブレット", "小米", "华为", "華為", "手机", "手機", "邮箱", "郵件", "邮件", "苹果", "平板",
    "смартфон", "телефон", "айфон", "почт", "โทรศัพท์", "điện thoại", "telefoon", "telefono", "téléphone", "puhelin",
    "tablette", "tablet", "courrier", "correo", "posta",
)  # fmt: skip

# Advertising lines of free mail services, from their beginning.
PROMOTIONS: tuple[str, ...] = (
    "yahoo mail:", "yahoo! mail", "do you yahoo", "get your free", "virus-free", "this email has been checked for viruses",
    "이 메일은 바이러스 검사", "avast로 바이러스 검사", "avast",
    "diese e-mail wurde von avast", "cet email a été vérifié", "find out more about", "join the conversation", "using opera's",
    "powered by outlook", "mailtrack",
    "네이버 메일 앱", "다음메일 앱", "yahoo!メール", "ヤフーメール", "[image: mailtrack", "sender notified by",
    "sent through the", "to unsubscribe from this group",
    "you received this message because", "you are receiving this because", "reply to this email directly or view it on github",
    "이 메일은 네이버",
)  # fmt: skip

# A paragraph that begins like this, at the end of what was written, is a legal notice; everything to the end of it goes.
DISCLAIMERS: tuple[str, ...] = (
    "disclaimer", "confidentiality notice", "confidentiality note", "confidentiality:", "confidential:",
    "confidentiality statement", "legal notice", "legal disclaimer",
    "privileged and confidential", "privileged/confidential", "important notice", "notice:", "notice to recipient",
    "this e-mail and any", "this email and any",
    "this e-mail and its", "this email and its", "this e-mail (and any", "this email (and any", "this e-mail (including",
    "this email (including", "this e-mail, including",
    "this email, including", "this message and any", "this message and its", "this message (and any",
    "this message (including", "this message contains",
    "this message w/attachments", "this e-mail message", "this email message", "this e-mail contains", "this email contains",
    "this e-mail may contain",
    "this email may contain", "this message may contain", "this e-mail is confidential", "this email is confidential",
    "this message is confidential",
    "this e-mail is intended", "this email is intended", "this message is intended", "this communication", "this transmission",
    "the information contained in this",
    "the information in this", "the information transmitted", "the contents of this", "the content of this",
    "any views or opinions", "if you are not the intended",
    "if you have received this", "please consider the environment", "before printing", "think before you print", "think green",
    "p please consider", "save a tree",
    "본 메일은", "본 이메일은", "본 전자우편은", "본 메일에", "본 메일의", "본 메시지는", "본 이메일에", "본 전자메일은",
    "본 e-mail", "본 email", "본 문서는", "이 메일은", "이 이메일은", "이 전자우편은", "이 메시지는 지정된", "이 메시지에는",
    "이 전자 메일", "이 전자메일", "이 e-mail", "이 email", "본 정보는", "위 메일은", "본 메시지에", "본 발신", "* 본 메일",
    "※ 본 메일", "비밀유지", "보안 고지", "[보안", "법적 고지", "상기 메시지", "위 메시지는", "상기 메일",
    "このメールには", "本メールには", "このメールは", "本メールは", "この電子メールは", "この電子メールには", "本電子メール",
    "このメッセージは", "このメッセージには", "【免責", "免責事項", "【機密", "機密情報", "秘密情報", "本メッセージ",
    "※このメール", "※本メール", "当メール", "此邮件", "本邮件", "本电子邮件", "此电子邮件", "本郵件", "此郵件", "本信件",
    "免责声明", "免責聲明", "保密声明", "这封邮件", "此信件", "本电邮", "声明：", "重要提示：", "保密提示",
    "diese e-mail", "diese email", "diese nachricht enthält", "der inhalt dieser", "dieses e-mail", "vertraulichkeitshinweis",
    "haftungsausschluss", "rechtlicher hinweis",
    "ce message et", "ce message est", "ce courriel", "cet e-mail", "cet email", "ce mail", "les informations contenues",
    "avis de confidentialité", "ce message contient",
    "este mensaje", "este correo", "este e-mail", "la información contenida", "aviso legal", "aviso de confidencialidad",
    "advertencia legal", "antes de imprimir",
    "questo messaggio", "questa e-mail", "questa email", "le informazioni contenute", "il contenuto di questa",
    "avviso di riservatezza", "ai sensi del",
    "dit bericht", "deze e-mail", "dit e-mailbericht", "de informatie in dit", "de informatie verzonden", "esta mensagem",
    "este email", "a informação contida", "as informações contidas",
    "niniejsza wiadomość", "ta wiadomość", "treść tej wiadomości", "wiadomość ta", "detta meddelande",
    "detta e-postmeddelande", "denna e-post", "informationen i detta",
    "denne e-mail", "denne mail", "denne e-posten", "denne meldingen", "denne e-post", "tämä viesti", "tämä sähköposti",
    "tato zpráva", "tento e-mail", "táto správa",
    "настоящее сообщение", "данное сообщение", "это сообщение", "это электронное", "содержание данного", "данное электронное",
    "информация, содержащаяся", "bu e-posta",
    "bu mesaj", "bu ileti", "bu elektronik", "email này", "thư này", "thông tin trong", "nội dung email", "อีเมลนี้",
    "อีเมล์นี้", "ข้อความนี้",
)  # fmt: skip

# A notice must also hold one of these, or stand under a rule: people begin sentences like that too.
DISCLAIMER_WORDS: tuple[str, ...] = (
    "confidential", "intended", "recipient", "privileged", "environment", "printing", "print this", "disclos", "unauthori",
    "views or opinions", "in error", "virus", "legal",
    "기밀", "비밀", "수신자", "수신인", "법률", "법적", "무단", "보호", "삭제", "유출", "열람", "지정된", "법에", "제3자",
    "발신전용", "발신 전용", "機密", "秘密", "受信者", "宛先", "誤って", "削除", "開示", "名宛人", "破棄", "法的",
    "保密", "机密", "機密", "收件人", "删除", "刪除", "法律", "泄露", "洩漏", "vertraulich", "empfänger", "bestimmt",
    "adressat", "irrtümlich", "confidentiel", "destinat", "environnement", "imprim",
    "confidencial", "riservat", "vertrouwelijk", "geadresseerde", "bestemd", "poufn", "adresat", "konfidenti", "mottagare",
    "fortrolig", "modtager", "mottaker", "luottamuksel",
    "důvěrn", "dôvern", "конфиденциал", "адресат", "получател", "gizli", "alıcı", "bảo mật", "người nhận", "ความลับ", "ผู้รับ",
)  # fmt: skip

# Banners that a mail system puts above somebody's text.
BANNERS: tuple[str, ...] = (
    "caution: this email originated", "caution: this e-mail originated", "caution: external", "caution - external",
    "caution: this message", "caution external",
    "external email", "[external", "external:", "warning: this email originated", "warning: external",
    "this email originated from outside", "this message originated from outside",
    "this e-mail originated from outside", "this message was sent from outside", "you don't often get email from",
    "you don't often receive email from",
    "some people who received this message don't often get email", "[외부 메일", "[외부메일", "외부에서 발송된 메일",
    "외부 메일입니다", "※ 외부에서", "주의: 외부", "경고: 외부", "이 메일은 외부에서", "본 메일은 외부에서", "[외부발신",
    "【外部", "注意：外部", "注意: 外部", "※社外", "【社外", "このメールは外部", "このメールは社外", "社外からのメール",
    "[社外", "achtung: externe", "externe e-mail", "courriel externe", "attention : ce courriel", "外部邮件", "【外部邮件",
)  # fmt: skip

# What makes a line of a last paragraph one of a business card.
CONTACT: tuple[str, ...] = (
    "tel", "phone", "mobile", "fax", "cell", "direct", "office", "e-mail", "email", "mail", "web", "www.", "http", "m.", "t.",
    "f.", "e.", "h.p", "hp", "c.p", "address",
    "addr", "전화", "휴대폰", "핸드폰", "팩스", "이메일", "메일", "주소", "연락처", "직통", "대표", "홈페이지", "내선",
    "사무실", "회사", "電話", "携帯", "ファックス", "住所", "メール", "直通", "内線", "代表", "〒", "℡", "☎", "📞", "✉",
    "电话", "手机", "传真", "地址", "邮箱", "電郵", "手機", "傳真", "telefon", "handy", "mobil", "tél", "móvil", "cel",
    "telefono", "тел", "моб", "факс",
)  # fmt: skip

# How people close a mail; what stands below may be a business card.
CLOSINGS: tuple[str, ...] = (
    "best regards", "kind regards", "regards", "warm regards", "with regards", "thanks", "thank you", "many thanks",
    "sincerely", "yours", "best", "cheers", "respectfully", "cordially",
    "감사합니다", "감사드립니다", "고맙습니다", "감사", "수고하세요", "수고하십시오", "안녕히 계세요", "잘 부탁",
    "부탁드립니다", "좋은 하루", "즐거운 하루", "행복한 하루", "그럼 이만", "이상입니다",
    "以上", "よろしく", "宜しく", "何卒", "敬具", "草々", "どうぞよろしく", "ありがとうございま", "失礼いたします",
    "失礼します", "此致", "敬礼", "谢谢", "謝謝", "祝好", "祝商祺", "顺祝", "順頌",
    "mit freundlichen", "freundliche grüße", "viele grüße", "beste grüße", "mfg", "gruß", "cordialement", "bien à vous",
    "salutations", "merci", "saludos", "atentamente", "gracias",
    "cordiali saluti", "distinti saluti", "grazie", "met vriendelijke", "groeten", "atenciosamente", "obrigad", "pozdrawiam",
    "z poważaniem", "med vänliga", "vänliga hälsningar", "mvh",
    "med venlig", "venlig hilsen", "med vennlig", "hilsen", "ystävällisin", "terveisin", "s pozdravem", "с уважением",
    "спасибо", "saygılarımla", "teşekkür", "trân trọng", "cảm ơn", "ขอแสดงความนับถือ", "ขอบคุณ",
)  # fmt: skip
CLOSING_ENDS: tuple[str, ...] = (
    "드림", "올림", "배상", "拝", "감사합니다", "감사드립니다", "부탁드립니다", "부탁드리겠습니다", "바랍니다", "고맙습니다",
    "お願いいたします", "お願い致します", "お願いします", "お願い申し上げます", "ございます", "ございました",
)  # fmt: skip
