"""Japanese companies."""

from gateway.demo.files import csv, pdf
from gateway.demo.model import File, Mail, Person
from gateway.mail.model import Kind

KUDO = Person("工藤 直樹", "naoki.kudo@minato-arch.example", 9)
ENDO = Person("遠藤 彩", "aya.endo@minato-arch.example", 9)

MAILS = (
    Mail(
        name="ja-architect-quote",
        language="ja",
        at="08:59",
        sender=KUDO,
        cc=(ENDO,),
        subject="【お見積り依頼】図書館改修工事に伴う閲覧席照明の件",
        look="outlook",
        headers={"X-Mailer": "Microsoft Outlook 16.0"},
        files=(
            File("見積依頼書_湊建築設計.pdf", "application/pdf", pdf(("Request for quotation", "120 reading lamps"))),
            File(
                "席配置一覧.csv", "text/csv", csv((("階", "席数"), ("2", "72"), ("3", "48")), "cp932"), "encoded-word"
            ),
        ),
        text="""\
ルマ 法人ご担当者様

平素より大変お世話になっております。
湊建築設計の工藤でございます。

このたび弊社にて市立図書館の改修設計を担当することとなり、閲覧席の照明として貴社の
ルマ デスクランプを検討しております。つきましては、下記についてお見積りをお願いいたします。

1. 数量と仕様
閲覧席用120台。本体色は受注生産のダークグリーンを希望しております。
最小ロットと追加費用、色見本の貸出可否をご教示ください。

2. 設置方法
天板への固定が必須条件となります。クランプではなくビス留めに対応できるか、対応する場合の
図面（DXFまたはPDF）をいただけますでしょうか。

3. 制御
閉館時に一括で消灯できる必要がございます。既存の館内制御盤はDALI方式です。
変換器が必要な場合は、推奨品の型番もあわせてお知らせください。

4. 納期と検収
再来月上旬の現場搬入を予定しております。搬入は休館日の月曜日に限られます。

恐れ入りますが、来週水曜日までにお見積書を頂戴できますと幸いです。
ご不明な点がございましたら、CCの遠藤までお気軽にお問い合わせください。

何卒よろしくお願い申し上げます。""",
        signature="""\
--
湊建築設計株式会社　設計部
工藤 直樹
naoki.kudo@minato-arch.example""",
    ),
    Mail(
        name="ja-architect-colleague",
        language="ja",
        at="11:41",
        sender=ENDO,
        cc=(KUDO,),
        subject="RE: 【お見積り依頼】図書館改修工事に伴う閲覧席照明の件",
        answers="ja-architect-quote",
        quoting="outlook",
        look="outlook",
        fate="join_request",
        text="""\
いつもお世話になっております。湊建築設計の遠藤です。

工藤の依頼に一点補足いたします。3階の48席につきましては、車いすをご利用の方のため、
手元スイッチを天板の手前側に設ける必要がございます。図面に反映をお願いいたします。""",
    ),
    Mail(
        name="ja-receipt-name",
        language="ja",
        at="10:31",
        sender=Person("株式会社あさひ商会 経理", "keiri@asahi-shokai.example", 9),
        subject="領収書の宛名変更のお願い",
        charset="outlook-iso-2022-jp",
        text="""\
お世話になっております。㈱あさひ商会 経理担当の野口です。

先日発行いただいた領収書（No.20417）の宛名が個人名になっておりました。
「株式会社あさひ商会」に変更のうえ、再発行をお願いできますでしょうか。
あわせて、適格請求書の登録番号の記載もお願いいたします。

月末の締めに間に合わせたく、28日までにいただけますと助かります。""",
    ),
    Mail(
        name="ja-two-addresses",
        language="ja",
        at="12:47",
        sender=Person("ホテル風待ち 客室係", "room@kazemachi.example", 9),
        to=("main", "second"),
        subject="客室スピーカーの音量上限を設定したい",
        text="""\
ホテル風待ちの客室係です。窓口がわからず、二つの宛先にお送りしています。

客室に置いているオーブ スピーカーの音量を、お客様が50%より上に上げられないようにしたいです。
設定の方法、または業務用のファームウェアがありましたらご案内ください。
台数は32台です。""",
    ),
    Mail(
        name="ja-out-of-office",
        language="ja",
        at="13:23",
        sender=Person("井上 和也", "kazuya.inoue@asahi-shokai.example", 9),
        subject="自動応答: 新製品のご案内",
        headers={"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"},
        kind=Kind.AUTO_REPLY,
        fate="silent",
        null_reverse_path=True,
        text="""\
メールをいただきありがとうございます。
あさひ商会の井上です。

ただいま出張のため不在にしております。戻り次第ご返信いたします。
お急ぎの場合は、営業部の代表番号までご連絡ください。

※このメールは自動返信です。""",
    ),
    Mail(
        name="ja-press-request",
        language="ja",
        at="14:21",
        sender=Person("長谷川 凛", "rin.hasegawa@akari-magazine.example", 9),
        subject="製品画像の使用許可について",
        look="gmail",
        text="""\
突然のご連絡失礼いたします。暮らしの雑誌「あかり」編集部の長谷川と申します。

次号の特集「眠る前の光」で、貴社のおやすみライトをご紹介したく存じます。
つきましては、製品画像（350dpi以上）のご提供と掲載のご許可をお願いできますでしょうか。
校了は再来週の金曜日です。原稿は事前にご確認いただけます。

ご検討のほど、よろしくお願いいたします。""",
    ),
    Mail(
        name="ja-shop-return",
        language="ja",
        at="15:55",
        sender=Person("宮本電器店", "shop@miyamoto-denki.example", 9),
        subject="不良品返送の件（3台）",
        files=(
            File(
                "返品リスト.csv",
                "text/csv",
                csv((("品番", "数量", "症状"), ("MK-10", "3", "電源が入らない")), "cp932"),
                "nfd",
            ),
        ),
        text="""\
いつもお世話になっております。宮本電器店です。

先月入荷分のケトルMK-10のうち、3台の電源が入らず、店頭に出せません。
返品リストを添付しますので、着払い伝票を3枚送ってください。代替品は急ぎません。

宮本""",
    ),
    Mail(
        name="ja-machine-delivery-status",
        language="ja",
        at="17:03",
        sender=Person("ひより運輸", "no-reply@hiyori-unyu.example", 9),
        subject="【ひより運輸】お荷物の持ち戻りのお知らせ",
        headers={"Auto-Submitted": "auto-generated"},
        kind=Kind.AUTO_GENERATED,
        text="""\
下記のお荷物をお届けに伺いましたが、ご不在のため持ち戻りました。

伝票番号：4410-0000-8812
ご依頼主：ルマ ストア 様
お届け先：渡辺 健一 様
保管期限：7日間

※このメールは送信専用です。ご返信いただいてもお答えできません。""",
    ),
)
