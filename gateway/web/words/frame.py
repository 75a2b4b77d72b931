"""Words of the frame, logging in, the account and errors: English, Korean, Japanese."""

FRAME: dict[str, tuple[str, str, str]] = {
    # frame
    "skip": ("Skip to content", "본문으로 건너뛰기", "本文へ移動"),
    "search": ("Search subject, sender or #number", "제목, 보낸 사람, #번호 검색", "件名・差出人・#番号で検索"),
    "places": ("Sections", "메뉴", "メニュー"),
    "tickets": ("Tickets", "티켓", "チケット"),
    "outbox": ("Outbox", "보낼 편지함", "送信トレイ"),
    "quarantine": ("Quarantine", "격리함", "隔離"),
    "health": ("Health", "상태", "稼働状況"),
    "home": ("Go to the tickets", "티켓 목록으로", "チケット一覧へ"),
    "login": ("Log in", "로그인", "ログイン"),
    "logout": ("Log out", "로그아웃", "ログアウト"),
    "login_title": ("Welcome back", "다시 오신 것을 환영합니다", "おかえりなさい"),
    "login_failed": (
        "Address or password is wrong.",
        "주소 또는 비밀번호가 올바르지 않습니다.",
        "メールアドレスまたはパスワードが正しくありません。",
    ),
    "login_limited": (
        "Too many failed attempts. Please wait 15 minutes.",
        "로그인에 여러 번 실패했습니다. 15분 뒤에 다시 시도해 주세요.",
        "ログインの失敗が続いたため制限しています。15分後にもう一度お試しください。",
    ),
    "address": ("E-mail address", "이메일 주소", "メールアドレス"),
    "password": ("Password", "비밀번호", "パスワード"),
    # account
    "account": ("Your account", "내 계정", "アカウント"),
    "language": ("Language", "언어", "言語"),
    "save": ("Save", "저장", "保存"),
    "change_password": ("Change password", "비밀번호 변경", "パスワードの変更"),
    "choose_password": ("Choose your password", "비밀번호를 정해 주세요", "パスワードを設定してください"),
    "choose_password_why": (
        "The password you logged in with works only once.",
        "방금 사용한 비밀번호는 한 번만 쓸 수 있습니다.",
        "先ほどのパスワードは一度しか使えません。",
    ),
    "password_now": ("Current password", "현재 비밀번호", "現在のパスワード"),
    "password_new": ("New password", "새 비밀번호", "新しいパスワード"),
    "password_again": ("New password again", "새 비밀번호 확인", "新しいパスワード（確認）"),
    "password_rule": ("At least 10 characters.", "10자 이상이어야 합니다.", "10文字以上にしてください。"),
    "password_wrong": (
        "The current password is wrong.",
        "현재 비밀번호가 올바르지 않습니다.",
        "現在のパスワードが正しくありません。",
    ),
    "password_differs": (
        "The two new passwords differ.",
        "새 비밀번호가 서로 다릅니다.",
        "新しいパスワードが一致しません。",
    ),
    "password_short": (
        "The new password needs at least 10 characters.",
        "새 비밀번호는 10자 이상이어야 합니다.",
        "新しいパスワードは10文字以上必要です。",
    ),
    "password_long": (
        "The new password is too long.",
        "새 비밀번호가 너무 깁니다.",
        "新しいパスワードが長すぎます。",
    ),
    "password_address": (
        "Your address is not a good password.",
        "이메일 주소는 비밀번호로 쓸 수 없습니다.",
        "メールアドレスはパスワードに使えません。",
    ),
    "password_same": (
        "The new password must differ from the current one.",
        "새 비밀번호는 현재 비밀번호와 달라야 합니다.",
        "新しいパスワードは現在のものと変えてください。",
    ),
    # errors
    "error_400": ("This request makes no sense", "잘못된 요청입니다", "不正なリクエストです"),
    "error_400_why": (
        "Go back and try again.",
        "뒤로 돌아가 다시 시도해 주세요.",
        "戻ってもう一度お試しください。",
    ),
    "error_404": ("Nothing here", "찾을 수 없습니다", "見つかりません"),
    "error_404_why": (
        "The page or the ticket does not exist.",
        "페이지나 티켓이 존재하지 않습니다.",
        "ページまたはチケットが存在しません。",
    ),
    "error_405": ("Not this way", "허용되지 않는 요청입니다", "許可されていない操作です"),
    "error_405_why": (
        "This page cannot be used like that.",
        "이 페이지는 그렇게 사용할 수 없습니다.",
        "このページはその方法では使えません。",
    ),
    "error_500": ("Something went wrong on our side", "서버에 문제가 생겼습니다", "サーバーで問題が発生しました"),
    "error_500_why": (
        "It is in the log. No mail is lost. Try again in a moment.",
        "로그에 기록했습니다. 메일은 유실되지 않습니다. 잠시 후 다시 시도해 주세요.",
        "ログに記録しました。メールは失われません。しばらくしてからお試しください。",
    ),
    "error_role": ("For admins only", "관리자만 볼 수 있습니다", "管理者専用です"),
    "error_role_why": (
        "Ask an admin to look at this for you.",
        "관리자에게 요청해 주세요.",
        "管理者に依頼してください。",
    ),
    "error_forged": ("This form has expired", "양식이 만료되었습니다", "フォームの有効期限が切れました"),
    "error_forged_why": (
        "Nothing was changed. Go back, reload the page and send it again.",
        "아무것도 변경되지 않았습니다. 뒤로 돌아가 새로 고친 뒤 다시 보내 주세요.",
        "何も変更していません。戻って再読み込みし、もう一度送信してください。",
    ),
    "error_form": ("This form cannot be read", "양식을 읽을 수 없습니다", "フォームを読み取れません"),
    "error_form_why": (
        "Nothing was changed.",
        "아무것도 변경되지 않았습니다.",
        "何も変更していません。",
    ),
    "error_large": ("That is too much text", "내용이 너무 깁니다", "内容が長すぎます"),
    "error_large_why": (
        "One form may carry at most 1 MB. Nothing was changed.",
        "양식 하나는 1MB까지만 보낼 수 있습니다. 아무것도 변경되지 않았습니다.",
        "1回に送信できるのは1MBまでです。何も変更していません。",
    ),
    "error_damaged": ("This mail cannot be read any more", "이 메일을 읽을 수 없습니다", "このメールは読み取れません"),
    "error_damaged_why": (
        "Its stored bytes are gone or were changed. Tell an admin.",
        "저장된 원본이 없거나 변경되었습니다. 관리자에게 알려 주세요.",
        "保存された原本がないか、変更されています。管理者に連絡してください。",
    ),
}
