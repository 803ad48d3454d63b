"""Reminders and late fees as pages: the account's steps and terms, and what becomes of one invoice."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from babel import Locale
from starlette.responses import Response

from cleverinvo import faults
from cleverinvo.documents import labels
from cleverinvo.errors import Fault, Invalid, Problem
from cleverinvo.invoices.rules import Invoice
from cleverinvo.late_fees import actions as late_fees
from cleverinvo.late_fees.forms import SetLateFees
from cleverinvo.late_fees.rules import MEANINGS, LateFee, LateFeePolicy
from cleverinvo.mail.letters import Letter
from cleverinvo.reminders import actions, rehearsals, rules
from cleverinvo.reminders.forms import STEPS_MAX, Remind, SetReminders
from cleverinvo.reminders.rules import Reason, Reminder, ReminderPolicy, ReminderStep, State
from cleverinvo.site import settings
from cleverinvo.site.routing import Pages
from cleverinvo.site.visit import Faults, Visit

TAB: Final = "reminders"
PATH: Final = "/settings/reminders"
ROWS: Final = range(1, STEPS_MAX + 1)
LANGUAGES: Final = [(code, str(Locale.parse(code).get_display_name("en"))) for code in labels.LANGUAGES]
RATES: Final = ("monthlyRate", "amount", "maximumRate")

STATE_WORDS: Final[Mapping[State, str]] = {
    "scheduled": "To come",
    "due": "Due",
    "waiting": "Waits to be mailed",
    "sent": "Sent",
    "failed": "Could not be mailed",
    "cancelled": "Cancelled",
    "skipped": "Skipped",
}
REASON_WORDS: Final[Mapping[Reason, str]] = {
    "not_sent": "once it is sent",
    "void": "the invoice is void",
    "settled": "nothing is due",
    "before_policy": "its day was before it was set up",
    "before_sending": "the invoice was sent later",
    "missed": "its day was missed",
    "superseded": "a later one was due as well",
    "paused": "reminders were paused",
    "no_email": "the client has no e-mail address",
    "already_reminded": "somebody had reminded that day",
    "quota": "today's mails are used up",
}
PILLS: Final[Mapping[State, str]] = {"sent": "good", "failed": "OVERDUE", "waiting": "SENT", "due": "SENT"}

pages = Pages()


class Row(NamedTuple):
    """One step as it stands in the form: what was typed, in the language that is shown."""

    days: str
    was: str
    """The days of the step that it was, so that its texts in other languages go with it."""
    subject: str
    message: str


class Preview(NamedTuple):
    """A step's letter as it would read."""

    when: str
    letter: Letter


@pages.get(PATH)
async def show(visit: Visit) -> Response:
    return await _show(visit)


@pages.post(PATH, role="owner")
async def save(visit: Visit) -> Response:
    """Store what was typed in one language; texts in others stay. `preview` only shows how it would read."""
    rows = _typed(visit)
    try:
        form = faults.filled(SetReminders, _tree(visit, rows, await visit.read(actions.get_policy)))
        if visit.form.has("preview"):
            return await _show(visit, rows=rows, previews=await _previews(visit, form))
        await visit.write(actions.set_policy, form)
    except Problem as problem:
        return await _show(visit, rows=rows, problem=problem)
    return visit.go(f"{PATH}?language={_language(visit)}", "Saved.")


@pages.post("/settings/late-fees", role="owner")
async def save_late_fees(visit: Visit) -> Response:
    tree: dict[str, Any] = {name: value.replace(",", ".") for name, value in visit.form.filled(*RATES).items()}
    days = visit.form.get("graceDays") or "0"
    tree |= {"graceDays": int(days) if days.isdecimal() else days}
    tree |= {"isAutomatic": visit.form.has("isAutomatic")}
    try:
        await visit.write(late_fees.set_policy, faults.filled(SetLateFees, tree))
    except Problem as problem:
        return await _show(visit, problem=problem)
    return visit.go(PATH, "Saved. What is billed already stays as it is.")


@pages.post("/invoices/{id}/reminders/pause")
async def pause(visit: Visit) -> Response:
    await visit.write(actions.pause, visit.id)
    return _back(visit, "Reminders of this invoice are paused.")


@pages.post("/invoices/{id}/reminders/resume")
async def resume(visit: Visit) -> Response:
    await visit.write(actions.resume, visit.id)
    return _back(visit, "Reminders go on with the next step.")


@pages.post("/invoices/{id}/remind")
async def remind(visit: Visit) -> Response:
    """Send a reminder at once; on the invoice's page it says why not, where it cannot be."""
    try:
        await visit.write(actions.remind, visit.id, Remind())
    except Invalid:
        return _back(visit, "The client has no e-mail address, so nothing was sent.")
    return _back(visit, "The reminder is on its way.")


@pages.post("/invoices/{id}/late-fee")
async def bill(visit: Visit) -> Response:
    """The fee's draft, to look at before it is sent."""
    draft: Invoice = await visit.write(late_fees.bill, visit.id)
    return visit.go(
        f"/invoices/{draft.id}", "A draft of its own. Send it, change it, or give it up to waive the fee."
    )


async def of_invoice(visit: Visit, invoice: Invoice) -> dict[str, Any]:
    """What the page of an invoice shows of its reminders and its late fee."""
    found: rules.Reminders = await visit.read(actions.get, invoice.id)
    fee: LateFee = await visit.read(late_fees.propose, invoice.id)
    return {
        "reminders": found,
        "reminded": [(_when(one), one, _became(one)) for one in found.data],
        "is_owed": rules.closed(invoice) is None,
        "pills": PILLS,
        "late_fee": fee,
        "fee_reason": MEANINGS[fee.reason] if fee.reason else None,
    }


