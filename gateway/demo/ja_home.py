"""Japanese customers at home."""

from gateway.demo.files import png
from gateway.demo.model import File, Mail, Person

MISAKI = Person("中村 美咲", "misaki.nakamura@hinata.example", 9)
DAICHI = Person("小林 大地", "daichi.kobayashi@sakurabune.example", 9)
YUMIKO = Person("髙橋 由美子", "yumiko.takahashi@kumo-mail.example", 9)

MAILS = (
    Mail(
        name="ja-lamp-dimming",
        language="ja",
        at="08:47",
        sender=MISAKI,
        subject="デスクランプの明るさが変えられません",
        look="gmail",
        text="""\
お世話になっております。中村と申します。

先週購入したルマ デスクランプですが、昨夜から明るさの調整ができなくなりました。
本体のダイヤルを回しても、アプリから操作しても、常に最大の明るさのままです。
電源を入れ直しても変わりません。

何か確認すべき点がありましたらご教示ください。
よろしくお願いいたします。

中村 美咲""",
    ),
    Mail(
        name="ja-lamp-dimming-photo",
        language="ja",
        at="09:38",
        sender=MISAKI,
        subject="Re: デスクランプの明るさが変えられません",
        answers="ja-lamp-dimming",
        quoting="gmail",
        look="gmail",
        fate="appended",
        files=(File("本体裏のシール.png", "image/png", png(320, 240, (245, 245, 245), (200, 200, 205))),),
        text="""\
先ほどご連絡した中村です。
本体裏の型番シールの写真をお送りします。製造番号は DL2-77410 のようです。""",
    ),
    Mail(
        name="ja-lamp-dimming-solved",
        language="ja",
        at="16:17",
        sender=MISAKI,
        subject="Re: デスクランプの明るさが変えられません",
        answers="ja-lamp-dimming-photo",
        quoting="gmail",
        look="gmail",
        fate="appended",
        text="""\
たびたび失礼いたします。
説明書にあったリセット（ダイヤル長押し10秒）を試したところ、調整できるようになりました。
ただ、夜になるとまた固定されるかもしれませんので、明日まで様子を見てもよろしいでしょうか。""",
    ),
    Mail(
        name="ja-delivery-time",
        language="ja",
        at="09:09",
        sender=Person("渡辺 健一", "kenichi.watanabe@hinata.example", 9),
        subject="配達時間の変更をお願いします",
        text="""\
お世話になります。渡辺です。

本日午前中の配達をお願いしていましたが、急な仕事で家を空けることになりました。
18時から20時の間に変更していただくことは可能でしょうか。
宅配ボックスはありませんので、不在の場合は持ち帰りで構いません。

注文番号：LM-811-2093""",
    ),
    Mail(
        name="ja-phone-short",
        language="ja",
        at="09:51",
        sender=DAICHI,
        subject="空気清浄機の赤ランプ",
        text="フィルター替えたばかりなのに赤ランプが消えません。どうしたらいいですか？",
        signature="iPhoneから送信",
    ),
    Mail(
        name="ja-phone-apple-reply",
        language="ja",
        at="12:33",
        sender=DAICHI,
        subject="Re: 空気清浄機の赤ランプ",
        answers="ja-phone-short",
        quoting="apple",
        look="apple",
        fate="appended",
        text="追記です。リセットボタンを3秒押しても変わりませんでした。Breeze 2です。",
    ),
    Mail(
        name="ja-cancel-order",
        language="ja",
        at="10:03",
        sender=YUMIKO,
        subject="注文キャンセルのお願い（LM-812-0415）",
        charset="outlook-iso-2022-jp",
        headers={"X-Mailer": "Microsoft Outlook 16.0"},
        text="""\
ご担当者様

いつもお世話になっております。髙橋と申します。
昨日注文しました下記①②のうち、②のみキャンセルをお願いできますでしょうか。

① ルマ フロアライト（ブラック）　1台
② 交換用シェード　2枚

家族が同じものを先に注文しておりました。お手数をおかけして申し訳ございません。
よろしくお願い申し上げます。

髙橋 由美子""",
    ),
    Mail(
        name="ja-complaint",
        language="ja",
        at="10:52",
        sender=Person("石川 隆", "takashi.ishikawa@kumo-mail.example", 9),
        subject="【再送】返答がないため改めてご連絡します",
        text="""\
先週から二度メールをお送りしていますが、いまだに何のご返答もいただいておりません。

購入からひと月のケトルが湯漏れし、棚と炊飯器を濡らしました。幸い火傷はありませんでしたが、
小さな子どもがいるため、このまま使い続けることはできません。

以下の三点について、本日中に書面（メールで結構です）でのご回答を求めます。
一、湯漏れの原因
二、返金の手続きと時期
三、濡れて動かなくなった炊飯器の補償

電話番号は会員情報に登録してあります。責任者の方からのご連絡をお待ちしております。

石川 隆""",
    ),
    Mail(
        name="ja-thanks",
        language="ja",
        at="11:26",
        sender=Person("松本 さくら", "sakura.matsumoto@hinata.example", 9),
        subject="ありがとうございました",
        look="apple",
        text="""\
昨日お電話で対応していただいた松本です。

教えていただいた手順で、無事にスピーカーと照明をつなぐことができました。
機械が苦手なので半分あきらめていましたが、ゆっくり説明してくださって本当に助かりました。
ご担当の方によろしくお伝えください。ご返信には及びません。""",
    ),
    Mail(
        name="ja-app-notifications-emoji",
        language="ja",
        at="12:06",
        sender=Person("あおい", "aoi.m@sakurabune.example", 9),
        subject="通知が止まらないです😢",
        look="gmail",
        text="""\
ルマ ホームのアプリから「加湿器の水がありません」って通知が5分おきに来ます😢
水は満タンに入ってます。夜中も鳴って起きちゃうので早く直したいです。
機種はPixel 8、アプリは昨日更新しました。""",
    ),
    Mail(
        name="ja-keitai-no-subject",
        language="ja",
        at="13:12",
        sender=Person("", "tanaka.yoshio@kumo-mail.example", 9),
        subject=None,
        charset="iso-2022-jp",
        text="""\
田中です。
昨日電話で頼んだ電球ですが、E17ではなくE26でした。
変更をお願いします。""",
    ),
    Mail(
        name="ja-noise-cp932",
        language="ja",
        at="13:39",
        sender=Person("藤田 誠", "makoto.fujita@hinata.example", 9),
        subject="加湿器から異音がします",
        charset="cp932",
        label="shift_jis",
        eight_bit=True,
        text="""\
初めてご連絡いたします。藤田と申します。
ミスト加湿器を弱運転にすると「ジー」という音が続きます。強運転では気になりません。
購入は三か月前です。修理の場合の費用と日数の目安を教えていただけますでしょうか。""",
    ),
    Mail(
        name="ja-gift-wrapping",
        language="ja",
        at="14:02",
        sender=Person("岡田 真由", "mayu.okada@sakurabune.example", 9),
        subject="ギフト包装とメッセージカードについて",
        text="""\
こんにちは。友人の出産祝いに、おやすみライトを贈りたいと思っています。

・ギフト包装は有料でしょうか
・メッセージカードに名前を連名で入れることはできますか
・金額のわかるものを同梱しないようにしていただけますか

来週の土曜日までに届くと嬉しいです。よろしくお願いします。""",
    ),
    Mail(
        name="ja-subscription-pause",
        language="ja",
        at="14:44",
        sender=Person("山口 恵", "megumi.yamaguchi@kumo-mail.example", 9),
        subject="フィルター定期便を一時停止したい",
        text="""\
お世話になっております。定期便を利用している山口です。

長期の出張で半年ほど家を空けるため、フィルターの定期便を一度お休みしたいのですが、
マイページからは「解約」しか選べないようです。
解約せずに次回の発送だけ止める方法があれば教えてください。""",
    ),
    Mail(
        name="ja-stranger-with-number",
        language="ja",
        at="15:09",
        sender=Person("清水 亮", "ryo.shimizu@sakurabune.example", 9),
        subject="Re: お問い合わせの件 [#1]",
        text="""\
知人から、受付番号1番で同じ不具合を御社に相談していると聞きました。
私のランプにも同じ症状が出ています。対応状況を教えていただけますか。

清水""",
    ),
    Mail(
        name="ja-forwarded-original",
        language="ja",
        at="15:34",
        sender=Person("森 千春", "chiharu.mori@hinata.example", 9),
        subject="Fw: 【重要】お支払い情報の確認",
        forwarded=Mail(
            name="ja-phishing-original",
            language="ja",
            at="13:58",
            sender=Person("ルマ ストア", "account@luma-st0re.example", 8),
            subject="【重要】お支払い情報の確認",
            text="""\
お客様のお支払い情報に問題があります。
24時間以内に下記からご確認ください。確認がない場合、アカウントは停止されます。
https://luma-st0re.example/verify""",
        ),
        text="""\
このようなメールが届きました。御社からのものでしょうか。
リンクはまだ開いていません。元のメールをそのまま添付します。

森""",
    ),
    Mail(
        name="ja-warranty",
        language="ja",
        at="16:33",
        sender=Person("阿部 俊介", "shunsuke.abe@kumo-mail.example", 9),
        subject="保証書の再発行について",
        files=(
            File(
                "クレジットカード利用明細（該当箇所のみ・個人情報を塗りつぶし済み）.png",
                "image/png",
                png(360, 200, (255, 255, 255), (235, 238, 242)),
                "rfc2231-continued",
            ),
        ),
        text="""\
引っ越しの際に保証書を紛失してしまいました。
購入日がわかるものとして、カードの利用明細の画像を添付いたします。
これで保証修理を受けることはできますでしょうか。

阿部""",
    ),
)
