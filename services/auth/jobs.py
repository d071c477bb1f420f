"""What auth does later: sends the letters with links that choose a new password."""

import time
from collections.abc import Callable
from typing import Final, Protocol
from uuid import UUID

from chassis import logs
from chassis.database import Database
from chassis.jobs import Job
from services.auth.mail import MailRefused
from services.auth.storage import accounts as account_rows
from services.auth.usecases import registration

STALE_S: Final = 3_600  # nobody waits for the letter any more
SUBJECT: Final = "Välj ett nytt lösenord till Klientwebben"
TEXT: Final = """Hej {name}

Någon har bett om ett nytt lösenord till Klientwebben för användarnamnet {user_name}.
Öppna länken för att välja det. Den gäller i 30 minuter och fungerar en gång:

{link}

Var det inte du? Då behöver du inte göra något; ditt lösenord är oförändrat.

Resultat Finans AB
"""

log = logs.get(__name__)


class Post(Protocol):
    """How letters leave: ``services.auth.mail.Post`` fits."""

    def send(self, to: str, subject: str, text: str) -> None: ...


def send_reset_links(post: Post, base_url: str) -> Callable[[Database, Job], None]:
    """The job that sends a link to each user of its list. The address is the configured one, whoever asked."""

    def work(database: Database, job: Job) -> None:
        fresh = time.time() - int(job.payload["asked_at"]) < STALE_S
        for user_id in map(UUID, job.payload["users"] if fresh else []):
            with database.unscoped() as tx:  # ended before the letter leaves, so that its link works once it is there
                found = account_rows.find(tx, user_id)
                if found is None or not found.profile.email:
                    continue
                token = registration.new_token(tx, user_id)
            link = f"{base_url.rstrip('/')}/nytt-losenord?kod={token}"
            text = TEXT.format(name=found.profile.first_name, user_name=found.profile.user_name, link=link)
            try:
                post.send(found.profile.email, SUBJECT, text)
            except MailRefused:
                log.warning("letter refused", user_id=str(user_id))
        with database.unscoped() as tx:
            job.complete(tx)

    return work
