"""The commands that an agent may write at the top of a mail, and every word for them. Data only (docs/agents.md)."""

from dataclasses import dataclass
from enum import StrEnum


class Command(StrEnum):
    STATUS = "status"
    OPEN = "open"
    PENDING = "pending"
    HOLD = "hold"
    SOLVED = "solved"
    ASSIGN = "assign"
    TAKE = "take"
    TEAM = "team"
    PRIORITY = "priority"
    TAG = "tag"
    FIELD = "field"
    TYPE = "type"
    NOTE = "note"
    PUBLIC = "public"
    MACRO = "macro"
    MERGE = "merge"
    JOIN = "join"
    SPLIT = "split"
    SPAM = "spam"
    SEND = "send"
    UNDO = "undo"
    HELP = "help"


class Value(StrEnum):
    """What stands after the word."""

    NONE = "none"
    NEEDED = "needed"
    OPTIONAL = "optional"
    TEXT = "text"  # belongs to the text below


@dataclass(frozen=True, slots=True)
class Spelling:
    """One command. The first word of each language is the one that help shows."""

    command: Command
    value: Value
    example: tuple[str, str, str]  # of the value, in English, Korean, Japanese; "" for none
    english: tuple[str, ...]
    korean: tuple[str, ...]
    japanese: tuple[str, ...]

    @property
    def words(self) -> tuple[str, ...]:
        return (*self.english, *self.korean, *self.japanese)

    def shown(self, language: str) -> str:
        """How people of a language write it: ``#assign Kim``."""
        word = {"ko": self.korean, "ja": self.japanese}.get(language, self.english)[0]
        value = self.example[{"ko": 1, "ja": 2}.get(language, 0)]
        return f"#{word} {value}".rstrip()


_NO = ("", "", "")

