"""Words of second factors, logins at a provider, and sessions: English, Korean, Japanese."""

SIGN_IN: dict[str, tuple[str, str, str]] = {
    # login
    "login_with": ("Continue with {label}", "{label} 계정으로 로그인", "{label}でログイン"),
    "login_or": ("or with your password", "또는 비밀번호로 로그인", "またはパスワードでログイン"),
    "login_code_title": ("One more step", "한 단계 더 확인합니다", "もう一段階の確認"),
    "login_code_what": (
        "Type the six digits that your authenticator app shows. If you have lost it, type one of your recovery codes.",
        "인증 앱에 표시된 여섯 자리 숫자를 입력해 주세요. 인증 앱을 쓸 수 없으면 복구 코드를 입력하셔도 됩니다.",
        "認証アプリに表示されている6桁の数字を入力してください。認証アプリが使えない場合は、リカバリーコードを入力してください。",
    ),
    "code": ("Code", "인증 코드", "認証コード"),
    "code_wrong": (
        "This code is wrong, or was used already. Wait for the next one.",
        "코드가 올바르지 않거나 이미 사용되었습니다. 다음 코드를 기다려 주세요.",
        "コードが正しくないか、すでに使用されています。次のコードをお待ちください。",
    ),
    "login_again": ("Start again", "처음부터 다시 로그인", "最初からやり直す"),
    # second factor
    "second_factor": ("Two-step login", "2단계 인증", "2段階認証"),
    "factor_off_what": (
        "After your password you type a code that an app on your phone shows. Whoever learns your password still cannot get in.",
        "비밀번호를 입력한 뒤 휴대폰 인증 앱의 코드를 한 번 더 확인합니다. 비밀번호가 알려져도 다른 사람이 로그인할 수 없습니다.",
        "パスワードの入力後に、スマートフォンの認証アプリのコードを確認します。パスワードを知られても、他の人はログインできません。",
    ),
    "factor_must": (
        "Your company asks everybody to set this up before going on.",
        "회사 정책에 따라 먼저 2단계 인증을 설정해야 계속하실 수 있습니다.",
        "会社の方針により、続行する前に2段階認証の設定が必要です。",
    ),
    "factor_start": ("Set up", "설정 시작", "設定を始める"),
    "factor_manage": ("Change", "변경", "変更"),
    "factor_scan": (
        "Scan this picture with your authenticator app, then type the code that it shows.",
        "인증 앱으로 아래 QR 코드를 스캔한 뒤, 앱에 표시된 코드를 입력해 주세요.",
        "認証アプリで下のQRコードを読み取り、表示されたコードを入力してください。",
    ),
    "factor_key": (
        "Or type this key into the app:",
        "QR 코드를 스캔할 수 없으면 이 키를 앱에 직접 입력해 주세요.",
        "QRコードを読み取れない場合は、このキーをアプリに入力してください。",
    ),
    "factor_confirm": ("Turn on", "사용 시작", "有効にする"),
    "factor_restart": ("Start again with a new key", "새 키로 다시 시작", "新しいキーでやり直す"),
    "factor_is_on": ("On", "사용 중", "有効"),
    "factor_is_off": ("Off", "사용 안 함", "無効"),
    "factor_since": ("Set up", "설정 시점:", "設定日時："),
    "factor_left": (
        "Recovery codes left: {count}",
        "남은 복구 코드: {count}개",
        "残りのリカバリーコード：{count}個",
    ),
    "factor_no_password": (
        "You log in without a password here; nothing is to be set up.",
        "비밀번호 없이 로그인하고 계시므로 설정할 것이 없습니다.",
        "パスワードを使わずにログインしているため、設定は不要です。",
    ),
    "factor_required": (
        "Your company asks for two-step login; it cannot be turned off.",
        "회사 정책에 따라 2단계 인증을 끌 수 없습니다.",
        "会社の方針により、2段階認証は無効にできません。",
    ),
    "factor_change_what": (
        "Both take a code of your app, or a recovery code.",
        "두 작업 모두 인증 앱의 코드나 복구 코드가 필요합니다.",
        "どちらの操作にも、認証アプリのコードまたはリカバリーコードが必要です。",
    ),
    "codes_renew": ("New recovery codes", "복구 코드 다시 받기", "リカバリーコードを再発行"),
    "factor_remove": ("Turn off", "사용 중지", "無効にする"),
    "codes_title": ("Your recovery codes", "복구 코드", "リカバリーコード"),
    "codes_what": (
        "Two-step login is on. Each of these codes works once in place of the app. Write them down or print them: they are shown once.",
        "2단계 인증이 켜져 있습니다. 아래 코드는 인증 앱 대신 한 번씩 쓸 수 있습니다. 다시 표시되지 않으니 지금 인쇄하거나 적어 두세요.",
        "2段階認証は有効です。以下のコードは、認証アプリの代わりにそれぞれ1回だけ使えます。再表示されないため、今すぐ印刷するか書き留めてください。",
    ),
    "codes_kept": ("I have kept them", "안전하게 보관했습니다", "安全な場所に保管しました"),
    "done_recovery": (
        "You used a recovery code. Have you lost your app? Turn this off and set it up again.",
        "복구 코드로 로그인하셨습니다. 인증 앱을 분실하셨다면 사용을 중지한 뒤 다시 설정해 주세요.",
        "リカバリーコードでログインしました。認証アプリを紛失した場合は、いったん無効にして設定し直してください。",
    ),
    "done_factor_removed": (
        "Two-step login is off.",
        "2단계 인증을 사용하지 않습니다.",
        "2段階認証を無効にしました。",
    ),
    # sessions
    "sessions": ("Where you are logged in", "로그인된 기기", "ログイン中の端末"),
    "sessions_all": ("Who is logged in", "로그인 현황", "ログイン状況"),
    "sessions_all_what": (
        "Ending a session logs it out at once.",
        "종료하면 해당 기기에서 즉시 로그아웃됩니다.",
        "終了すると、その端末はすぐにログアウトされます。",
    ),
    "session_this": ("this one", "현재 기기", "この端末"),
    "session_end": ("End", "종료", "終了"),
    "session_end_others": ("End all others", "다른 기기 모두 종료", "他の端末をすべて終了"),
    "session_opened": ("logged in", "로그인", "ログイン"),
    "session_used": ("last used", "마지막 사용", "最終利用"),
    "done_ended": ("Ended.", "종료했습니다.", "終了しました。"),
    "method_password": ("password", "비밀번호", "パスワード"),
    "method_totp": ("two-step", "2단계 인증", "2段階認証"),
    "method_recovery": ("recovery code", "복구 코드", "リカバリーコード"),
    "method_oidc": ("single sign-on", "통합 로그인", "シングルサインオン"),
    # errors
    "error_oidc": ("The login did not work", "로그인하지 못했습니다", "ログインできませんでした"),
    "error_oidc_why": (
        "It was given up, took too long, or was begun in another browser. Please log in again.",
        "로그인이 취소되었거나, 시간이 초과되었거나, 다른 브라우저에서 시작되었습니다. 다시 로그인해 주세요.",
        "ログインがキャンセルされたか、時間切れになったか、別のブラウザーで開始されました。もう一度ログインしてください。",
    ),
    "error_unlinked": (
        "This account is no agent's",
        "상담원으로 등록되지 않은 계정입니다",
        "このアカウントは担当者として登録されていません",
    ),
    "error_unlinked_why": (
        "Ask an admin to link it. They need this id:",
        "관리자에게 계정 연결을 요청해 주세요. 아래 ID가 필요합니다.",
        "管理者に連携を依頼してください。次のIDが必要です。",
    ),
    "error_provider": (
        "The login provider cannot be reached",
        "로그인 서비스에 연결할 수 없습니다",
        "ログインサービスに接続できません",
    ),
    "error_provider_why": (
        "Try again in a moment, or log in with your password.",
        "잠시 후 다시 시도하거나 비밀번호로 로그인해 주세요.",
        "しばらくしてからもう一度お試しいただくか、パスワードでログインしてください。",
    ),
    "error_many": ("Too many attempts", "시도 횟수가 너무 많습니다", "試行回数が多すぎます"),
    "error_many_why": (
        "Please wait 15 minutes.",
        "15분 뒤에 다시 시도해 주세요.",
        "15分後にもう一度お試しください。",
    ),
}
