"""What the account may use, what else there would be, and who can change it."""

from starlette.responses import Response

from cleverinvo.accounts import store as accounts
from cleverinvo.site.routing import Pages
from cleverinvo.site.settings import TABS
from cleverinvo.site.visit import Visit

pages = Pages()


@pages.get("/settings/plan")
async def show_plan(visit: Visit) -> Response:
    rate = visit.house.settings.rate_limit_business
    limit = f"{rate.quota:,} in {rate.window_seconds} s" if rate else "no limit"
    offers = [
        ("Invoices, clients, payments, credit notes", "yes", "yes"),
        ("E-mail, public pages, PDF and e-invoices", "yes", "yes"),
        ("People with roles", "yes", "yes"),
        ("Reports and exports", "yes", "yes"),
        ("The API and its keys", "no", "yes"),
        ("Requests to the API", "none", limit),
    ]
    has_demo = await visit.read(accounts.find_demo) is not None
    return await visit.page(
        "settings_plan.html", nav="settings", tab="plan", tabs=TABS, offers=offers, has_demo=has_demo
    )
