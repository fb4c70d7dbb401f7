"""SMTP, with the last dot in our own hand: before it nothing is delivered, after it all may be."""

import os
import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from publisher.errors import Exit, Failure
from publisher.mail import Broken, Mail, Outcome
from publisher.model import Smtp

PASSWORD = "PUBLISH_SMTP_PASSWORD"  # noqa: S105 - the name of a variable
LOCAL = ("localhost", "127.0.0.1", "::1")
IMPLICIT_TLS = 465
_DOT = b".\r\n"


@dataclass(frozen=True)
class Patience:
    """How many seconds to wait for an answer: to a command, to a whole mail (RFC 5321: 600)."""

    command: float = 60
    mail: float = 600
    goodbye: float = 5


class Server:
    """A Transport over one connection, which is made when the first mail needs it."""

    def __init__(self, settings: Smtp, password: str, patience: Patience | None = None) -> None:
        self._settings, self._password = settings, password
        self._patience = patience or Patience()
        self._connection: smtplib.SMTP | None = None

    def send(self, mail: Mail, commit: Callable[[], None]) -> Outcome:
        """Hand over a mail: all but the last dot, `commit`, the dot, the answer."""
        try:
            return self._sent(mail, commit)
        except BaseException:  # without its dot the server throws the mail away
            self._drop()
            raise

    def _sent(self, mail: Mail, commit: Callable[[], None]) -> Outcome:
        try:
            connection = self._connection = self._connection or self._connected()
            refused = self._announced(connection, mail)
            if refused:
                return refused
            connection.send(stuffed(mail.body))
        except (OSError, smtplib.SMTPException) as error:
            raise Broken(_words(error)) from error
        commit()
        return self._ended(connection)

    def close(self) -> None:
        """Say goodbye; who does not answer is left."""
        if self._connection:
            if self._connection.sock:
                self._connection.sock.settimeout(self._patience.goodbye)
            try:
                self._connection.quit()
            except (OSError, smtplib.SMTPException):
                self._drop()
        self._connection = None

    def _announced(self, connection: smtplib.SMTP, mail: Mail) -> Outcome | None:
        """MAIL, RCPT and DATA; an Outcome if the server wants no more of this mail."""
        code, reply = connection.mail(mail.sender)
        if code >= 500:
            raise _refused_sender(mail.sender, code, reply)
        if code // 100 == 2:
            code, reply = connection.rcpt(mail.recipient)
        if code // 100 == 2:
            code, reply = connection.docmd("DATA")
        if code == 354:
            return None
        if code == 421 or code < 400:
            raise smtplib.SMTPServerDisconnected(_reply(code, reply))
        self._reset(connection)
        return Outcome("deferred" if code < 500 else "failed", _reply(code, reply))

    def _reset(self, connection: smtplib.SMTP) -> None:
        try:
            connection.rset()
        except (OSError, smtplib.SMTPException):
            self._drop()

    def _ended(self, connection: smtplib.SMTP) -> Outcome:
        """The dot, and what the server says to it."""
        try:
            if connection.sock:
                connection.sock.settimeout(self._patience.mail)
            connection.send(_DOT)
            code, reply = connection.getreply()
            if connection.sock:
                connection.sock.settimeout(self._patience.command)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Outcome("uncertain", f"no answer to the whole mail: {_words(error)}")
        if code == 421:
            self._drop()
        kinds = {2: "accepted", 4: "deferred", 5: "failed"}
        state = kinds.get(code // 100, "uncertain")
        return Outcome(state, _reply(code, reply))  # type: ignore[arg-type]

    def _connected(self) -> smtplib.SMTP:
        host, port = self._settings.host, self._settings.port
        secure = _context(host)
        timeout = self._patience.command
        connection: smtplib.SMTP
        try:
            if port == IMPLICIT_TLS:
                connection = smtplib.SMTP_SSL(host, port, timeout=timeout, context=secure)
            else:
                connection = smtplib.SMTP(host, port, timeout=timeout)
        except ssl.SSLCertVerificationError as error:
            raise _untrusted(host, error) from error
        if connection.sock:
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.ehlo_or_helo_if_needed()
        if port != IMPLICIT_TLS and (host not in LOCAL or connection.has_extn("starttls")):
            _encrypt(connection, host, secure)
        if self._settings.user:
            self._log_in(connection)
        return connection

    def _log_in(self, connection: smtplib.SMTP) -> None:
        try:
            connection.login(self._settings.user, self._password)
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError) as error:
            if isinstance(error, smtplib.SMTPAuthenticationError) and error.smtp_code < 500:
                raise
            message = f"{self._settings.host} refuses the login of {self._settings.user}"
            hint = f"Check [smtp] user, and the password in {PASSWORD}. ({_words(error)})"
            raise Failure(Exit.MAIL_LOGIN, message, hint) from error

    def _drop(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None


def server(settings: Smtp, patience: Patience | None = None) -> Server:
    """The server of show.toml; the password comes from the environment."""
    password = os.environ.get(PASSWORD, "")
    if settings.user and not password:
        message = f"there is no password for {settings.user} at {settings.host}"
        raise Failure(Exit.MAIL_LOGIN, message, f"Set the environment variable {PASSWORD}.")
    return Server(settings, password, patience)


def _context(host: str) -> ssl.SSLContext:
    """Certificates are looked into, but for a server on this machine: nobody stands between."""
    context = ssl.create_default_context()
    if host in LOCAL:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _encrypt(connection: smtplib.SMTP, host: str, secure: ssl.SSLContext) -> None:
    if not connection.has_extn("starttls"):
        message = f"{host} offers no encryption"
        hint = f"Use the port that does: 587, or {IMPLICIT_TLS} for TLS from the beginning."
        raise Failure(Exit.MAIL_SERVER, message, hint)
    try:
        connection.starttls(context=secure)
    except ssl.SSLCertVerificationError as error:
        raise _untrusted(host, error) from error
    connection.ehlo()


def _untrusted(host: str, error: ssl.SSLCertVerificationError) -> Failure:
    message = f"nobody vouches for the certificate of {host}: {error.verify_message}"
    return Failure(Exit.MAIL_SERVER, message, "Check [smtp] host for a slip of the pen.")


def _refused_sender(sender: str, code: int, reply: bytes) -> Failure:
    needs_login = code in (530, 535)
    message = f"the mail server refuses the sender {sender}: {_reply(code, reply)}"
    hint = "Log in: set [smtp] user." if needs_login else "Is [newsletter] from yours there?"
    return Failure(Exit.MAIL_LOGIN if needs_login else Exit.MAIL_SERVER, message, hint)


def stuffed(body: bytes) -> bytes:
    """The body as DATA wants it: whole lines, and no line that the server takes for the end."""
    doubled = body.replace(b"\r\n.", b"\r\n..")
    if doubled.startswith(b"."):
        doubled = b"." + doubled
    return doubled if doubled.endswith(b"\r\n") else doubled + b"\r\n"


def _reply(code: int, reply: bytes) -> str:
    words = reply.decode("utf-8", "replace").split()
    return " ".join([str(code), *words])[:500]


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        raw = error.smtp_error
        return _reply(error.smtp_code, raw if isinstance(raw, bytes) else str(raw).encode())
    return str(error) or type(error).__name__