def _when(one: Reminder) -> str:
    return "By hand" if one.days is None else _day(one.days)


def _day(days: int) -> str:
    count = f"{abs(days)} day{'s' if abs(days) != 1 else ''}"
    return "On the due date" if not days else f"{count} after" if days > 0 else f"{count} before"


def _became(one: Reminder) -> str:
    reason = f": {REASON_WORDS[one.reason]}" if one.reason else ""
    return f"{STATE_WORDS[one.state]}{reason}"


def _back(visit: Visit, notice: str) -> Response:
    return visit.go(f"/invoices/{visit.id}", notice)


async def _show(
    visit: Visit,
    *,
    rows: list[Row] | None = None,
    previews: list[Preview] | None = None,
    problem: Problem | None = None,
) -> Response:
    account = await visit.account()
    policy: ReminderPolicy = await visit.read(actions.get_policy)
    language = _language(visit) or rules.language_of(account.locale)
    terms: LateFeePolicy = await visit.read(late_fees.get_policy)
    words = labels.of(language if language in labels.LANGUAGES else labels.FALLBACK)
    return await visit.page(
        "settings_reminders.html",
        422 if problem else 200,
        nav="settings",
        tab=TAB,
        tabs=settings.TABS,
        account=account,
        rows=rows or list(_rows(policy, language)),
        attaches_pdf=visit.form.has("attachPdf") if rows else policy.attach_pdf,
        language=language,
        languages=LANGUAGES,
        words=words,
        previews=previews,
        terms=_terms(visit, terms),
        faults=_faults_of(problem, rows),
    )


def _terms(visit: Visit, policy: LateFeePolicy) -> dict[str, Any]:
    """The late fees as they are, or as they were typed."""
    if visit.form.has("graceDays"):
        typed: dict[str, Any] = {name: visit.form.get(name) for name in (*RATES, "graceDays")}
        return {**typed, "isAutomatic": visit.form.has("isAutomatic")}
    return {
        "monthlyRate": policy.monthly_rate,
        "amount": policy.amount,
        "maximumRate": policy.maximum_rate,
        "graceDays": policy.grace_days,
        "isAutomatic": policy.is_automatic,
    }


def _language(visit: Visit) -> str:
    """The language whose texts are shown, if it is one of ours."""
    asked = visit.form.get("language") or visit.request.query_params.get("language", "")
    return asked if asked in labels.LANGUAGES else ""


def _rows(policy: ReminderPolicy, language: str) -> Iterator[Row]:
    """Five, of which some may be empty."""
    for place in range(STEPS_MAX):
        step = policy.steps[place] if place < len(policy.steps) else None
        text = rules.text_for(step, language)
        days = str(step.days) if step else ""
        yield Row(days, days, (text and text.subject) or "", (text and text.message) or "")


def _typed(visit: Visit) -> list[Row]:
    names = ("days", "was", "subject", "message")
    return [Row(*(visit.form.get(f"{name}-{row}") for name in names)) for row in ROWS]


def _tree(visit: Visit, rows: list[Row], policy: ReminderPolicy) -> dict[str, Any]:
    """What the API takes; the texts of a step in other languages go with it, also to another day."""
    language = _language(visit)
    texts = {str(step.days): step.texts for step in policy.steps}
    steps = []
    for row in rows:
        if not row.days:
            continue
        kept: list[dict[str, Any]] = [
            {"language": text.language, "subject": text.subject, "message": text.message}
            for text in texts.get(row.was, [])
            if text.language != language
        ]
        own = {"language": language, "subject": row.subject or None, "message": row.message or None}
        mine = [own] if row.subject or row.message else []
        steps.append({"days": _whole(row.days), "texts": [*mine, *kept]})
    return {"steps": steps, "attachPdf": visit.form.has("attachPdf")}


def _whole(typed: str) -> Any:
    typed = typed.replace("\N{MINUS SIGN}", "-").removeprefix("+")
    return int(typed) if typed.removeprefix("-").isdecimal() and len(typed) < 6 else typed


def _faults_of(problem: Problem | None, rows: list[Row] | None) -> Faults:
    """The faults of a form, each at the field in which it was typed."""
    if problem is None:
        return Faults([])
    filled = [row for row, typed in zip(ROWS, rows or [], strict=False) if typed.days]
    places = {f"steps[{place}].days": f"days-{row}" for place, row in enumerate(filled)}
    for name in ("subject", "message"):
        places |= {f"steps[{place}].texts[0].{name}": f"{name}-{row}" for place, row in enumerate(filled)}
    found = problem.details or [Fault("", problem.message)]
    return Faults([Fault(places.get(fault.field, fault.field), fault.message) for fault in found])


async def _previews(visit: Visit, form: SetReminders) -> list[Preview]:
    """Each step's letter in the language that is shown."""
    account = await visit.account()
    language = _language(visit)
    locale = account.locale if rules.language_of(account.locale) == language else language
    found = []
    for step in actions.steps_of(form):
        letter = await visit.read(_sample, step, locale, form.attach_pdf)
        found.append(Preview(_day(step.days), letter))
    return found


def _sample(tx: Any, account_id: int, step: ReminderStep, locale: str, attaches_pdf: bool) -> Letter:
    return rehearsals.write(tx, account_id, step, locale, attaches_pdf=attaches_pdf)
