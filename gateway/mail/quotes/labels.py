"""Labels of the header block that mail programs put above a quoted or forwarded message, by role.

Compared in lower case, without blanks and marks, so that "보낸 사람", "보낸사람" and "*보낸 사람*" are one.
"""

from enum import StrEnum


class Role(StrEnum):
    """What a line of the block tells."""

    FROM = "from"
    SENT = "sent"
    TO = "to"
    COPY = "copy"
    SUBJECT = "subject"
    OTHER = "other"


_LABELS: dict[Role, str] = {
    Role.FROM: """
        from|보낸 사람|보낸이|보낸 이|보내는 사람|발신|발신자|발신인|보낸분|보냄|差出人|送信者|送信元|発信者|发件人|寄件者|寄件人
        發件人|寄信人|von|absender|de|expéditeur|expediteur|remitente|da|mittente|van|afzender|remetente|från|avsändare|fra
        avsender|afsender|lähettäjä|od|nadawca|odesílatel|odosielateľ|от|от кого|отправитель|від|kimden|gönderen|từ|người gửi|จาก
        ผู้ส่ง|feladó|de la|από
    """,
    Role.SENT: """
        sent|date|sent at|date sent|보낸 날짜|날짜|발신일|발신일시|발송일|발송일자|보낸 시간|보낸 일시|보낸시각|일시|작성일|작성일시
        전송 날짜|전송일시|送信日時|日時|日付|送信日|送信時刻|发送时间|发件时间|发送日期|日期|时间|時間|寄件日期|傳送日期|傳送時間
        發送時間|寄件時間|發送日期|gesendet|gesendet am|datum|envoyé|envoye|envoyé le|date d'envoi|enviado|enviado el|fecha
        inviato|data|verzonden|verzonden op|enviada|enviada em|enviado em|data de envio|skickat|skickat den|sendt|dato|lähetetty
        päivämäärä|päiväys|pvm|wysłano|wyslano|data wysłania|odesláno|odoslané|dátum|отправлено|дата|надіслано|gönderildi
        gönderme tarihi|gönderilme tarihi|gönderilen|tarih|đã gửi|ngày|ngày gửi|thời gian|date et heure|ส่ง|ส่งเมื่อ|วันที่
        elküldve|trimis|στάλθηκε
    """,
    Role.TO: """
        to|받는 사람|받는이|받은 사람|수신|수신자|수신인|받는분|받음|宛先|宛て先|宛て|收件人|收件者|收信人|an|empfänger|à|a
        destinataire|para|destinatario|per|aan|ontvanger|destinatário|till|mottagare|til|mottaker|modtager|vastaanottaja|do|komu
        adresat|кому|kime|alıcı|đến|tới|người nhận|ถึง|ผู้รับ|címzett|către|προς
    """,
    Role.COPY: """
        cc|참조|참조자|抄送|副本|cópia|copie|kopie|kopia|kopi|копия|копія|bilgi|dw|do wiadomości|สำเนา|สำเนาถึง|copia|kopio|cc'd
        cópia para|đồng gửi|másolat
    """,
    Role.SUBJECT: """
        subject|제목|주제|件名|表題|题名|主题|主旨|標題|主題|標题|betreff|objet|sujet|asunto|oggetto|onderwerp|assunto|ämne|emne|aihe
        temat|předmět|predmet|тема|konu|chủ đề|tiêu đề|เรื่อง|หัวเรื่อง|ชื่อเรื่อง|tárgy|subiect|θέμα
    """,
    Role.OTHER: """
        bcc|숨은 참조|密送|密件副本|reply-to|reply to|답장|회신 주소|返信先|回复|importance|priority|중요도|重要度|attachments
        attachment|첨부|첨부파일|첨부 파일|添付ファイル|附件|anlagen|pièces jointes|adjuntos|allegati|bijlagen|anexos|organization
        organisation|mailed-by|signed-by|message-id|resent-from|sent by|sensitivity|wichtigkeit|antwort an|répondre à|responder a
        rispondi a|importancia|importance:|delivered-to|security|newsgroups
    """,
}


def fold(label: str) -> str:
    """A label as the table knows it."""
    return "".join(label.lower().split()).strip("*_>|•·-[]()【】<")


ROLES: dict[str, Role] = {
    fold(word): role
    for role, words in _LABELS.items()
    for line in words.split("\n")
    for word in line.split("|")
    if word.strip()
}
