"""Layouts that the console brings (MAIL-2): what a service's mails look like until it writes its
own, in the formal words of each language. Languages without words here get a layout without any.
"""

from dataclasses import dataclass

from occ.core.richtext import Writing
from occ.mail.rules import LayoutKind

# no tag: the editor of formatted text knows none for it
RULE = "─" * 20


@dataclass(frozen=True)
class Words:
    """What a layout says in one language: its first line, a line for each kind, and its end."""

    hello: str
    resolved: str
    hold: str
    manual: str
    number: str
    title: str
    reply: str


_PORTUGUESE = Words(
    "Olá!",
    "Obrigado pelo seu contato. Segue a nossa resposta.",
    "Estamos analisando a sua solicitação e voltaremos a entrar em contato.",
    "Entramos em contato sobre o assunto abaixo.",
    "Número",
    "Assunto",
    "Se tiver mais perguntas, responda a este e-mail.",
)
_SPANISH = Words(
    "Hola:",
    "Gracias por escribirnos. Esta es nuestra respuesta.",
    "Estamos revisando su consulta y le responderemos lo antes posible.",
    "Le escribimos en relación con el siguiente asunto.",
    "Número",
    "Asunto",
    "Si tiene más preguntas, responda a este correo.",
)
WORDS = {
    "ko": Words(
        "안녕하세요. #{service}입니다.",
        "문의해 주신 내용에 답변드립니다.",
        "문의해 주신 내용을 확인하고 있습니다. 확인되는 대로 다시 안내드리겠습니다.",
        "아래 내용을 안내드립니다.",
        "접수번호",
        "제목",
        "더 궁금한 점이 있으시면 이 메일에 답장해 주시기 바랍니다.",
    ),
    "en": Words(
        "Hello, this is #{service}.",
        "Thank you for your inquiry. Here is our answer.",
        "We are looking into your inquiry and will get back to you.",
        "We are writing to you about the matter below.",
        "Number",
        "Subject",
        "If you have further questions, please reply to this e-mail.",
    ),
    "ja": Words(
        "#{service}です。",
        "お問い合わせいただきありがとうございます。下記のとおりご回答いたします。",
        "お問い合わせの内容を確認しております。確認でき次第、改めてご連絡いたします。",
        "下記の件についてご連絡いたします。",
        "受付番号",
        "件名",
        "ご不明な点がございましたら、このメールにご返信ください。",
    ),
    "zh": Words(
        "您好，这里是#{service}。",
        "感谢您的咨询，现答复如下。",
        "我们正在核实您咨询的内容，确认后将再次与您联系。",
        "就以下事项与您联系。",
        "受理编号",
        "主题",
        "如有其他疑问，请直接回复此邮件。",
    ),
    "zh_TW": Words(
        "您好，這裡是#{service}。",
        "感謝您的來信，回覆如下。",
        "我們正在確認您詢問的內容，確認後將再次與您聯絡。",
        "就以下事項與您聯絡。",
        "受理編號",
        "主旨",
        "如有其他疑問，請直接回覆此郵件。",
    ),
    "vi": Words(
        "Xin chào, đây là #{service}.",
        "Cảm ơn quý khách đã liên hệ. Chúng tôi xin trả lời như sau.",
        "Chúng tôi đang kiểm tra nội dung quý khách hỏi và sẽ liên hệ lại.",
        "Chúng tôi liên hệ với quý khách về nội dung dưới đây.",
        "Mã số",
        "Tiêu đề",
        "Nếu có thêm câu hỏi, xin vui lòng trả lời e-mail này.",
    ),
    "th": Words(
        "สวัสดี จาก #{service}",
        "ขอบคุณที่ติดต่อเรา คำตอบของเราอยู่ด้านล่าง",
        "เรากำลังตรวจสอบเรื่องที่สอบถาม และจะติดต่อกลับอีกครั้ง",
        "เราขอแจ้งเรื่องต่อไปนี้",
        "หมายเลข",
        "หัวข้อ",
        "หากมีคำถามเพิ่มเติม โปรดตอบกลับอีเมลนี้",
    ),
    "id": Words(
        "Halo, kami dari #{service}.",
        "Terima kasih atas pertanyaan Anda. Berikut jawaban kami.",
        "Kami sedang memeriksa pertanyaan Anda dan akan menghubungi Anda kembali.",
        "Kami menghubungi Anda mengenai hal berikut.",
        "Nomor",
        "Subjek",
        "Jika ada pertanyaan lain, silakan balas e-mail ini.",
    ),
    "fr": Words(
        "Bonjour,",
        "Nous vous remercions de votre message. Voici notre réponse.",
        "Nous examinons votre demande et reviendrons vers vous.",
        "Nous vous écrivons au sujet de ce qui suit.",
        "Numéro",
        "Objet",
        "Pour toute autre question, répondez à cet e-mail.",
    ),
    "de": Words(
        "Guten Tag,",
        "vielen Dank für Ihre Anfrage. Hier ist unsere Antwort.",
        "wir prüfen Ihre Anfrage und melden uns wieder bei Ihnen.",
        "wir schreiben Ihnen zu folgendem Anliegen.",
        "Nummer",
        "Betreff",
        "Wenn Sie weitere Fragen haben, antworten Sie bitte auf diese E-Mail.",
    ),
    "es": _SPANISH,
    "es_LA": _SPANISH,
    "pt": _PORTUGUESE,
    "pt_BR": _PORTUGUESE,
    "it": Words(
        "Buongiorno,",
        "grazie per averci scritto. Ecco la nostra risposta.",
        "stiamo esaminando la Sua richiesta e La ricontatteremo.",
        "Le scriviamo in merito a quanto segue.",
        "Numero",
        "Oggetto",
        "Per altre domande risponda a questa e-mail.",
    ),
    "ru": Words(
        "Здравствуйте!",
        "Благодарим за обращение. Ниже наш ответ.",
        "Мы рассматриваем ваше обращение и свяжемся с вами.",
        "Мы пишем вам по следующему вопросу.",
        "Номер",
        "Тема",
        "Если у вас есть вопросы, ответьте на это письмо.",
    ),
}


def layout(kind: LayoutKind, language: str) -> Writing:
    """The shipped layout of a language, as plain text and as HTML."""
    words = WORDS.get(language)
    if words is None:
        lines = [
            "#{content}",
            "",
            RULE,
            "#{number} · #{title}",
            "#{inquiry_link}",
            "",
            "#{service}",
        ]
        return Writing(
            "\n".join(lines),
            f"<div>#{{content}}</div><div><br>{RULE}<br>"
            "#{number} · #{title}<br>#{inquiry_link}<br><strong>#{service}</strong></div>",
        )
    says = {
        LayoutKind.RESOLVED: words.resolved,
        LayoutKind.HOLD: words.hold,
        LayoutKind.MANUAL: words.manual,
    }[kind]
    about = (f"{words.number}: #{{number}}", f"{words.title}: #{{title}}")
    end = (*about, "#{inquiry_link}", words.reply)
    text = [words.hello, says, "", "#{content}", "", RULE, *end, "", "#{service}"]
    html = (
        f"<div>{words.hello}<br>{says}<br><br></div><div>#{{content}}</div>"
        f"<div><br>{RULE}<br>{'<br>'.join(end)}<br><br>"
        "<strong>#{service}</strong></div>"
    )
    return Writing("\n".join(text), html)
