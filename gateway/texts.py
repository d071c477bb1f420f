"""Reasons in Swedish. The services say constants; only here do they become sentences.

A text says what is wrong and how to put it right, with an example. A reason without a text of its own gets the
general one of its kind; a test asks that every reason of the services' fields has one.
"""

from dataclasses import dataclass

from kernel.errors import DomainError, FieldViolation, Kind


@dataclass(frozen=True)
class ErrorText:
    """A heading, a sentence, and the name of what does not answer (if that is it)."""

    title: str
    text: str


STATUS = {  # of the answer, by what the caller can do about the error
    Kind.INVALID: 422,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.DENIED: 403,
    Kind.EXHAUSTED: 429,
    Kind.UNAVAILABLE: 503,
    Kind.BROKEN: 500,
}

HTTP = {
    400: ErrorText("Begäran gick inte att läsa", "Gå tillbaka och försök igen."),
    403: ErrorText("Sidan kräver en behörighet som du saknar", "Be er kontaktperson på Resultat Finans om den behövs."),
    404: ErrorText("Sidan finns inte", "Kontrollera adressen, eller börja om från startsidan."),
    405: ErrorText("Så kan sidan inte användas", "Gå tillbaka och försök igen."),
    413: ErrorText("Filen är för stor", "En fil får vara högst 64 MB. Dela upp den och skicka delarna var för sig."),
    429: ErrorText("Det är många som arbetar just nu", "Inget har ändrats. Vänta några sekunder och försök igen."),
    500: ErrorText(
        "Något gick fel hos oss", "Inget har bokförts två gånger. Försök igen, eller hör av dig med referensen."
    ),
    503: ErrorText("En del av Klientwebben svarar inte just nu", "Inget har gått förlorat. Försök igen om en stund."),
}

NEEDS_SECOND_FACTOR = ErrorText(
    "Det här kräver tvåfaktorsinloggning",
    "Klientens villkor kräver det för att godkänna. Lägg till en app under Inställningar, eller logga in med koden.",
)
CSRF = ErrorText("Formuläret hade blivit för gammalt", "Inget har sparats. Ladda om sidan och skicka formuläret igen.")

NEIGHBOURS = {
    "auth": "Inloggningen",
    "ledger": "Reskontran",
    "collection": "Inkasso",
    "reports": "Dokument och rapporter",
    "files": "Filer och arkiv",
}

