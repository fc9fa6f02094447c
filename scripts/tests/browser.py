#!/usr/bin/env python3
"""A browser walks the sample site of public/ while it is deployed anew; listings and error pages fit a phone.

    PORTICO=.build/debug/portico .build/venv/bin/python scripts/tests/browser.py
    SCREENSHOTS=DIR ...      also keeps pictures of the listing and the error page, light and dark

Skipped where Chromium is not installed (apt-get install chromium): it is too large to be installed for this alone.
"""

import os
import pathlib
import shutil
import unittest

from live import ROOT, Case
from live.browser import Browser, chromium

VISIBLE = "[...document.querySelectorAll('main > section')].filter(s => !s.hidden).map(s => s.id).join()"
STYLED = "[...document.styleSheets].some(s => s.cssRules.length > 0)"
GROUND = "[document.body, document.documentElement].map(e => getComputedStyle(e).backgroundColor).join()"
FITS = "document.documentElement.scrollWidth <= innerWidth"


@unittest.skipUnless(chromium(), "Chromium is not installed (apt-get install chromium)")
class BrowserCase(Case):
    @classmethod
    def setUpClass(cls):
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.end)

    def setUp(self):
        super().setUp()
        self.site = self.folder / "site"
        self.origin = f"http://127.0.0.1:{self.port}"

    def open(self, path):
        self.browser.open(self.origin + path)
        return dict(self.browser.answers)


class SampleSite(BrowserCase):
    def setUp(self):
        super().setUp()
        shutil.rmtree(self.site)
        shutil.copytree(ROOT / "public", self.site)
        rule = 'cache_control = [{ match = "/assets/*", value = "public, max-age=31536000, immutable" }]\n'
        self.portico(routes=rule)
        self.script = next((self.site / "assets").glob("app.*.js")).name
        self.style = next((self.site / "assets").glob("site.*.css")).name

    def deploy(self):
        """Another release as build tools make it: other names of assets, the old ones gone, the page last."""
        assets, page = self.site / "assets", (self.site / "index.html").read_text()
        for old, new in [(self.script, "app.77aa01.js"), (self.style, "site.77aa02.css")]:
            (assets / new).write_text((assets / old).read_text())
            page = page.replace(old, new)
        with open(assets / "app.77aa01.js", "a") as script:
            script.write('\ndocument.documentElement.dataset.release = "second";\n')
        (self.folder / "index.new").write_text(page)
        os.replace(self.folder / "index.new", self.site / "index.html")
        (assets / self.script).unlink()
        (assets / self.style).unlink()

    def test_deep_link(self):
        answers = self.open("/about")
        self.assertEqual(answers["/about"], 200)
        self.assertEqual(answers[f"/assets/{self.script}"], 200)
        self.assertEqual(self.browser.evaluate(VISIBLE), "about")
        self.assertTrue(self.browser.evaluate(STYLED))
        self.browser.evaluate("document.querySelector('nav a[data-view=home]').click()")
        self.assertEqual(self.browser.evaluate("location.pathname + ' ' + " + VISIBLE), "/ home")
        self.browser.reload()
        self.assertEqual(self.browser.evaluate(VISIBLE), "home")

    def test_deploy_in_the_middle(self):
        self.open("/about")
        self.deploy()
        # The page of the old release still stands; what it asks for now is gone and says so.
        code = "fetch('/assets/%s', {cache: 'reload'}).then(r => r.status + ' ' + r.headers.get('cache-control'))"
        self.wait_for(lambda: self.browser.evaluate(code % self.script) == "404 no-store")
        self.assertEqual(self.browser.evaluate(VISIBLE), "about")
        self.assertIsNone(self.browser.evaluate("document.documentElement.dataset.release"))
        self.wait_for(lambda: "77aa01" in self.browser.evaluate("fetch('/', {cache: 'no-store'}).then(r => r.text())"))
        self.browser.reload()
        answers = dict(self.browser.answers)
        self.assertEqual(answers["/assets/app.77aa01.js"], 200)
        self.assertEqual(answers["/assets/site.77aa02.css"], 200)
        self.assertNotIn(f"/assets/{self.script}", answers)
        self.assertEqual(self.browser.evaluate("document.documentElement.dataset.release"), "second")
        self.assertEqual(self.browser.evaluate(VISIBLE), "about")
        self.assertTrue(self.browser.evaluate(STYLED))

    def wait_for(self, condition):
        """A change may take a second to be seen."""
        for _ in range(400):
            if condition():
                return
            self.browser.evaluate("new Promise(done => setTimeout(done, 50))")
        self.fail("the change is not seen")

    def test_broken_asset(self):
        (self.site / "assets" / self.script).unlink()
        answers = self.open("/about")
        self.assertEqual(answers["/about"], 200)
        self.assertEqual(answers[f"/assets/{self.script}"], 404)
        (self.site / "index.html").write_text("<!doctype html><script src='/assets/none.0a1b2c3d.js' onerror='window.failed = true'></script>")
        self.wait_for(lambda: "none.0a1b2c3d" in self.browser.evaluate("fetch('/', {cache: 'no-store'}).then(r => r.text())"))
        self.assertEqual(self.open("/")["/assets/none.0a1b2c3d.js"], 404)
        self.assertTrue(self.browser.evaluate("window.failed"))

    def test_assets_are_kept_and_the_page_is_asked_for_again(self):
        for path in ["/", "/about", "/"]:
            self.open(path)
        asked = [line["path"] for line in self.access_lines(5)]
        self.assertEqual(asked.count("/assets/" + self.script), 1)
        self.assertEqual(asked.count("/"), 2)


class OnAPhone(BrowserCase):
    def setUp(self):
        super().setUp()
        for name in ["photos/summer", "photos/.hidden", "photos/winter 2025"]:
            (self.site / name).mkdir(parents=True)
        for number in [1, 2, 10]:
            (self.site / f"photos/picture{number}.jpg").write_bytes(bytes(number * 123456))
        (self.site / "photos/a name that is far too long to fit into one line of a phone, and without an end in sight.txt").write_text("x")
        (self.site / "photos/<u>Größe & Höhe<u>.txt").write_text("x")
        self.portico(routes='listing = true\nfallback = ""\n')

    def picture(self, name):
        if folder := os.environ.get("SCREENSHOTS"):
            self.browser.screenshot(pathlib.Path(folder).resolve() / f"{name}.png")

    def test_listing_and_error_page(self):
        grounds = {}
        for dark in [False, True]:
            scheme = "dark" if dark else "light"
            self.browser.phone(dark)
            for path, status, name, holds in [("/photos/", 200, "listing", "picture10.jpg"), ("/none", 404, "error", "404")]:
                self.assertEqual(self.open(path)[path], status)
                text = self.browser.evaluate("document.body.innerText")
                self.assertIn(holds, text)
                self.assertTrue(self.browser.evaluate(FITS), f"{name} is wider than the screen")
                grounds.setdefault(name, set()).add(self.browser.evaluate(GROUND))
                self.picture(f"{name}-{scheme}")
        for name, colours in grounds.items():
            self.assertEqual(len(colours), 2, f"{name} is not dark where it should be: {colours}")
        self.open("/photos/")
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('u').length"), 0)
        order = self.browser.evaluate("[...document.querySelectorAll('a')].map(a => a.textContent.trim()).join('|')")
        self.assertLess(order.find("summer"), order.find("picture1.jpg"))
        self.assertLess(order.find("picture2.jpg"), order.find("picture10.jpg"))
        self.assertNotIn(".hidden", order)


if __name__ == "__main__":
    unittest.main()
