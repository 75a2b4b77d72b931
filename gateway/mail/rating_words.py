"""How people say how satisfied they are; data only.

Whole sentences, compared in lower case without marks and blanks. Each has a place on a scale from 0 (worst) to 4 (best). A phrase
that could also mean something else ("ok", "좋습니다, 그렇게 해 주세요") is left out: a rating that is missed is read by a person, one
that was never given is a lie in the figures.
"""

WORST, BAD, MIDDLE, GOOD, BEST = range(5)

PHRASES: dict[int, tuple[str, ...]] = {
    BEST: (
        # en
        "great", "excellent", "perfect", "amazing", "awesome", "fantastic", "outstanding", "superb", "brilliant",
        "wonderful", "very good", "very satisfied", "very happy", "very helpful", "extremely satisfied",
        "extremely happy", "totally satisfied", "completely satisfied", "100% satisfied", "great service",
        "excellent service", "great support", "excellent support", "great job", "excellent job", "perfect service",
        "the best", "the best service", "best service ever", "best support ever", "i am very satisfied",
        "i'm very satisfied", "i am very happy", "i'm very happy", "i was very satisfied", "we are very satisfied",
        "we are very happy", "it was great", "it was excellent", "it was perfect", "top", "super", "love it",
        "loved it", "i love it", "thumbs up", "two thumbs up",
        # ko
        "매우 만족", "매우 만족합니다", "매우 만족해요", "매우 만족했습니다", "매우 만족스럽습니다",
        "매우 만족스러웠습니다", "아주 만족", "아주 만족합니다", "아주 만족해요", "정말 만족합니다", "정말 만족해요",
        "정말 만족스럽습니다", "너무 만족합니다", "너무 만족해요", "대단히 만족합니다", "대만족", "대만족입니다",
        "대만족이에요", "완전 만족", "완전 만족해요", "완전 만족합니다", "최고", "최고예요", "최고에요", "최고입니다",
        "최고였어요", "최고였습니다", "정말 최고예요", "완벽", "완벽해요", "완벽합니다", "훌륭해요", "훌륭합니다",
        "매우 좋아요", "매우 좋습니다", "매우 좋았습니다", "정말 좋아요", "정말 좋았어요", "정말 좋았습니다",
        "아주 좋아요", "아주 좋았어요", "아주 좋습니다", "너무 좋아요", "너무 좋았어요", "엄청 좋아요", "짱",
        "짱이에요", "짱입니다",
        # ja
        "大満足", "大満足です", "大満足でした", "とても満足", "とても満足です", "とても満足しています",
        "とても満足しました", "大変満足", "大変満足です", "大変満足しています", "大変満足しました", "非常に満足",
        "非常に満足です", "非常に満足しています", "最高", "最高です", "最高でした", "完璧", "完璧です", "完璧でした",
        "素晴らしい", "素晴らしいです", "素晴らしかったです", "とても良い", "とても良いです", "とても良かった",
        "とても良かったです", "とてもよかったです", "とてもよかった", "大変良かったです", "大変よかったです",
        "すごく良かったです", "すごくよかったです", "すばらしいです", "すばらしかったです",
    ),
    GOOD: (
        # en
        "good", "satisfied", "happy", "helpful", "i am satisfied", "i'm satisfied", "i was satisfied",
        "we are satisfied", "i am happy", "i'm happy", "satisfied customer", "good service", "good support",
        "good job", "it was good", "quite good", "pretty good", "quite satisfied", "pretty satisfied",
        "somewhat satisfied", "nice", "nice service", "nice job", "very nice", "like it", "i like it", "i liked it",
        # ko
        "만족", "만족합니다", "만족해요", "만족함", "만족이요", "만족입니다", "만족했습니다", "만족했어요",
        "만족스럽습니다", "만족스러워요", "만족스러웠습니다", "만족스러웠어요", "만족하고 있습니다",
        "만족하고 있어요", "좋아요", "좋았어요", "좋았습니다", "좋았음", "좋음", "괜찮았어요", "괜찮았습니다",
        "친절했어요", "친절했습니다", "친절하셨어요", "친절해요", "친절합니다",
        # ja
        "満足", "満足です", "満足しました", "満足でした", "満足しています", "満足しております", "満足いたしました",
        "やや満足", "やや満足です", "良い", "良いです", "よい", "よいです", "良かった", "良かったです", "よかった",
        "よかったです", "良好", "良好です", "いいです", "よかったと思います", "良かったと思います", "親切でした",
        "丁寧でした",
    ),
    MIDDLE: (
        # en
        "neither", "neutral", "so so", "so-so", "average", "mediocre", "okay-ish", "ok-ish", "meh",
        "not great not terrible", "neither good nor bad", "neither satisfied nor dissatisfied", "it was average",
        "it was so so", "fair",
        # ko
        "보통", "보통이에요", "보통이예요", "보통입니다", "보통이요", "보통임", "보통이었어요", "보통이었습니다",
        "그저 그래요", "그저 그렇습니다", "그저 그랬어요", "그저 그랬습니다", "그냥 그래요", "그냥 그랬어요", "쏘쏘",
        # ja
        "普通", "普通です", "普通でした", "ふつう", "ふつうです", "まあまあ", "まあまあです", "まあまあでした",
        "まずまず", "まずまずです", "どちらでもない", "どちらでもないです", "どちらともいえない",
        "どちらとも言えない", "どちらとも言えません", "どちらともいえません",
    ),
    BAD: (
        # en
        "bad", "poor", "dissatisfied", "not satisfied", "unsatisfied", "unhappy", "not happy", "disappointed",
        "disappointing", "i am dissatisfied", "i'm dissatisfied", "i am not satisfied", "i'm not satisfied",
        "i was not satisfied", "i wasn't satisfied", "we are not satisfied", "i am not happy", "i'm not happy",
        "i am unhappy", "i'm unhappy", "i am disappointed", "i'm disappointed", "not good", "not helpful",
        "unhelpful", "bad service", "poor service", "bad support", "poor support", "it was bad", "it was not good",
        "it wasn't good", "not very good", "not very satisfied", "not very happy", "not very helpful",
        "somewhat dissatisfied",
        # ko
        "불만족", "불만족입니다", "불만족이에요", "불만족스럽습니다", "불만족스러웠습니다", "불만족스러웠어요",
        "불만족합니다", "불만", "불만입니다", "불만이에요", "별로", "별로예요", "별로에요", "별로입니다",
        "별로였어요", "별로였습니다", "별로네요", "별로임", "만족하지 못했습니다", "만족하지 않습니다", "만족 못해요",
        "만족스럽지 않습니다", "만족스럽지 않았습니다", "만족스럽지 못했습니다", "실망", "실망입니다", "실망이에요",
        "실망했습니다", "실망했어요", "실망스럽습니다", "나빠요", "나쁩니다", "나빴어요", "나쁨", "안 좋아요",
        "안 좋았어요", "안 좋았습니다", "좋지 않아요", "좋지 않았습니다", "불친절했어요", "불친절했습니다",
        "불친절해요",
        # ja
        "不満", "不満です", "不満でした", "不満足", "不満足です", "やや不満", "やや不満です", "満足できません",
        "満足できませんでした", "満足していません", "満足できなかった", "悪い", "悪いです", "悪かった",
        "悪かったです", "良くない", "良くないです", "良くなかった", "良くなかったです", "よくない", "よくなかった",
        "よくなかったです", "残念", "残念です", "残念でした", "がっかり", "がっかりです", "がっかりしました",
        "いまいち", "いまいちです", "いまいちでした", "不親切でした",
    ),
    WORST: (
        # en
        "terrible", "awful", "horrible", "worst", "the worst", "useless", "worst service", "worst service ever",
        "worst support ever", "the worst service", "very bad", "very poor", "very dissatisfied", "very unhappy",
        "very disappointed", "very disappointing", "extremely dissatisfied", "extremely disappointed",
        "completely dissatisfied", "totally dissatisfied", "not at all satisfied", "not satisfied at all",
        "not happy at all", "i am very dissatisfied", "i'm very dissatisfied", "i am very disappointed",
        "i'm very disappointed", "i am very unhappy", "i'm very unhappy", "it was terrible", "it was awful",
        "it was horrible", "terrible service", "awful service", "horrible service", "thumbs down", "hate it",
        "unacceptable", "pathetic", "rubbish",
        # ko
        "매우 불만족", "매우 불만족입니다", "매우 불만족스럽습니다", "매우 불만족합니다", "매우 불만",
        "매우 불만입니다", "아주 불만족", "정말 불만족스럽습니다", "최악", "최악이에요", "최악이예요", "최악입니다",
        "최악이었어요", "최악이었습니다", "최악이네요", "정말 최악이에요", "정말 최악입니다", "형편없어요",
        "형편없습니다", "형편없었어요", "형편없네요", "너무 실망했습니다", "너무 실망스럽습니다", "정말 실망했습니다",
        "정말 실망입니다", "정말 별로예요", "정말 별로였어요", "너무 별로예요", "아주 나빠요", "매우 나쁨",
        "매우 나쁩니다", "전혀 만족하지 않습니다", "전혀 만족스럽지 않습니다",
        # ja
        "最悪", "最悪です", "最悪でした", "とても不満", "とても不満です", "大変不満", "大変不満です", "非常に不満",
        "非常に不満です", "大いに不満です", "とても悪い", "とても悪かったです", "ひどい", "ひどいです", "ひどかった",
        "ひどかったです", "とても残念です", "大変残念です", "全く満足できません", "まったく満足できません",
        "全然ダメです", "全然だめです",
    ),
}  # fmt: skip