REASONS = {
    "NOT_FOUND": ErrorText(
        "Det du söker finns inte", "Det kan ha tagits bort, eller tillhöra en klient som du inte ser."
    ),
    "PERMISSION_DENIED": HTTP[403],
    "OVERLOADED": HTTP[429],
    "INTERNAL": HTTP[500],
    "BUSY": ErrorText("Någon annan arbetar med samma sak just nu", "Inget har ändrats. Försök igen om en stund."),
    "REQUEST_ID_REUSED": ErrorText(
        "Formuläret har redan skickats med ett annat innehåll", "Ladda om sidan och kontrollera vad som sparades."
    ),
    "JOURNAL_ALREADY_APPROVED": ErrorText(
        "Bunten är redan godkänd", "Den har bokförts en gång. Kvittot visar när och av vem."
    ),
    "JOURNAL_CHANGED": ErrorText(
        "Bunten har ändrats sedan sidan visades", "Inget har bokförts. Kontrollera bunten och godkänn igen."
    ),
    "JOURNAL_EMPTY": ErrorText("Bunten är tom", "Registrera minst en post innan du godkänner."),
    "ACCOUNT_IN_USE": ErrorText(
        "Kontot kan inte tas bort",
        "Det är bokfört på det, eller så används det. Se kolumnen Används för, och flytta det först.",
    ),
    "JOURNAL_HAS_FAULTS": ErrorText(
        "Bunten kan inte godkännas ännu", "Inget har bokförts. Rätta posterna som är fel och godkänn igen."
    ),
    "FOUR_EYES": ErrorText("Bunten ska godkännas av någon annan", "Era villkor kräver att två personer deltar."),
    "JOURNAL_FULL": ErrorText("Bunten är full", "Godkänn den och registrera resten i nästa bunt."),
    "TERMS_MISSING": ErrorText(
        "Klienten saknar villkor", "Inget kan registreras förrän Resultat Finans har lagt in dem. Hör av dig till oss."
    ),
    "CANNOT_HAND_OVER": ErrorText("Fakturan kan inte lämnas till inkasso", "Läget har ändrats sedan sidan visades."),
    "DOCUMENT_CHANGED": ErrorText(
        "Det har ändrats i en annan flik", "Inget har skrivits över. Ladda om sidan för att se det senaste."
    ),
    "TOO_MANY_DOCUMENTS": ErrorText("Det finns inte plats för fler", "Ta bort någon som inte behövs och försök igen."),
    "CUSTOMER_CHANGED_MEANWHILE": ErrorText(
        "Någon annan har ändrat kunden sedan sidan visades", "Inget har skrivits över. Jämför och spara igen."
    ),
    "INVOICES_CHANGED_MEANWHILE": ErrorText(
        "Fakturorna har ändrats sedan följden visades", "Inget har ändrats. Se följden igen och bekräfta."
    ),
    "ARTICLE_CHANGED": ErrorText(
        "Artikeln har ändrats sedan dialogen öppnades", "Inget har sparats. Öppna den igen och ändra."
    ),
    "PERIOD_CLOSED": ErrorText("Perioden är stängd", "Inget bokförs i en stängd månad. Välj en senare dag."),
    "PERIOD_NOT_OVER": ErrorText("Månaden är inte slut", "En månad kan stängas när den är slut."),
    "JOURNAL_NOT_APPROVED": ErrorText("Bunten är inte godkänd", "Ändra eller ta bort posterna i bunten i stället."),
    "JOURNAL_UNDONE_ALREADY": ErrorText("Bunten är redan återkallad eller vänd", "Kvittot visar av vilken bunt."),
    "JOURNAL_UNDOES_ANOTHER": ErrorText(
        "Bunten återkallar eller vänder en annan", "Den kan inte själv återkallas. Registrera posterna på nytt."
    ),
    "TOO_LATE_TO_REVOKE": ErrorText(
        "Nattkörningen har gått", "Bunten kan inte återkallas längre. Vänd den med en spegelvänd bunt i stället."
    ),
    "TOO_EARLY_TO_REVERSE": ErrorText(
        "Nattkörningen har inte gått", "Bunten kan ännu återkallas. Återkalla den i stället."
    ),
    "JOURNAL_BUILT_UPON": ErrorText("Bunten kan inte tas tillbaka", "Något bygger på den. Inget har ändrats."),
    "LIST_TOO_LONG": ErrorText(
        "Resultatet ryms inte i Excel",
        "Ett blad har plats för 1\u00a0048\u00a0575 rader. Avgränsa sökningen, eller hämta den som CSV.",
    ),
    "TOO_MANY_LISTS": ErrorText("Många filer görs just nu", "Inget har gjorts. Vänta en stund och försök igen."),
    "NO_ROOM_FOR_LIST": ErrorText(
        "Filen fick inte plats", "Avgränsa sökningen, eller hämta den som CSV. Hör av dig om det händer igen."
    ),
    "SURPLUS_CHANGED": ErrorText(
        "En av raderna har ändrats sedan sidan visades", "Inget har bokförts. Kontrollera beloppen och försök igen."
    ),
    "INVOICE_TAKES_NONE": ErrorText(
        "Fakturan har inget kvar att betala för alla raderna",
        "Inget har bokförts. Välj en annan faktura, eller färre rader.",
    ),
    "BANK_ACCOUNT_NOT_HELD": ErrorText(
        "Resultat Finans håller kontot som pengarna kom till", "Inget har bokförts. Hör av dig till handläggaren."
    ),
    "TOO_MANY_TRIES": ErrorText("För många försök", "Vänta en stund och försök igen."),
    "PIN_USED": ErrorText("Pinkoden är redan använd", "Kontot som skapades med den finns under Användare."),
    "SECOND_FACTOR_EXISTS": ErrorText("Det finns redan en app", "Ta bort den innan du lägger till en ny."),
    "OWN_ACCOUNT": ErrorText("Du kan inte stänga av ditt eget konto", "Be en annan administratör göra det."),
    "NOT_REACHABLE": ErrorText(
        "Länken är inte skickad", "Användaren saknar e-post eller är avstängd. Lägg in en adress först."
    ),
    "CREDENTIAL_OF_THE_HOUSE": ErrorText(
        "Systemkontot hör till huset", "Utan det stannar Klientwebben. Byt dess hemlighet i stället."
    ),
    "TOO_MANY_ROWS": ErrorText(
        "Det är för många rader på en gång",
        "Inget är sparat. En faktura har högst 500 rader, och högst 100 transaktioner sparas åt gången. Dela upp dem.",
    ),
    "FILE_ALREADY_RECEIVED": ErrorText("Filen är redan mottagen", "Inget har registrerats på nytt."),
}

