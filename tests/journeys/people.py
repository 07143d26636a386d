"""A person in front of a real browser: what she does, what she sees, what her browser complains about."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page, expect

from tests.web.world import PASSWORD

WIDTHS = (1280, 390)
NARROWEST = 320  # what 1280 pixels are at 400 % (WCAG 1.4.10)

# What axe knows of WCAG 2.2 AA, and its good practice; it comes with the packages that build the pages.
AXE = Path(__file__).parents[2] / "web/frontend/node_modules/axe-core/axe.min.js"

# Refusals that a story asks for on purpose show up on the browser's console too.
_EXPECTED = ("status of 409", "status of 422")


class Person:
    """One person, one browser context, one page."""

    def __init__(self, context: BrowserContext, address: str, pictures: Path, *, javascript: bool) -> None:
        self.complaints: list[str] = []
        self.address = address
        self._context = context
        self._pictures = pictures
        self._javascript = javascript
        self._name = ""
        self.page: Page = context.new_page()
        self.page.set_default_timeout(15_000)
        self.page.on("console", lambda message: self._complain(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self._complain(str(error)))
        context.add_init_script(_TELL_VIOLATIONS)
        self.page.on("request", lambda request: self._check_origin(request.url))

    def log_in(self, username: str, *, network: str | None = None) -> None:
        """Log in at the form; who works in several networks says in which one she is now."""
        self._name = username
        self.open("/accesso")
        self.page.get_by_label("Nome utente").fill(username)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.press("Accedi")
        if network:
            self.sees("In quale rete lavorate adesso?")
            self.look(f"rete-scelta-{username}")
            self.press(network)
        self.sees("Attività")

    def open(self, path: str) -> None:
        """Open a page by its address."""
        self.page.goto(self.address + path)

    def press(self, name: str) -> None:
        """Press the first button of this name."""
        self.page.get_by_role("button", name=name).first.click()

    def follow(self, name: str) -> None:
        """Follow the first link of this name; one of the menu may stand behind "Altro"."""
        behind = self.page.locator("header details.altro:not([open])").filter(has_text=name)
        if behind.count() and not self.page.get_by_role("link", name=name).count():
            behind.locator("summary").click()
        self.page.get_by_role("link", name=name).first.click()

    def sees(self, *texts: str) -> None:
        """Check that the page's content says this."""
        for text in texts:
            expect(self.page.locator("main")).to_contain_text(text, timeout=15_000)

    def reloads_until(self, text: str, *, within: float = 30.0) -> None:
        """Load the page again until it says this: pages tell of now, and do not change by themselves."""
        for _ in range(int(within / 0.5)):
            if text in self.page.locator("main").inner_text():
                return
            self.page.wait_for_timeout(500)
            self.page.reload()
        self.sees(text)

    def look(self, name: str) -> None:
        """Take pictures in both widths, as the page is and with all that unfolds open; check what a machine can see.

        Nothing sticks out, no control is too small to hit, and axe finds nothing.
        """
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 900})
            self.page.screenshot(path=self._pictures / f"{name}-{width}.png", full_page=True)
            folded = self.page.evaluate(_UNFOLD)
            if folded:
                self.page.screenshot(path=self._pictures / f"{name}-{width}-aperta.png", full_page=True)
            assert self.page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} sticks out at {width}"
            assert self.page.evaluate(_SMALL) == [], f"{name} at {width}"
            barriers = self._barriers()
            assert not barriers, "\n".join([f"{name} at {width}", *barriers])
            self.page.evaluate(_FOLD)
        self.page.set_viewport_size({"width": NARROWEST, "height": 900})
        assert self.page.evaluate("document.documentElement.scrollWidth") <= NARROWEST, f"{name} sticks out when zoomed"
        self.page.set_viewport_size({"width": WIDTHS[0], "height": 900})

    def path(self) -> str:
        """Return the path of the page that is open."""
        return urlsplit(self.page.url).path

    def leave(self) -> None:
        """Close the browser context; off the page first, since closing while a page is on its way can hang."""
        self.page.goto("about:blank")
        self._context.close()

    def _barriers(self) -> list[str]:
        """Say what axe finds; it needs a browser that runs scripts."""
        if not self._javascript:
            return []
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        return list(self.page.evaluate(_AXE_RUN))

    def _complain(self, text: str) -> None:
        if not any(expected in text for expected in _EXPECTED):
            self.complaints.append(f"{self._name}: {text}")

    def _check_origin(self, url: str) -> None:
        if not url.startswith((self.address, "data:", "about:blank")):
            self.complaints.append(f"{self._name}: asked for {url}")


# Buttons, fields and the labels that belong to ticks: what a finger has to hit.
_SMALL = """[...document.querySelectorAll(`main .btn, main select, main textarea, main summary, .spunta, .schede a,
  .voci a, main input:not([type=hidden], [type=checkbox], [type=radio])`)]
  .filter(part => part.getClientRects().length && part.getBoundingClientRect().height < 47.5)
  .map(part => part.outerHTML.slice(0, 80) + ' ' + part.getBoundingClientRect().height)"""

# Open all that unfolds, and mark it, so that the page can be left as it was.
_UNFOLD = """[...document.querySelectorAll('details:not([open])')]
  .map(part => { part.open = true; part.dataset.aperta = ''; }).length"""
_FOLD = """document.querySelectorAll('details[data-aperta]')
  .forEach(part => { part.open = false; delete part.dataset.aperta; })"""

_AXE_RUN = """axe.run(document, { resultTypes: ['violations'] }).then(found => found.violations.map(
  wrong => `${wrong.id}: ${wrong.help}: ${wrong.nodes.map(node => node.html.slice(0, 120)).join(' | ')}`))"""

# Chromium writes what the policy stopped on its console too, in words that change; the event does not.
_TELL_VIOLATIONS = """document.addEventListener('securitypolicyviolation',
  event => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`))"""
