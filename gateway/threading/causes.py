"""Why mail is held in quarantine: every cause, what happened, and exactly what to do about it. Pure data.

Whoever holds a mail back names one of these; the web view, the commands, the digest and docs/operations.md say its words. A new
cause is one member of ``Cause`` and one entry of ``CAUSES``. Ids are stored in the ledger: they never change their meaning.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Cause(StrEnum):
    """Stable ids, as the ledger and ``--json`` have them; at most 40 characters."""

    CRASHED = "crashed"
    DAMAGED = "damaged"
    NO_AUTHOR = "no_author"
    OWN_DOMAIN = "own_domain"
    REFUSED_BY_OWNER = "refused_by_owner"
    OWN_ADDRESS = "own_address"
    LOOP = "loop"
    BLOCKED_SENDER = "blocked_sender"
    SUSPENDED_SENDER = "suspended_sender"
    HELD_BY_RULE = "held_by_rule"
    FLOOD = "flood"
    MUTED = "muted"
    SPAM = "spam"
    VIRUS = "virus"
    VERIFICATION_MAIL = "verification_mail"
    FORWARDING_CONFIRMATION = "forwarding_confirmation"


class Severity(StrEnum):
    """How much depends on somebody looking."""

    FAULT = "fault"  # something is wrong with the gateway or its set-up: act
    DOUBT = "doubt"  # a customer's mail may be among these: read them
    NOISE = "noise"  # kept so that nothing vanishes; seldom wanted


class Audience(StrEnum):
    """Who may see a held mail. Whoever may act on it is an admin in any case."""

    AGENT = "agent"  # every agent, as any ticket
    ADMIN = "admin"  # admins alone: it may carry secrets, or be anybody's


@dataclass(frozen=True, slots=True)
class Words:
    """One sentence in the languages of people who work here."""

    en: str
    ko: str
    ja: str

    def said_in(self, language: str) -> str:
        """The sentence in ``language``; English where that is unknown."""
        return {"ko": self.ko, "ja": self.ja}.get(language, self.en)


@dataclass(frozen=True, slots=True)
class About:
    """What people are told of a cause."""

    severity: Severity
    seen_by: Audience
    title: Words  # two or three words for a list
    happened: Words
    remedy: Words


CAUSES: Mapping[Cause, About] = {
    Cause.CRASHED: About(
        Severity.FAULT,
        Audience.AGENT,
        Words("crashed three times", "처리 중 3회 오류", "処理が3回異常終了"),
        Words(
            "The gateway failed on this mail three times, each time on it alone.",
            "이 메일만 따로 처리해도 세 번 모두 오류가 발생했습니다.",
            "このメールを単独で3回処理しましたが、すべて異常終了しました。",
        ),
        Words(
            "Report it with its traceback. Release it after an upgrade; if it fails again, it becomes a ticket with the raw mail.",
            "오류 기록을 첨부해 신고해 주십시오. 업그레이드 후 수락하면 다시 처리하고, 또 실패하면 원본만 담은 티켓이 됩니다.",
            "エラー記録を添えて報告してください。更新後に受け入れると再処理し、再び失敗した場合は原本のみのチケットになります。",
        ),
    ),
    Cause.DAMAGED: About(
        Severity.FAULT,
        Audience.ADMIN,
        Words("damaged on disk", "저장된 원본 손상", "保存データの破損"),
        Words(
            "The stored bytes are not those that were accepted, or their file is gone: the disk, or somebody's hand. An alarm is raised.",
            "저장된 내용이 접수 당시와 다르거나 파일이 없습니다. 디스크 이상이거나 누군가 손댄 것입니다. 경보를 남깁니다.",
            "保存された内容が受付時と異なるか、ファイルがありません。ディスクの異常か、人の操作によるものです。警報が記録されます。",
        ),
        Words(
            "Check the disk and restore the lost file below data_dir/blobs from a backup, then release the mail. Releasing alone changes nothing.",
            "디스크를 점검하고 data_dir/blobs의 잃어버린 파일을 백업에서 복원한 뒤 수락하십시오. 복원 없이 수락해도 달라지지 않습니다.",
            "ディスクを点検し、data_dir/blobs の失われたファイルをバックアップから復元してから受け入れてください。復元せずに受け入れても変わりません。",
        ),
    ),
    Cause.NO_AUTHOR: About(
        Severity.DOUBT,
        Audience.AGENT,
        Words("no author", "보낸 사람 없음", "差出人なし"),
        Words(
            "The mail has no From, or none with an address. Nobody could be answered.",
            "From이 없거나 주소가 적혀 있지 않아 답장할 상대가 없습니다.",
            "From がないか、アドレスが書かれていないため、返信する相手がいません。",
        ),
        Words(
            "Read it; mostly it is spam. Released, it becomes a ticket under the address of its envelope; without one it comes back here.",
            "내용을 확인하십시오. 대부분 스팸입니다. 수락하면 봉투 주소로 티켓이 되고, 봉투 주소도 없으면 다시 격리됩니다.",
            "内容を確認してください。多くは迷惑メールです。受け入れるとエンベロープのアドレスでチケットになり、それもなければ再び隔離されます。",
        ),
    ),
    Cause.OWN_DOMAIN: About(
        Severity.DOUBT,
        Audience.AGENT,
        Words("forged own domain", "우리 도메인 사칭", "自社ドメインの詐称"),
        Words(
            "With trust.verify: From is in one of our own domains, and nothing proves it: forged, or a service that sends in your name unsigned.",
            "trust.verify 사용 중: 보낸 사람이 우리 도메인이지만 증명되지 않았습니다. 사칭이거나, 서명 없이 대신 보내는 서비스입니다.",
            "trust.verify 使用時：差出人は自社ドメインですが、証明がありません。詐称か、署名せずに代理送信するサービスです。",
        ),
        Words(
            "Delete it if it is forged. A service that sends in your name must sign with your domain, or log in (smtp.submission).",
            "사칭이면 삭제하십시오. 대신 보내는 서비스라면 우리 도메인으로 서명하거나 로그인(smtp.submission)해야 합니다.",
            "詐称であれば削除してください。代理送信サービスには、自社ドメインでの署名かログイン（smtp.submission）が必要です。",
        ),
    ),
    Cause.REFUSED_BY_OWNER: About(
        Severity.DOUBT,
        Audience.AGENT,
        Words("refused by the domain's owner", "도메인 소유자가 거부 요청", "ドメイン所有者が拒否を要求"),
        Words(
            "With trust.verify: nothing proves the author, and the owner of the domain asks by DMARC to refuse or quarantine such mail.",
            "trust.verify 사용 중: 보낸 사람이 증명되지 않았고, 도메인 소유자가 DMARC로 이런 메일의 거부나 격리를 요청합니다.",
            "trust.verify 使用時：差出人の証明がなく、ドメイン所有者がDMARCでこのようなメールの拒否または隔離を求めています。",
        ),
        Words(
            "Read it. If a forwarder broke the signature, name it in trust.forwarders, then release. trust.refused: accept takes such mail as unverified.",
            "내용을 확인하십시오. 전달 서버가 서명을 깨뜨렸다면 trust.forwarders에 등록한 뒤 수락하십시오. trust.refused: accept로 두면 미확인 메일로 받습니다.",
            "内容を確認してください。転送サーバーが署名を壊した場合は trust.forwarders に登録してから受け入れてください。trust.refused: accept では未確認メールとして受け取ります。",
        ),
    ),
    Cause.OWN_ADDRESS: About(
        Severity.DOUBT,
        Audience.ADMIN,
        Words("from our own address", "우리 주소로 발신", "自社アドレスからの送信"),
        Words(
            "From is one of our own addresses, but the mail came from outside: a loop, a forger, or a provider that makes itself the author.",
            "보낸 사람이 우리 지원 주소이지만 외부에서 들어왔습니다. 메일 순환, 사칭, 또는 전달 업체가 자신을 보낸 사람으로 바꾼 경우입니다.",
            "差出人は自社の受付アドレスですが、外部から届きました。メールループ、詐称、または転送元が差出人を書き換えた場合です。",
        ),
        Words(
            "If it is your forwarder, let it redirect instead of forward (docs/operations.md, Forwarding). Released, nobody is answered by itself.",
            "직접 쓰시는 전달 서버라면 전달 대신 리디렉션으로 바꾸십시오(docs/operations.md의 Forwarding). 수락해도 자동 회신은 하지 않습니다.",
            "ご利用の転送サーバーであれば、転送ではなくリダイレクトに変更してください（docs/operations.md の Forwarding）。受け入れても自動返信はしません。",
        ),
    ),
    Cause.LOOP: About(
        Severity.FAULT,
        Audience.ADMIN,
        Words("our mail came back", "우리 메일이 되돌아옴", "自社メールの逆戻り"),
        Words(
            "The mail carries a Message-ID that we signed: a mail of ours came back to us.",
            "우리가 서명한 Message-ID가 있습니다. 우리가 보낸 메일이 되돌아온 것입니다.",
            "当方が署名した Message-ID があります。送信したメールが戻ってきたものです。",
        ),
        Words(
            "Find who forwards it back: often an absence rule or an alias that points at the support address; its Received fields tell. Then delete it.",
            "되돌려 보내는 곳을 찾으십시오. 주로 부재중 규칙이나 지원 주소를 가리키는 별칭이며 Received 헤더에 나타납니다. 찾은 뒤 삭제하십시오.",
            "送り返している箇所を探してください。多くは不在時の転送規則か受付アドレスへの別名で、Received ヘッダーで分かります。見つけたら削除してください。",
        ),
    ),
    Cause.BLOCKED_SENDER: About(
        Severity.NOISE,
        Audience.ADMIN,
        Words("blocked sender", "차단된 발신자", "ブロック中の送信者"),
        Words(
            "The sender is on the list `block`; the trace names the entry with its reason and author.",
            "발신자가 차단 목록(`block`)에 있습니다. 어느 항목인지와 그 이유, 등록한 사람은 판단 기록에 나타납니다.",
            "送信者がブロックリスト（`block`）に載っています。該当する項目とその理由、登録者は判定記録で確認できます。",
        ),
        Words(
            "Nothing, if the entry is right. Else remove it (gateway lists remove) or allow the sender, then release.",
            "항목이 옳으면 그대로 두십시오. 잘못되었으면 항목을 지우거나(gateway lists remove) 발신자를 허용한 뒤 수락하십시오.",
            "項目が正しければ何もする必要はありません。誤りであれば項目を削除する（gateway lists remove）か送信者を許可してから、受け入れてください。",
        ),
    ),
    Cause.HELD_BY_RULE: About(
        Severity.DOUBT,
        Audience.AGENT,
        Words("held by a rule", "규칙에 따라 보류", "ルールによる保留"),
        Words(
            "A rule of yours says `quarantine: true` for this mail; the trace names it with its file and line.",
            "규칙에 `quarantine: true`가 있어 보류했습니다. 처리 기록에 규칙 이름과 파일, 줄 번호가 있습니다.",
            "ルールの `quarantine: true` により保留しました。処理の記録にルール名とファイル、行番号があります。",
        ),
        Words(
            "Read it and release or delete it. Where the rule holds too much, narrow its conditions.",
            "내용을 확인해 수락하거나 삭제하십시오. 규칙이 너무 많이 보류하면 조건을 좁히십시오.",
            "内容を確認して受け入れるか削除してください。保留が多すぎる場合は、ルールの条件を絞ってください。",
        ),
    ),
    Cause.SUSPENDED_SENDER: About(
        Severity.DOUBT,
        Audience.AGENT,
        Words("suspended sender", "이용 정지된 발신자", "利用停止中の送信者"),
        Words(
            "The sender is on the list `suspend`: their mail is held, and nothing is sent to them by itself.",
            "발신자가 정지 목록(`suspend`)에 있습니다. 메일을 보류하고 자동 메일도 보내지 않습니다.",
            "送信者が停止リスト（`suspend`）に載っています。メールを保留し、自動メールも送りません。",
        ),
        Words(
            "Read it now and then. When the person is welcome again, remove the entry (gateway lists remove), then release.",
            "가끔 내용을 확인하십시오. 정지를 풀 때가 되면 항목을 지우고(gateway lists remove) 수락하십시오.",
            "ときどき内容を確認してください。停止を解くときは項目を削除し（gateway lists remove）、受け入れてください。",
        ),
    ),
    Cause.FLOOD: About(
        Severity.DOUBT,
        Audience.AGENT,
        Words("too many mails", "과도한 발신", "大量送信"),
        Words(
            "One sender sent more mails than floods.hold takes; those beyond it are held, and nobody is answered by itself.",
            "한 발신자가 floods.hold 한도보다 많은 메일을 보냈습니다. 한도를 넘은 메일은 보류하고 자동 회신도 하지 않습니다.",
            "同じ送信者から floods.hold の上限を超えるメールが届きました。超えた分は保留し、自動返信もしません。",
        ),
        Words(
            "A program of yours or a partner's: name it in floods.exempt, then release. An attack: delete them, and block the sender.",
            "사내 또는 협력사 프로그램이면 floods.exempt에 등록한 뒤 수락하십시오. 공격이면 삭제하고 발신자를 차단하십시오.",
            "自社や取引先のプログラムであれば floods.exempt に登録してから受け入れてください。攻撃であれば削除し、送信者をブロックしてください。",
        ),
    ),
    Cause.MUTED: About(
        Severity.FAULT,
        Audience.ADMIN,
        Words("muted after a loop", "순환 후 보류 중", "ループ後の保留"),
        Words(
            "A mail of ours came back from this sender a short while ago; for floods.loop_minutes all of their mail is held.",
            "조금 전 이 발신자에게서 우리 메일이 되돌아왔습니다. floods.loop_minutes 동안 이 발신자의 메일을 모두 보류합니다.",
            "少し前にこの送信者から当方のメールが戻ってきました。floods.loop_minutes の間、この送信者のメールをすべて保留します。",
        ),
        Words(
            "End the loop first: the mail held as a loop shows who sends it back. Then release what people wrote.",
            "먼저 순환을 끊으십시오. 순환으로 격리된 메일에서 되돌려 보내는 곳을 알 수 있습니다. 그다음 사람이 쓴 메일을 수락하십시오.",
            "まずループを止めてください。ループとして隔離されたメールで、送り返している箇所が分かります。その後、人が書いたメールを受け入れてください。",
        ),
    ),
    Cause.SPAM: About(
        Severity.DOUBT,
        Audience.AGENT,
        Words("spam", "스팸", "迷惑メール"),
        Words(
            "A scanner gave the mail a score of its hold_at or more; the trace has the score and what was noticed.",
            "검사 프로그램이 매긴 점수가 hold_at 이상입니다. 점수와 감지된 항목은 판단 기록에 나타납니다.",
            "検査プログラムの付けたスコアが hold_at 以上です。スコアと検出された特徴は判定記録で確認できます。",
        ),
        Words(
            "Look through the subjects. A real customer: accept and allow the sender. Often wrong: raise hold_at, or teach the scanner.",
            "제목을 훑어보십시오. 실제 고객이면 수락하면서 발신자를 허용하십시오. 자주 틀리면 hold_at을 올리거나 검사 프로그램을 학습시키십시오.",
            "件名に目を通してください。実際のお客様であれば、受け入れて送信者を許可してください。誤りが多ければ hold_at を上げるか、検査プログラムに学習させてください。",
        ),
    ),
    Cause.VIRUS: About(
        Severity.DOUBT,
        Audience.ADMIN,
        Words("virus", "바이러스", "ウイルス"),
        Words(
            "A scanner found a virus in the mail; the trace has its name.",
            "검사 프로그램이 메일에서 바이러스를 발견했습니다. 이름은 판단 기록에 나타납니다.",
            "検査プログラムがメールからウイルスを検出しました。名称は判定記録で確認できます。",
        ),
        Words(
            "Open none of its attachments. Tell the sender by another way if you know them, then delete it. Release it only where the scanner is wrong.",
            "첨부 파일을 열지 마십시오. 아는 발신자라면 다른 방법으로 알리고 삭제하십시오. 검사가 잘못된 경우에만 수락하십시오.",
            "添付ファイルを開かないでください。知っている送信者であれば別の手段で知らせ、削除してください。誤検出の場合にのみ受け入れてください。",
        ),
    ),
    Cause.VERIFICATION_MAIL: About(
        Severity.DOUBT,
        Audience.ADMIN,
        Words("verification mail", "인증 메일", "確認コードのメール"),
        Words(
            "A service asks whoever reads this address for a code or a click. Somebody may have signed up there with your address.",
            "서비스에서 이 주소를 읽는 사람에게 코드나 링크 확인을 요청합니다. 누군가 회사 주소로 가입했을 수 있습니다.",
            "サービスが、このアドレスを読む人にコードやリンクでの確認を求めています。第三者が会社のアドレスで登録した可能性があります。",
        ),
        Words(
            "If one of you signed up, use the code or link shown here. If not, delete it. Released, it becomes a ticket that agents can read.",
            "직접 가입한 경우에만 여기 표시된 코드나 링크를 사용하고, 아니면 삭제하십시오. 수락하면 상담원이 읽을 수 있는 티켓이 됩니다.",
            "社内の誰かが登録した場合に限り、表示されたコードまたはリンクを使用し、それ以外は削除してください。受け入れると担当者が読めるチケットになります。",
        ),
    ),
    Cause.FORWARDING_CONFIRMATION: About(
        Severity.DOUBT,
        Audience.ADMIN,
        Words("forwarding confirmation", "전달 확인 메일", "転送の確認メール"),
        Words(
            "A mail provider asks whether somebody's mail may be forwarded to this address.",
            "메일 서비스에서 다른 메일함의 메일을 이 주소로 전달해도 되는지 확인을 요청합니다.",
            "メールサービスが、別のメールボックスのメールをこのアドレスへ転送してよいか確認を求めています。",
        ),
        Words(
            "If you set up this forwarding, enter the code there or open the link. If not, delete the mail: a stranger wants to send you their mail.",
            "직접 설정한 전달이라면 코드를 입력하거나 링크를 여십시오. 아니라면 모르는 사람의 설정이므로 삭제하십시오.",
            "ご自身で設定した転送であれば、コードを入力するかリンクを開いてください。心当たりがなければ第三者の設定ですので、削除してください。",
        ),
    ),
}

CARRY_SECRETS = frozenset({Cause.VERIFICATION_MAIL, Cause.FORWARDING_CONFIRMATION})
"""Mail whose subject alone may hold a code: not a word of it is mailed to anybody, admins included."""

_UNKNOWN = About(
    Severity.DOUBT,
    Audience.ADMIN,
    Words("another cause", "기타 사유", "その他の理由"),
    Words(
        "Another version of the gateway held this mail, for a cause that this one does not know.",
        "다른 버전의 게이트웨이가 이 버전에 없는 사유로 격리한 메일입니다.",
        "別のバージョンのゲートウェイが、このバージョンにない理由で隔離したメールです。",
    ),
    Words(
        "Read it, then release or delete it.",
        "내용을 확인한 뒤 수락하거나 삭제하십시오.",
        "内容を確認し、受け入れるか削除してください。",
    ),
)


def about(cause: str | None) -> About:
    """What to say of a cause as the ledger has it; something true for one that only another version knows."""
    try:
        return CAUSES[Cause(cause or "")]
    except ValueError:
        return _UNKNOWN


def visible_to(audience: Audience) -> frozenset[Cause]:
    """The causes of mail that such a person may see."""
    return frozenset(
        cause for cause, words in CAUSES.items() if audience is Audience.ADMIN or words.seen_by is Audience.AGENT
    )