FIELDS = {  # the red text under a field: what is wrong, and how to put it right
    "REQUIRED": "{label} saknas. {example}",
    "TOO_LONG": "{label} är för långt. Högst {max} tecken.",
    "TOO_SHORT": "{label} är för kort. Minst {min} tecken.",
    "TOO_MANY": "{label} är för många. Högst {max}.",
    "CONTROL_CHARACTER": "{label} innehåller tecken som inte går att skriva ut. Skriv om texten.",
    "FORMAT": "{label} går inte att läsa. {example}",
    "UNKNOWN": "{label} finns inte. {example}",
    "TAKEN": "{label} finns redan. Skriv ett annat.",
    "ID_NUMBER_TAKEN": "{label} finns redan på kund {number}. Spara igen om det ändå ska vara så.",
    "TWICE": "{label} finns redan i bunten. Skriv ett annat.",
    "OTHER_CLIENT": "{label} hör till en annan klient. {example}",
    "NOT_ALLOWED": "{label} ska inte fyllas i här. Töm fältet.",
    "NOT_SUPPORTED_YET": "{label} går inte att välja ännu. Välj en annan.",
    # numbers and amounts
    "NUMBER": "{label} är inget tal. {example}",
    "AMBIGUOUS": "{label} kan betyda två saker. Skriv decimalkomma och inga punkter, t.ex. 1 234,50.",
    "TOO_MANY_DECIMALS": "{label} har för många decimaler. Högst {max}.",
    "OUT_OF_RANGE": "{label} är utanför det tillåtna. {example}",
    "NEGATIVE": "{label} får inte vara negativt. Ska det vara en kredit, välj Kreditfaktura.",
    "ZERO": "{label} blir noll. {example}",
    "SUM": "{label} är inte netto plus moms. Kontrollera de tre beloppen.",
    "VAT_TOO_HIGH": "{label} är för hög för nettobeloppet. Högst 25 %.",
    "VAT_RATE": "{label} finns inte den dagen. Välj 25, 12, 6 eller 0 %.",
    "INTEREST_HAS_NO_VAT": "{label} ska vara 0 på en räntefaktura.",
    "CREDIT_NEEDS_MINUS": "{label} ska ha minus före på en kreditfaktura. Skriv {minus}.",
    "CURRENCY": "{label} finns inte här. Välj i listan.",
    "CURRENCY_MISMATCH": "{label} är i en annan valuta. Välj samma valuta.",
    "RATE": "{label} går inte att använda. {example}",
    "NO_FEE_IN_TERMS": "{label} finns inte i era villkor. Ta bort krysset.",
    # days
    "DATE": "{label} är inget datum som finns. {example}",
    "BAD_DATE": "{label} är inget datum som finns. {example}",
    "BEFORE_INVOICE_DATE": "{label} ligger före fakturadatum. {example}",
    "PAST": "{label} har redan varit. Skriv i dag eller en senare dag.",
    "TOO_EARLY": "{label} ligger för långt tillbaka. Skriv ett datum inom tio år.",
    "TOO_LATE": "{label} ligger för långt fram. Skriv ett datum inom ett år.",
    # check digits and series
    "DIGITS": "{label} ska bara vara siffror. {example}",
    "CHECK_DIGIT": "{label} har fel kontrollsiffra. Kontrollera numret.",
    "LENGTH": "{label} har fel antal siffror. Kontrollera numret.",
    "LENGTHS": "{label} har fel antal siffror. Kontrollera numret.",
    "LENGTH_DIGIT": "{label} har fel längdsiffra. Kontrollera numret.",
    "BIRTH_DATE": "{label} innehåller inget födelsedatum som finns. Kontrollera numret.",
    "ID_KIND": "{label} är av fel slag här. {example}",
    "POSTCODE": "{label} är inget postnummer. Skriv fem siffror, t.ex. 812 91.",
    "FROM_SERIES": "{label} ges av er serie. Töm fältet.",
    "OCR_TAKEN": "{label} ger ett OCR-nummer som redan finns. Skriv ett annat.",
    "OCR_TWICE": "{label} ger ett OCR-nummer som redan finns i bunten. Skriv ett annat.",
    # customers and invoices that are named
    "UNKNOWN_CUSTOMER": "{label} finns inte. Sök på nummer, namn eller ID-nummer, eller skapa en ny kund.",
    "MANY_CUSTOMERS": "{label} stämmer på flera kunder. Välj en i listan.",
    "UNKNOWN_INVOICE": "{label} finns inte på kunden. Kontrollera numret, eller töm fältet för en allmän kredit.",
    "NOT_CREDITABLE": "{label} går inte att kreditera. Töm fältet för en allmän kredit.",
    "IN_COLLECTION": "{label} är lämnad till inkasso. Hör av dig till handläggaren.",
    "SETTLED": "{label} är betald. Ta bort markeringen.",
    "CREDIT": "{label} är en kredit och krävs inte. Ta bort markeringen.",
    "FINAL_INVOICED": "{label} är slutfakturerad. Ändra slutfakturan i stället.",
    "NOTHING_TO_CHANGE": "Inget är valt att ändra. Fyll i minst ett av fälten.",
    "NO_STOP": "{label} har inget kravstopp att flytta. Välj också vad som ska stoppas.",
    "OVER_CREDITED": "{label} har mindre kvar att kreditera än beloppet. Minska beloppet.",
    "CHANGED": "{label} är inte längre vad det var när posten registrerades. Öppna den med Ändra och spara igen.",
    "DUPLICATE": "{label} finns redan i reskontran. Ta bort posten.",
    "RATE_UNKNOWN": "{label} har ingen kurs. Hör av dig till oss.",
    # transactions
    "NOT_POSITIVE": "{label} ska vara större än noll. {example}",
    "FUTURE": "{label} har inte varit ännu. Skriv i dag eller en tidigare dag.",
    "CREDIT_INVOICE": "{label} är en kreditfaktura och går varken att betala eller kreditera. {example}",
    "OTHER_CURRENCY": "{label} är i en annan valuta än fakturan. Skriv beloppet i fakturans valuta.",
    "CREDIT_IN_COLLECTION": "{label} är lämnad till inkasso och krediteras genom ärendet. Skriv till handläggaren.",
    "CREDIT_OF_FINAL": "{label} är en slutfaktura och går inte att kreditera här. Kreditera fakturorna i den.",
    "PAY_THE_FINAL": "{label} är slutfakturerad. Skriv slutfakturans nummer i stället.",
    "MORE_THAN_OPEN": "{label} är större än det som är kvar på fakturan. Minska beloppet.",
    "STANDS_ABOVE": "{label} står redan i fältet ovanför. Töm det ena.",
    "REVERSED": "{label} är mer än till. {example}",
    "CHOICE": "{label} är inte vald. Välj i listan.",
    "NOTHING_OPEN": "{label} har inget att slutfakturera i valutan. Välj en annan kund eller fakturatyp.",
    "TOO_MANY_OPEN": "{label} har fler öppna poster än {max}. Kreditera eller placera några först.",
    "CREDITED_IN_JOURNAL": "{label} har en post som krediteras i samma bunt. Godkänn krediten först.",
    "PERIOD_CLOSED": "{label} ligger i en stängd månad. Skriv ett senare datum.",
    # articles
    "ARTICLE_DELETED": "{label} är borttagen ur artikelregistret. Välj en annan, eller töm fältet.",
    "NUMBER_STAYS": "{label} kan inte ändras. Ta bort artikeln och lägg till en ny.",
    "USE_NEEDS_ACCOUNT": "{label}: det du tog bort krysset för har inget annat konto. {example}",
    "NOT_SIE": "{label} går inte att läsa. {example}",
    "TOO_MANY_ACCOUNTS": "{label} har fler än {max} konton. {example}",
    "NO_ACCOUNTS": "{label} innehåller inga konton. {example}",
    "UNKNOWN_ACCOUNT": "{label} finns inte i kontoplanen. {example}",
    # accounts
    "TOO_COMMON": "{label} är ett av de lösenord som provas först. Välj ett annat.",
    "SAME_AS_NAME": "{label} får inte vara samma som användarnamnet. Välj ett annat.",
    "WRONG_PASSWORD": "{label} stämmer inte. Skriv lösenordet som du loggar in med i dag.",
    "DIFFERENT": "{label} är inte detsamma i båda fälten. Skriv det en gång till.",
    "PIN_REFUSED": "{label} går inte att använda. Kontrollera den, eller be Resultat Finans om en ny.",
    # why a journal cannot be taken back
    "PAID": "{label} är betald. Återkalla betalningen först.",
    "CREDITED": "{label} är krediterad. Återkalla krediten först.",
    "USED": "{label} har använts. Ta tillbaka det först.",
}