COMMANDS: tuple[Spelling, ...] = (
    Spelling(
        Command.SOLVED,
        Value.NONE,
        _NO,
        ("solved", "solve", "resolved", "resolve", "close", "closed", "done", "fixed"),
        ("해결", "해결됨", "완료", "종료", "닫기"),
        ("解決", "解決済み", "解決済", "完了", "終了", "クローズ"),
    ),
    Spelling(
        Command.OPEN,
        Value.NONE,
        _NO,
        ("open", "reopen", "opened"),
        ("열기", "열림", "진행", "진행중", "재오픈"),
        ("対応中", "オープン", "再開", "未解決"),
    ),
    Spelling(
        Command.PENDING,
        Value.NONE,
        _NO,
        ("pending", "wait", "waiting"),
        ("대기", "대기중", "고객대기", "답변대기"),
        ("返信待ち", "回答待ち", "待ち", "ペンディング"),
    ),
    Spelling(
        Command.HOLD,
        Value.NONE,
        _NO,
        ("hold", "on_hold"),
        ("보류", "보류중"),
        ("保留", "保留中"),
    ),
    Spelling(
        Command.STATUS,
        Value.NEEDED,
        ("pending", "대기", "返信待ち"),
        ("status", "state"),
        ("상태",),
        ("状態", "ステータス"),
    ),
    Spelling(
        Command.ASSIGN,
        Value.NEEDED,
        ("Kim", "김민지", "佐藤"),
        ("assign", "assignee", "assigned", "owner"),
        ("담당", "담당자", "배정", "할당"),
        ("担当", "担当者", "割当", "割り当て", "アサイン"),
    ),
    Spelling(
        Command.TAKE,
        Value.NONE,
        _NO,
        ("take", "mine", "me"),
        ("내담당", "내가담당", "제가담당", "가져오기"),
        ("担当する", "自分", "引き受け", "引き受ける"),
    ),
    Spelling(
        Command.TEAM,
        Value.NEEDED,
        ("billing", "배송", "請求"),
        ("team", "group", "queue"),
        ("팀", "부서", "그룹"),
        ("チーム", "部署", "グループ"),
    ),
    Spelling(
        Command.PRIORITY,
        Value.NEEDED,
        ("high", "높음", "高"),
        ("priority", "prio"),
        ("우선순위", "중요도"),
        ("優先度", "優先順位"),
    ),
    Spelling(
        Command.TAG,
        Value.NEEDED,
        ("+vip -new", "+vip -신규", "+vip -新規"),
        ("tag", "tags", "label"),
        ("태그", "꼬리표"),
        ("タグ", "ラベル"),
    ),
    Spelling(
        Command.FIELD,
        Value.NEEDED,
        ("order AB-123456", "주문번호 AB-123456", "注文番号 AB-123456"),
        ("field", "fields", "set"),
        ("필드", "항목"),
        ("項目", "フィールド"),
    ),
    Spelling(
        Command.TYPE,
        Value.NEEDED,
        ("incident", "장애", "障害"),
        ("type", "kind"),
        ("유형", "종류"),
        ("種別", "タイプ"),
    ),
    Spelling(
        Command.NOTE,
        Value.TEXT,
        _NO,
        ("note", "internal", "private", "comment"),
        ("메모", "내부", "노트", "내부메모"),
        ("メモ", "社内", "内部", "社内メモ"),
    ),
    Spelling(
        Command.PUBLIC,
        Value.TEXT,
        _NO,
        ("public", "reply", "answer"),
        ("공개", "답장", "답변", "회신"),
        ("公開", "返信", "回答"),
    ),
    Spelling(
        Command.MACRO,
        Value.NEEDED,
        ("refund", "환불", "返金"),
        ("macro", "template", "canned"),
        ("매크로", "상용구", "템플릿"),
        ("マクロ", "定型文", "テンプレート"),
    ),
    Spelling(
        Command.MERGE,
        Value.NEEDED,
        ("41", "41", "41"),
        ("merge",),
        ("병합", "합치기"),
        ("統合", "結合", "マージ"),
    ),
    Spelling(
        Command.JOIN,
        Value.OPTIONAL,
        _NO,
        ("join", "accept"),
        ("참여", "참여승인", "승인"),
        ("参加", "参加承認", "承認"),
    ),
    Spelling(
        Command.SPLIT,
        Value.OPTIONAL,
        _NO,
        ("split",),
        ("분리", "나누기"),
        ("分割", "分離"),
    ),
    Spelling(
        Command.SPAM,
        Value.NONE,
        _NO,
        ("spam", "junk"),
        ("스팸", "광고"),
        ("スパム", "迷惑", "迷惑メール"),
    ),
    Spelling(
        Command.SEND,
        Value.NONE,
        _NO,
        ("send", "release"),
        ("보내기", "발송", "전송"),
        ("送信", "送る"),
    ),
    Spelling(
        Command.UNDO,
        Value.NONE,
        _NO,
        ("undo", "recall", "cancel"),
        ("취소", "되돌리기", "발송취소"),
        ("取消", "取り消し", "取消し", "元に戻す"),
    ),
    Spelling(
        Command.HELP,
        Value.NONE,
        _NO,
        ("help", "commands"),
        ("도움말", "도움", "명령"),
        ("ヘルプ", "使い方", "コマンド"),
    ),
)

STATUS_WORDS: dict[str, tuple[str, ...]] = {
    spelling.command.value: spelling.words
    for spelling in COMMANDS
    if spelling.command in (Command.OPEN, Command.PENDING, Command.HOLD, Command.SOLVED)
}
"""What may stand after ``#status``, by the short command that says the same."""

PRIORITY_WORDS: dict[str, tuple[str, ...]] = {
    "low": ("low", "낮음", "낮게", "低", "低い"),
    "normal": ("normal", "medium", "보통", "중간", "中", "通常", "普通"),
    "high": ("high", "높음", "높게", "高", "高い"),
    "urgent": ("urgent", "critical", "asap", "긴급", "매우높음", "緊急", "至急", "最高"),
}

TYPE_WORDS: dict[str, tuple[str, ...]] = {
    "question": ("question", "문의", "질문", "質問", "問い合わせ"),
    "incident": ("incident", "장애", "인시던트", "障害", "インシデント"),
    "problem": ("problem", "문제", "근본원인", "問題"),
    "task": ("task", "작업", "업무", "作業", "タスク"),
}

SELF_WORDS = ("me", "myself", "mine", "나", "저", "본인", "내가", "제가", "自分", "私", "わたし")
NOBODY_WORDS = ("nobody", "none", "no one", "-", "없음", "해제", "미지정", "なし", "未割当", "解除")
