"""Pictures of the running lab, for the README; with --all of every page, light and dark, wide and as on a phone.

Usage: scripts/screenshots.py [--out docs/pictures] [--all] [--url http://127.0.0.1:8501] [--page Build ...]

Without --url the lab is started for the pictures, with a small network trained on the built-in set, and stopped after
them. Needs the system's Chromium.
"""

import argparse
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
WIDTHS = {"wide": 1280, "phone": 390}
RUN = "follow-me-on-shapes"
PATHS = {
    "Home": "/",
    "Data": "/Data?order=Largest+target",
    "Train": f"/Train?run={RUN}",
    "Inspect": f"/Inspect?run={RUN}&view=Skips+in+this+picture&skip.decoder5=0",
}
README_HEIGHT = 1500
"""Pixels of the README's pictures, at most."""

LATE = {"Inspect": ".st-key-skips-lattice svg"}
"""What comes only when the engine has answered."""

IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures")
    options.add_argument("--all", action="store_true", help="every page, theme and width")
    options.add_argument("--url", help="address of a lab that runs already")
    options.add_argument("--page", action="append", help="only this page; Home is the first one")
    asked = options.parse_args()
    names = asked.page or (["Home", *page_names()] if asked.all else ["Build", "Data", "Train", "Inspect"])
    schemes = ("light", "dark") if asked.all else ("light",)
    sizes = WIDTHS if asked.all else {"wide": WIDTHS["wide"]}
    asked.out.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        url = asked.url or stack.enter_context(running_lab())
        browser = stack.enter_context(sync_playwright()).chromium.launch(
            executable_path=chromium(), args=["--no-sandbox"]
        )
        for scheme in schemes:
            for size, width in sizes.items():
                context = browser.new_context(
                    color_scheme=scheme, viewport={"width": width, "height": 900}, reduced_motion="reduce"
                )
                for name in names:
                    picture = asked.out / f"{name.lower()}-{scheme}-{size}.png"
                    take(
                        context.new_page(),
                        url + PATHS.get(name, f"/{name}"),
                        width,
                        picture,
                        LATE.get(name, ""),
                        100_000 if asked.all else README_HEIGHT,
                    )
                    print(picture)
                context.close()


def page_names() -> list[str]:
    """The pages' names as they stand in their addresses, in the order of the menu."""
    return [path.stem.split("_", 1)[1] for path in sorted((ROOT / "pages").glob("[0-9]*_*.py"))]


def take(page: Page, url: str, width: int, picture: Path, late: str, most: int) -> None:
    """Save a picture of the page down to its end, or to `most` pixels, once `late` is there."""
    page.goto(url)
    page.wait_for_selector(IDLE, timeout=60_000)
    page.wait_for_selector('[data-testid="stMainBlockContainer"] :is(h1, h2, p)', timeout=60_000)
    if late:
        page.wait_for_selector(late, timeout=180_000)
    with contextlib.suppress(TimeoutError):
        settle(page)
    # Streamlit scrolls inside its own box: a window as tall as the content shows all of it.
    tall = page.evaluate("document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight")
    page.set_viewport_size({"width": width, "height": min(max(900, int(tall) + 16), most)})
    with contextlib.suppress(TimeoutError):
        settle(page)
    page.screenshot(path=picture)
    page.close()


def settle(page: Page, seconds: float = 10) -> None:
    """Wait until the page looks the same twice in a row; a page that moves all the time raises TimeoutError."""
    before, end = b"", time.monotonic() + seconds
    while time.monotonic() < end:
        page.wait_for_timeout(400)
        now = page.screenshot()
        if now == before:
            return
        before = now
    raise TimeoutError("the page does not come to rest")


@contextlib.contextmanager
def running_lab() -> Iterator[str]:
    """Start the lab on a free port with a runs folder of its own, and stop it and its engine at the end."""
    with tempfile.TemporaryDirectory(prefix="fcnlab-pictures-") as folder:
        environment = {**os.environ, "FCNLAB_RUNS": folder, "PYTHONPATH": str(ROOT)}
        train = ["train", "follow-me", "--data", "shapes:0.3", "--subset", "200", "--epochs", "6"]
        command = [sys.executable, "-m", "fcnlab", *train, "--out", f"{folder}/{RUN}"]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        try:
            with running_server(environment) as url:
                yield url
        finally:
            end = f"from fcnlab.lab import Engine; from pathlib import Path; Engine.at(Path({folder!r})).end()"
            subprocess.run([sys.executable, "-c", end], cwd=ROOT, env=environment, check=True)


@contextlib.contextmanager
def running_server(environment: dict[str, str]) -> Iterator[str]:
    """The web server alone; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        wait_until_healthy(server, url)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=30)


def wait_until_healthy(server: subprocess.Popen[bytes], url: str, seconds: float = 60) -> None:
    """Wait for the body `ok`: paths that Streamlit does not know answer 200 as well."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        with contextlib.suppress(OSError):
            if urllib.request.urlopen(f"{url}/_stcore/health", timeout=5).read() == b"ok":
                return
        time.sleep(0.1)
    raise SystemExit("The lab did not start; see what it wrote above.")


def chromium() -> str:
    found = subprocess.run([ROOT / "scripts" / "chromium"], stdout=subprocess.PIPE, text=True, check=False)
    if found.returncode:
        raise SystemExit(found.returncode)
    return found.stdout.strip()


if __name__ == "__main__":
    main()
