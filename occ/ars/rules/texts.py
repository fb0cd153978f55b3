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
        KO: "잘못 누르셨습니다.",
        EN: "This key is not in use.",
        JA: "番号が違います。",
    },
    Notice.NO_QUEUE: {
        KO: "지금은 연결할 수 있는 상담원이 없습니다. 나중에 다시 전화해 주세요.",
        EN: "Nobody can take your call at the moment. Please call again later.",
        JA: "ただいま電話に出られる担当者がおりません。のちほどおかけ直しください。",
    },
    Notice.SUSPENDED: {
        KO: "지금은 이용할 수 없는 서비스입니다.",
        EN: "This service is not available at the moment.",
        JA: "このサービスは現在ご利用いただけません。",
    },
    Notice.ENDED: {
        KO: "이 번호의 전화 서비스 이용 기간이 끝났습니다.",
        EN: "The phone service of this number has ended.",
        JA: "この番号の電話サービスは終了しました。",
    },
    Notice.ABUSE: {
        KO: "폭언으로 통화를 종료합니다.",
        EN: "This call is ended because of abusive language.",
        JA: "暴言のため、通話を終了します。",
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
        KO: "전화를 받으시려면 1번을 눌러 주세요. 걸어 주신 번호로 다시 전화드립니다.",
        EN: "To be called back at the number you are calling from, press 1.",
        JA: "折り返しの電話をご希望の場合は1を押してください。おかけの番号にお電話します。",
    },
    Extra.CALLBACK_RECEIVED: {
        KO: "콜백이 접수되었습니다. 상담원이 곧 전화드리겠습니다.",
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
    KO: {"*": "별표", "#": "우물 정"},
    EN: {"*": "star", "#": "hash"},
    JA: {"*": "アスタリスク", "#": "シャープ"},
}
