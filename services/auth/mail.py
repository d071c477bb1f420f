"""Letters by SMTP. Whom they went to and what stood in them is logged nowhere: they hold links that let people in."""

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from chassis.settings import Secret
from kernel.errors import DomainError, Kind

TIMEOUT_S = 15.0


class MailAway(DomainError):
    """The mail server does not answer, or not now."""

    reason = "MAIL_AWAY"
    kind = Kind.UNAVAILABLE


class MailRefused(DomainError):
    """The mail server will never take this letter."""

    reason = "MAIL_REFUSED"
    kind = Kind.INVALID


@dataclass(frozen=True)
class Post:
    """How letters leave: ``security`` is none, starttls or tls."""

    host: str
    port: int
    security: str
    user: str
    password: Secret
    sender: str

    def send(self, to: str, subject: str, text: str) -> None:
        """Hand one letter to the mail server. Raises MailAway, MailRefused."""
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = self.sender, to, subject
        letter["Date"], letter["Message-ID"] = formatdate(), make_msgid(domain=self.sender.rpartition("@")[2])
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(text)
        try:
            with self._connection() as server:
                server.send_message(letter)
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            raise (MailRefused if _for_good(error) else MailAway) from None
        except (OSError, smtplib.SMTPException):
            raise MailAway from None

    def _connection(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT_S, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_S)
            if self.security == "starttls":
                server.starttls(context=context)
        if self.user:
            server.login(self.user, self.password.reveal())
        return server


def _for_good(error: smtplib.SMTPException) -> bool:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 500
