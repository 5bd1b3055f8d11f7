"""A letter as a MeMo 1.2 message, for the municipality's own connection to Digital Post.

MeMo is the message format of Digital Post (https://DigitalPost.dk/MeMo-1). Title and advice say
who writes, and nothing of a debt: they are shown on locked screens. The recipient's CPR number
stands where the format has its place for it, and nowhere else.
"""

import base64
import re
from xml.etree import ElementTree as ET

from mikroledger.domain.post import Parcel
from mikroledger.errors import RefusedError

VERSION = "1.2"
MEMO = "https://DigitalPost.dk/MeMo-1"
SYSTEM = "mikroledger"
TEXT, NOTIFICATION = 256, 150
"""Signs that a text, and the advice, may have."""
_CVR = re.compile(r"[0-9]{8}", re.ASCII)
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_WORDS = {
    "da": ("Brev fra {0}", "Du har fået brev fra {0}. Åbn din Digital Post.", "Brev"),
    "en": ("Letter from {0}", "You have a letter from {0}. Open your Digital Post.", "Letter"),
}


def message(parcel: Parcel, pdf: bytes) -> bytes:
    """Return a letter as a message; made again it is the same bytes.

    Raises:
        RefusedError: the sender has no CVR number, or a name does not fit.
    """
    if not _CVR.fullmatch(parcel.cvr):
        raise RefusedError(
            da=f"CVR-nummeret »{parcel.cvr}« har ikke 8 cifre. Ret cvr i policy.beancount.",
            en=f"The CVR number '{parcel.cvr}' has not 8 digits. Correct cvr in policy.beancount.",
        )
    ET.register_namespace("memo", MEMO)
    root = ET.Element(f"{{{MEMO}}}Message", {"memoVersion": VERSION})
    _header(root, parcel)
    _body(root, parcel, pdf)
    said: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return said + b"\n"


def _header(root: ET.Element, parcel: Parcel) -> None:
    label, notification, _ = _WORDS[parcel.language]
    header = _under(root, "MessageHeader")
    _say(header, "messageType", "DIGITALPOST")
    _say(header, "messageUUID", parcel.uuid)
    _say(header, "messageID", parcel.letter)
    _say(header, "label", label.format(parcel.municipality))
    _say(header, "notification", notification.format(parcel.municipality), NOTIFICATION)
    _say(header, "mandatory", "true")
    _say(header, "legalNotification", "false")
    sender = _under(header, "Sender")
    _say(sender, "senderID", parcel.cvr)
    _say(sender, "idType", "CVR")
    _say(sender, "label", parcel.municipality)
    about = _under(sender, "AttentionData")
    _say(_under(about, "ContentResponsible"), "label", parcel.office or parcel.municipality)
    system = _under(about, "GeneratingSystem")
    _say(system, "generatingSystemID", SYSTEM)
    _say(system, "label", SYSTEM)
    recipient = _under(header, "Recipient")
    _say(recipient, "recipientID", parcel.to.number)
    _say(recipient, "idType", parcel.to.kind.upper())
    _say(recipient, "label", parcel.to.name)
    case = _under(_under(header, "ContentData"), "CaseID")
    _say(case, "caseID", parcel.loan)
    _say(case, "caseSystem", SYSTEM)


def _body(root: ET.Element, parcel: Parcel, pdf: bytes) -> None:
    body = _under(root, "MessageBody")
    _say(body, "createdDateTime", f"{parcel.on}T00:00:00Z")
    document = _under(body, "MainDocument")
    _say(document, "mainDocumentID", parcel.letter)
    _say(document, "label", _WORDS[parcel.language][2])
    file = _under(document, "File")
    _say(file, "encodingFormat", "application/pdf")
    _say(file, "filename", f"{parcel.name}.pdf")
    _say(file, "language", parcel.language)
    _under(file, "content").text = base64.b64encode(pdf).decode("ascii")


def _under(above: ET.Element, name: str) -> ET.Element:
    return ET.SubElement(above, f"{{{MEMO}}}{name}")


def _say(above: ET.Element, name: str, text: str, most: int = TEXT) -> None:
    """Add a text, and refuse one that Digital Post would refuse.

    Raises:
        RefusedError: it is too long, or holds a sign that no XML may hold.
    """
    if len(text) > most or _NO_XML.search(text):
        raise RefusedError(
            da=f"»{ascii(text)[1:41]}...« kan ikke stå i Digital Post ({name}: højst {most} tegn,"
            " ingen styretegn). Ret navnet i registret eller i policy.beancount.",
            en=f"'{ascii(text)[1:41]}...' cannot stand in Digital Post ({name}: at most {most}"
            " signs, no control characters). Correct the name in the register or in"
            " policy.beancount.",
        )
    _under(above, name).text = text
