"""English-speaking customers at home."""

from gateway.demo.files import png
from gateway.demo.model import File, Mail, Person

HANNAH = Person("Hannah Whitfield", "hannah@whitfield-post.example", 0)
MARCUS = Person("Marcus Oyelaran", "marcus.oyelaran@brightmail.example", 1)
PRIYA = Person("Priya Raman", "priya.raman@brightmail.example", 5.5)

MAILS = (
    Mail(
        name="en-lamp-pairing",
        language="en",
        at="08:52",
        sender=HANNAH,
        subject="Luma desk lamp won't pair with the app",
        look="gmail",
        text="""\
Hi there,

I set up my new Luma desk lamp last night and it won't show up in the Luma Home app. The light on the base
blinks blue for about a minute, then goes out. I've tried:

- turning Bluetooth off and on
- holding the dial for ten seconds
- standing right next to it with the phone

My phone is a Pixel 7 on Android 14. Is there something obvious I'm missing?

Thanks,
Hannah""",
    ),
    Mail(
        name="en-lamp-pairing-progress",
        language="en",
        at="10:19",
        sender=HANNAH,
        subject="Re: Luma desk lamp won't pair with the app",
        answers="en-lamp-pairing",
        quoting="gmail",
        look="gmail",
        fate="appended",
        text="""\
Small update: my partner's iPhone found it straight away, so the lamp itself seems fine.
It's only my Android phone that can't see it.""",
    ),
    Mail(
        name="en-lamp-pairing-screenshot",
        language="en",
        at="15:11",
        sender=HANNAH,
        subject="Re: Luma desk lamp won't pair with the app",
        answers="en-lamp-pairing-progress",
        quoting="gmail",
        look="gmail",
        fate="appended",
        files=(File("Screenshot_pairing.png", "image/png", png(270, 560, (24, 26, 32), (44, 48, 60))),),
        text="And here is what the app shows after the minute is up. Not very helpful, I'm afraid!",
    ),
    Mail(
        name="en-where-is-my-order",
        language="en",
        at="09:05",
        sender=Person("Tom Gallagher", "tom.gallagher@brightmail.example", 0),
        subject="Where is it?",
        text="Order LM-806-3310. Tracking hasn't moved since Friday. Any news?",
        signature="Sent from my iPhone",
    ),
    Mail(
        name="en-angry",
        language="en",
        at="09:44",
        sender=MARCUS,
        subject="Third kettle in two months. I want my money back.",
        text="""\
I am writing to you for the third time about the same kettle.

The first one leaked. The replacement leaked. The replacement for the replacement arrived yesterday, and
this morning it tripped the fuse for the whole kitchen with my daughter standing next to it.

I don't want a voucher, and I don't want a fourth kettle. I want a full refund to my card, and I want
somebody with a name to tell me what you are going to do about a product that is plainly not safe.

If I haven't heard from you by tomorrow evening I will take this to Trading Standards.

Marcus Oyelaran
Order LM-614-0081""",
    ),
    Mail(
        name="en-angry-apple-reply",
        language="en",
        at="14:27",
        sender=MARCUS,
        subject="Re: Third kettle in two months. I want my money back.",
        answers="en-angry",
        quoting="apple",
        look="apple",
        fate="appended",
        text="""\
I forgot to say: I have kept the kettle and the packaging, and I can send photos of the scorched plug.
My number is on the account if it's easier to call.""",
    ),
    Mail(
        name="en-thanks",
        language="en",
        at="10:57",
        sender=Person("Eleanor Marsh", "eleanor.marsh@oldharbour.example", 0),
        subject="A thank-you for your colleague",
        look="apple",
        text="""\
Hello,

I'm 81 and not very good with apps, and one of your colleagues spent the better part of an hour on the phone
with me on Tuesday until my bedside lamp did what it should. She never once made me feel silly.

I didn't catch her name, but please pass on my thanks. No need to reply.

Warm regards,
Eleanor Marsh""",
    ),
    Mail(
        name="en-emoji-subject",
        language="en",
        at="11:21",
        sender=Person("Zoë Park", "zoe@parkside.example", -5),
        subject="💡✨ obsessed with my new Orb, one tiny question",
        look="gmail",
        text="""\
Hiii, the Orb arrived and it's gorgeous 😍

One tiny question: can I make it fade in slowly in the morning instead of just popping on? I looked everywhere
in the app and can't find it. If it isn't possible yet, please count this as a vote for it!

Zoë x""",
    ),
    Mail(
        name="en-damaged",
        language="en",
        at="12:13",
        sender=PRIYA,
        subject="Floor lamp arrived with a bent pole",
        look="gmail",
        files=(
            File("bent pole.png", "image/png", png(300, 420, (180, 180, 185), (70, 70, 75))),
            File("box — outside (2).png", "image/png", png(420, 300, (196, 160, 120), (140, 105, 70))),
        ),
        text="""\
Hello,

My Luma floor lamp was delivered this morning and the upper pole is bent by a few degrees, so the shade
won't sit straight. Photos attached; the box had a dent in the same place.

I'd be happy with just a new pole, there is no need to send a whole lamp across the country.

Regards,
Priya""",
    ),
    Mail(
        name="en-html-only",
        language="en",
        at="12:41",
        sender=Person("Greg Lindqvist", "greg@lindqvist-family.example", 1),
        subject="Wrong plug in the box",
        look="outlook",
        html_only=True,
        headers={"X-Mailer": "Microsoft Outlook 16.0"},
        text="""\
Hi,

The air purifier I ordered came with a US plug. I live in Denmark, so I can't use it.
Could you send the right cable? I don't need to send the whole unit back, do I?

Best,
Greg""",
    ),
    Mail(
        name="en-inline-picture",
        language="en",
        at="13:17",
        sender=Person("Sofia Duarte", "sofia.duarte@brightmail.example", 0),
        subject="Is this light supposed to be orange?",
        files=(
            File(
                "image001.png",
                "image/png",
                png(260, 180, (255, 150, 40), (120, 60, 10)),
                content_id="image001@brightmail",
            ),
        ),
        html=(
            "<div>Hello, the ring on my Breeze 2 has been orange since yesterday, like this:</div>"
            '<div><img src="cid:image001@brightmail" width="260" height="180" alt="orange ring"></div>'
            "<div>The manual only talks about blue and red. What does it mean?</div><div>Sofia</div>"
        ),
        text="""\
Hello, the ring on my Breeze 2 has been orange since yesterday, like this:
[image: orange ring]
The manual only talks about blue and red. What does it mean?
Sofia""",
    ),
    Mail(
        name="en-no-subject",
        language="en",
        at="13:54",
        sender=Person("", "bjh1957@oldharbour.example", 0),
        subject=None,
        text="""\
the remote for the hall light does not work any more and yes I have changed the battery
is there a spare one I can buy please
B Hughes""",
    ),
    Mail(
        name="en-cancel-subscription",
        language="en",
        at="14:33",
        sender=Person("Ana Kovač", "ana.kovac@parkside.example", 1),
        subject="Please stop my filter subscription",
        text="""\
Good afternoon,

I moved in with my boyfriend, and it turns out we now own two purifiers and four spare filters. Could you please
cancel my subscription before the next parcel goes out on Monday?

If it has been packed already, I'll simply refuse it at the door; just let me know.

Many thanks,
Ana""",
    ),
    Mail(
        name="en-screen-reader",
        language="en",
        at="15:23",
        sender=Person("Daniel Osei", "daniel.osei@oldharbour.example", 0),
        subject="App update broke VoiceOver on the brightness slider",
        text="""\
Hi,

I'm blind and use Luma Home with VoiceOver on an iPhone 13. Since the update on Wednesday the brightness
slider is announced only as "adjustable", with no name and no value, and swiping up or down does nothing.
Before the update it said "Brightness, 60 percent" and worked perfectly.

It's the one control I use every day, so I hope this can be fixed soon. I'm glad to test a beta build.

Daniel""",
    ),
    Mail(
        name="en-forwarded-receipt",
        language="en",
        at="16:12",
        sender=Person("Rachel Stone", "rachel.stone@parkside.example", -5),
        subject="Fwd: Your receipt from Luma Store",
        look="gmail",
        text="""\
Hi, my mum bought this for me and it stopped working after a week. She forwarded me the receipt, see below.
Can I return it myself, or does it have to be her?

Rachel

---------- Forwarded message ---------
From: Luma Store <orders@luma-store.example>
Date: {yesterday}
Subject: Your receipt from Luma Store
To: <judith.stone@parkside.example>

Thank you for your order, Judith.
1 x Mist humidifier, white
Order LM-730-5561""",
    ),
)