FACES: dict[int, str] = {
    BEST: "👍👌💯😍🥰🤩😀😃😄😁😊🙌❤💖",
    GOOD: "🙂☺",
    MIDDLE: "😐😑😶",
    BAD: "🙁☹😕😞😟😔",
    WORST: "👎😠😡🤬😤😫😩💩",
}
"""One and the same face or hand, however often, is an answer."""

NO_SURVEYS: tuple[str, ...] = (
    "no more surveys", "no surveys", "no surveys please", "no more surveys please", "please no more surveys",
    "stop surveys", "stop the surveys", "stop sending surveys", "please stop sending surveys",
    "stop sending me surveys", "unsubscribe", "please unsubscribe me", "unsubscribe me", "do not send surveys",
    "don't send me surveys", "do not send me surveys", "설문 그만", "설문 그만 보내주세요", "설문 그만 보내세요",
    "설문 보내지 마세요", "설문조사 그만", "설문조사 보내지 마세요", "설문 메일 보내지 마세요",
    "설문 메일 그만 보내주세요", "설문 수신 거부", "설문 수신거부", "설문 거부", "설문조사 그만 보내주세요",
    "수신 거부", "수신거부", "수신거부합니다", "アンケート不要", "アンケートは不要です", "アンケート不要です",
    "アンケート停止", "アンケートを停止してください", "アンケートは送らないでください",
    "アンケートを送らないでください", "アンケートの配信を停止してください", "今後アンケートは不要です",
    "アンケートはもう不要です", "配信停止", "配信停止希望", "配信停止してください", "配信停止をお願いします",
)  # fmt: skip
