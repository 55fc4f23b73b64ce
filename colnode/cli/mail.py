"""Try the mail settings: hand one message to the SMTP server and say what it answered."""

import argparse

from colnode.cli.line import Line

__all__ = ["configure", "run"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the words of the command."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    test = verbs.add_parser("test", help="send a test message")
    test.add_argument("address", help="who gets it")


def run(line: Line, arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    from colnode.clock import SystemClock
    from colnode.mail import Mailer

    config = line.config()
    mailer = Mailer(config)
    mailer.deliver_now(mailer.test_message(arguments.address, SystemClock().now()))
    server = f"{config.mail.host}:{config.mail.port}"
    line.show({"taken_by": server}, f"{server} took the message for {arguments.address}.")
    return 0