class _Blank(dict[str, str]):
    """Details of a violation; what a pattern asks for beyond them is left out."""

    def __missing__(self, key: str) -> str:
        return {"min": "1"}.get(key, "")


BECAUSE = {  # why an invoice cannot go to collection
    "IN_COLLECTION": "Den är redan lämnad till inkasso.",
    "NOTHING_REMAINS": "Den är betald.",
    "CREDIT": "En kreditfaktura har ingen skuld att kräva in.",
    "NOT_SEK": "Bara fakturor i SEK går att lämna till inkasso ännu.",
    "FINAL_INVOICED": "Den är slutfakturerad.",
    "NOT_OVERDUE": "Den har inte förfallit.",
    "STOPPED": "Den är kravstoppad{till}. Häv stoppet på fakturan först.",
    "CUSTOMER_STOPPED": "Kunden är kravstoppad. Häv spärren under Kunduppgifter först.",
}


def reason(error: DomainError) -> ErrorText:
    """The text of an error as a whole."""
    because = BECAUSE.get(error.details.get("because", ""))
    if error.reason == "CANNOT_HAND_OVER" and because:
        until = error.details.get("until")
        return ErrorText(REASONS[error.reason].title, because.format(till=f" till och med {until}" if until else ""))
    if error.reason == "UNAVAILABLE":
        name = NEIGHBOURS.get(error.details.get("neighbour", ""))
        if name:
            return ErrorText(f"{name} svarar inte just nu", HTTP[503].text)
        return HTTP[503]
    known = REASONS.get(error.reason)
    if known is not None:
        return known
    return {
        Kind.NOT_FOUND: REASONS["NOT_FOUND"],
        Kind.DENIED: HTTP[403],
        Kind.EXHAUSTED: HTTP[429],
        Kind.UNAVAILABLE: HTTP[503],
        Kind.BROKEN: HTTP[500],
        Kind.CONFLICT: ErrorText("Det går inte just nu", "Läget har ändrats sedan sidan visades. Ladda om den."),
        Kind.INVALID: ErrorText("Uppgifterna går inte att använda", "Kontrollera dem och försök igen."),
    }[error.kind]


def fault(violation: FieldViolation, label: str, example: str = "", value: str = "") -> str:
    """The red text under a field.

    ``example`` is a sentence such as "Skriv t.ex. 2026-12-24 eller +30."; ``value`` is what was written there.
    """
    pattern = FIELDS.get(violation.reason, "{label} går inte att använda. {example}")
    details = {"label": label, "example": example, "minus": f"\u2212{value.lstrip('-+')}" if value else "ett minus"}
    return pattern.format_map(_Blank({**violation.details, **details})).strip()
