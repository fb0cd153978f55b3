"""What the system says by itself, and sample texts to begin with, in the languages of the voice
menu.

These are spoken to callers in the call's language; they are no texts of the console.
"""

import enum
from collections.abc import Mapping

from occ.ars.rules.menu import Extra, Language

KO, EN, JA = Language.KO, Language.EN, Language.JA


class Notice(enum.Enum):
    """Announcements of the system that nobody edits."""

    REPLAY = "replay"
    WRONG = "wrong"
    NO_QUEUE = "no_queue"
    SUSPENDED = "suspended"
    ENDED = "ended"
    ABUSE = "abuse"


NOTICES: Mapping[Notice, Mapping[Language, str]] = {
    Notice.REPLAY: {
        KO: "다시 들으시려면 1번, 처음으로 돌아가시려면 2번을 눌러 주세요.",
        EN: "To hear this again, press 1. To go back to the beginning, press 2.",
        JA: "もう一度お聞きになる場合は1を、最初に戻る場合は2を押してください。",
    },
    Notice.WRONG: {
        KO: "없는 번호입니다. 다시 눌러 주세요.",
        EN: "That is not one of the options.",
        JA: "その番号はご利用いただけません。",
    },
    Notice.NO_QUEUE: {
        KO: "지금은 연결할 수 있는 상담원이 없습니다. 나중에 다시 전화해 주세요.",
        EN: "Nobody can take your call at the moment. Please call again later.",
        JA: "ただいま担当者におつなぎできません。恐れ入りますが、のちほどおかけ直しください。",
    },
    Notice.SUSPENDED: {
        KO: "지금은 이용할 수 없는 서비스입니다.",
        EN: "This service is not available at the moment.",
        JA: "このサービスは現在ご利用いただけません。",
    },
    Notice.ENDED: {
        KO: "이 번호의 전화 서비스는 현재 제공되지 않습니다.",
        EN: "Phone service on this number is not available.",
        JA: "この番号での電話の受け付けは行っておりません。",
    },
    Notice.ABUSE: {
        KO: "욕설이나 폭언이 계속되어 상담을 종료합니다.",
        EN: "This call is now being ended because of abusive language.",
        JA: "不適切なご発言がありましたので、お電話を終了させていただきます。",
    },
}
SAMPLE_GREETING = {
    KO: "안녕하세요. {service}입니다. 전화해 주셔서 감사합니다.",
    EN: "Thank you for calling {service}.",
    JA: "お電話ありがとうございます。{service}です。",
}
SAMPLES: Mapping[Extra, Mapping[Language, str]] = {
    Extra.CONNECTING: {
        KO: "상담원에게 연결하고 있습니다. 잠시만 기다려 주세요.",
        EN: "We are connecting you to an agent. Please hold the line.",
        JA: "担当者におつなぎします。少々お待ちください。",
    },
    Extra.DELAYED: {
        KO: "지금은 통화량이 많아 연결이 늦어지고 있습니다. 잠시만 더 기다려 주세요.",
        EN: "All our agents are busy. Please stay on the line.",
        JA: "ただいま電話が混み合っております。もうしばらくお待ちください。",
    },
    Extra.CALLBACK_OFFER: {
        KO: "지금 전화 거신 번호로 다시 연락을 받으시려면 1번을 눌러 주세요.",
        EN: "To be called back at the number you are calling from, press 1.",
        JA: "折り返しのお電話をご希望の場合は、1を押してください。"
        "お客様の電話番号に、担当者からお電話いたします。",
    },
    Extra.CALLBACK_RECEIVED: {
        KO: "콜백이 접수되었습니다. 상담원이 순서대로 전화드리겠습니다.",
        EN: "Your callback is registered. An agent will call you.",
        JA: "折り返しを承りました。担当者からお電話します。",
    },
    Extra.RECORDING: {
        KO: "상담 품질을 높이기 위해 통화 내용이 녹음됩니다.",
        EN: "This call is recorded to improve our service.",
        JA: "サービス向上のため、通話を録音しております。",
    },
    Extra.ABUSE: NOTICES[Notice.ABUSE],
    Extra.GOODBYE: {
        KO: "전화해 주셔서 감사합니다. 안녕히 계세요.",
        EN: "Thank you for calling. Goodbye.",
        JA: "お電話ありがとうございました。失礼いたします。",
    },
}
KEY_WORDS = {
    KO: {"*": "별표", "#": "우물정"},
    EN: {"*": "star", "#": "hash"},
    JA: {"*": "米印", "#": "シャープ"},
}
