"""English-speaking companies, and the machines that write to every support address."""

from gateway.demo.files import pdf, wav
from gateway.demo.model import File, Mail, Person, Report
from gateway.mail.model import Kind

CLAIRE = Person("Claire Beaumont", "claire.beaumont@northquay.example", 0)
OMAR = Person("Omar Haddad", "omar.haddad@northquay.example", 0)

MAILS = (
    Mail(
        name="en-office-rollout",
        language="en",
        at="09:00",
        sender=CLAIRE,
        cc=(OMAR,),
        subject="Northquay: lighting for 14 meeting rooms, questions before we order",
        look="outlook",
        headers={"X-Mailer": "Microsoft Outlook 16.0"},
        files=(
            File(
                "Northquay floor plan L2.pdf",
                "application/pdf",
                pdf(("Northquay, level 2", "Meeting rooms 2.01 - 2.14")),
            ),
        ),
        text="""\
Dear support team,

We are fitting out our new office in Leeds and would like to use Luma panels and desk lamps in all fourteen
meeting rooms. Before our purchasing department raises the order I need clear answers to a few questions.

1. Control without personal phones
Our staff may not install apps on company devices. Is there a wall switch or a web console with which reception
can switch rooms on and off? If the console runs in your cloud, in which country is it hosted?

2. Network
Facilities equipment lives on a separate network without internet access. Which functions still work there, and
do firmware updates need a connection to your servers? Please send the list of hosts and ports if so.

3. Delivery
We need everything on site in the second week of next month, in two deliveries, before 8 a.m. The goods lift takes
pallets up to 1.2 m. Is there a charge for timed delivery?

4. Warranty and spares
Please confirm that the five-year business warranty covers the power supplies too. We would like to keep four
spare panels in the building; can those be invoiced only once they are used?

5. Invoicing
Our purchase order number must be on every invoice, and invoices go to a different address from this one. Whom
do I send the supplier form to?

A plan of the floor is attached. My colleague Omar (in copy) looks after the electrical side and can answer
anything about circuits and ceiling heights.

Kind regards,
Claire Beaumont""",
        signature="""\
--
Claire Beaumont
Workplace Manager, Northquay Ltd
claire.beaumont@northquay.example""",
    ),
    Mail(
        name="en-office-rollout-colleague",
        language="en",
        at="12:02",
        sender=OMAR,
        cc=(CLAIRE,),
        subject="RE: Northquay: lighting for 14 meeting rooms, questions before we order",
        answers="en-office-rollout",
        quoting="outlook",
        look="outlook",
        fate="join_request",
        text="""\
Hi both,

Two things from my side: rooms 2.03 and 2.11 have a suspended ceiling with only 70 mm of clearance, so I need the
depth of the panel including its driver. And we run 0-10 V dimming on that floor; is there a gateway for it?

Omar""",
    ),
    Mail(
        name="en-vat-invoice",
        language="en",
        at="09:57",
        sender=Person("Ingrid Solberg", "ingrid@fjordcafe.example", 1),
        subject="Invoice without our VAT number",
        files=(File("INV-20931.pdf", "application/pdf", pdf(("INVOICE 20931", "12 x Luma table lamp"))),),
        text="""\
Hello,

The attached invoice doesn't show our VAT number, so our accountant can't book it. Could you please issue a
corrected one with NO 000 000 000 MVA? The address stays the same.

Best regards,
Ingrid Solberg
Fjord Café""",
    ),
    Mail(
        name="en-contact-form",
        language="en",
        at="10:47",
        sender=Person("Luma Store contact form", "form@luma-shop.example", 0),
        reply_to=Person("Ben Achterberg", "ben.achterberg@brightmail.example", 1),
        subject="[Contact form] Shipping to Iceland",
        text="""\
A new message was sent from the contact page.

Name: Ben Achterberg
E-mail: ben.achterberg@brightmail.example
Topic: Shipping
Message:
Do you ship to Iceland, and do the prices on the site include customs? I'm after two floor lamps.""",
    ),
    Mail(
        name="en-developer-api",
        language="en",
        at="11:12",
        sender=Person("Yusuf Demir", "yusuf@smallhours.example", 3),
        subject="Local API returns 401 since firmware 2.3",
        files=(
            File(
                "request.log",
                "text/plain",
                b'> GET /v1/lamps HTTP/1.1\r\n> Authorization: Bearer ****\r\n< HTTP/1.1 401 Unauthorized\r\n< {"error":"stale_key"}\r\n',
            ),
        ),
        text="""\
Hi,

After updating my lamps from 2.2.8 to 2.3.1 the local API answers 401 with "stale_key" for keys that worked for
a year. Creating a new key in the app doesn't help; the lamp keeps the old one until it is unplugged.

A log is attached. To reproduce: update, then call GET /v1/lamps with any existing key. Is this intended?

Yusuf""",
    ),
    Mail(
        name="en-two-addresses",
        language="en",
        at="11:45",
        sender=Person("Meera Joshi", "meera@lanternhouse.example", 5.5),
        to=("main", "second"),
        subject="Reseller terms for our shop in Pune",
        text="""\
Hello,

I wasn't sure which address is the right one, so I'm writing to both. We run a small design shop in Pune and
customers keep asking for the Orb. Do you work with resellers in India, and if so, what are your terms?

With best wishes,
Meera Joshi, Lantern House""",
    ),
    Mail(
        name="en-bounce",
        language="en",
        at="12:26",
        sender=Person("Mail Delivery System", "MAILER-DAEMON@mx.brightmail.example", 0),
        subject="Undelivered Mail Returned to Sender",
        headers={"Auto-Submitted": "auto-replied"},
        null_reverse_path=True,
        kind=Kind.BOUNCE,
        fate="bounce",
        report=Report(
            recipient="old.address@brightmail.example",
            status="5.1.1",
            diagnostic="550 5.1.1 <old.address@brightmail.example>: Recipient address rejected: User unknown",
            returned_subject="Your spare parts have been sent",
        ),
        text="""\
This is the mail system at host mx.brightmail.example.

I'm sorry to have to inform you that your message could not be delivered to one or more recipients.

<old.address@brightmail.example>: host mx.brightmail.example said: 550 5.1.1
    <old.address@brightmail.example>: Recipient address rejected: User unknown""",
    ),
    Mail(
        name="en-voicemail",
        language="en",
        at="13:26",
        sender=Person("Northquay Phone System", "voicemail@pbx.northquay.example", 0),
        subject="Voicemail from 020 0000 0000 (0:03)",
        headers={"Auto-Submitted": "auto-generated"},
        kind=Kind.AUTO_GENERATED,
        files=(File("voicemail-0412.wav", "audio/wav", wav(3)),),
        text="""\
You have a new voice message.

From: 020 0000 0000
Length: 3 seconds

The recording is attached.""",
    ),
    Mail(
        name="en-out-of-office",
        language="en",
        at="13:42",
        sender=Person("Patrick Nolan", "patrick.nolan@northquay.example", 0),
        subject="Automatic reply: Your order has shipped",
        headers={"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"},
        null_reverse_path=True,
        kind=Kind.AUTO_REPLY,
        fate="silent",
        text="""\
Thank you for your message. I am out of the office until Monday with limited access to email.
For anything urgent about deliveries please contact reception.

Patrick Nolan""",
    ),
    Mail(
        name="en-newsletter",
        language="en",
        at="14:14",
        sender=Person("The Lighting Review", "editor@lighting-review.example", 0),
        subject="This week: warm dimming, explained at last",
        headers={
            "List-Id": "The Lighting Review <weekly.lighting-review.example>",
            "List-Unsubscribe": "<mailto:leave@lighting-review.example>, <https://lighting-review.example/leave>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        kind=Kind.LIST,
        html="""\
<html><body style="margin:0;background:#f4f1ea"><table role="presentation" width="100%"><tr><td align="center">
<table role="presentation" width="560" style="background:#ffffff;font-family:Georgia,serif"><tr><td style="padding:28px">
<h1 style="margin:0">The Lighting Review</h1><p>Why do some lamps turn cosy as they dim, and others just grey?
We took eight of them apart so that you don't have to.</p>
<p><a href="https://lighting-review.example/warm-dimming">Read the article</a></p>
<p style="font-size:12px;color:#777777">You are reading this because you signed up.
<a href="https://lighting-review.example/leave">Unsubscribe</a></p></td></tr></table></td></tr></table></body></html>""",
        text="""\
The Lighting Review

Why do some lamps turn cosy as they dim, and others just grey?
We took eight of them apart so that you don't have to.

Read the article: https://lighting-review.example/warm-dimming

You are reading this because you signed up. Unsubscribe: https://lighting-review.example/leave""",
    ),
    Mail(
        name="en-monitoring",
        language="en",
        at="14:51",
        sender=Person("Store Monitor", "alerts@monitor.luma-shop.example", 0),
        subject="[RESOLVED] checkout latency above 2 s for 5 minutes",
        headers={"Auto-Submitted": "auto-generated", "X-Mailer": "Zabbix"},
        kind=Kind.AUTO_GENERATED,
        text="""\
Problem resolved: checkout latency is back to normal.

Host: shop-2
Highest value: 3.4 s
Duration: 7 minutes""",
    ),
    Mail(
        name="en-safety-report",
        language="en",
        at="15:39",
        sender=Person("Lena Fischer", "lena.fischer@prueflabor.example", 1),
        subject="Possible overheating of charging base, model CB-1",
        text="""\
Dear Sir or Madam,

I work at a product testing laboratory. While testing the CB-1 charging base for one of your customers we measured
94 °C on the underside after three hours at full load, well above the limit of the standard.

I would like to share the measurements with your product safety team before we issue our report next week. Please
let me know whom I should write to, and whether you have a PGP key.

Kind regards,
Lena Fischer""",
    ),
    Mail(
        name="en-urgent-outage",
        language="en",
        at="17:20",
        sender=Person("Jonas Weber", "jonas@weberhof-hotel.example", 1),
        subject="URGENT: all room lights off since the 5 pm update",
        text="""\
We are a hotel with 38 rooms on Luma. Since the update at five o'clock no light reacts to the wall panels, and we
have guests checking in right now with torches. The hub shows "migrating (3/7)" and doesn't move.

Please call the front desk or tell me how to stop this migration. Switching the hub off and on again did nothing.

Jonas Weber, Weberhof""",
    ),
)
