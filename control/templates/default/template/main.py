"""Starts every service of the project in one process."""

import http.server
import importlib
import importlib.util
import os
import threading


def handler():
    """The request handler of the backend or, without one, the page and /health alone."""
    if importlib.util.find_spec("services.backend"):
        return importlib.import_module("services.backend.server").Handler
    return importlib.import_module("services.web").Handler


def main():
    if importlib.util.find_spec("services.telegram"):
        bot = importlib.import_module("services.telegram.bot")
        threading.Thread(target=bot.run, args=(os.environ["TELEGRAM_BOT_TOKEN"],), daemon=True).start()
    address = ("0.0.0.0", int(os.environ.get("PORT", "8000")))
    server = http.server.ThreadingHTTPServer(address, handler())
    print(f"listening on port {address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
