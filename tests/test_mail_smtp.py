"""The SMTP transport: encryption, login, and what it does when the server will not."""

import datetime as dt
import ipaddress
import socket
import ssl

import pytest
from aiosmtpd.smtp import AuthResult
from mail_servers import Listening, Sink

from publisher.errors import Exit, Failure
from publisher.mail import Broken, Mail, smtp
from publisher.model import Smtp

ELSEWHERE = "127.0.0.2"  # this machine too, but not by a name that may do without encryption
MAIL = Mail("a@x.example", "b@x.example", b"Subject: x\r\n\r\n.dot\r\n..\r\nend\r\n")


class Elsewhere(Listening):
    def __init__(self, **options):
        super().__init__(Sink(), **options)
        self.hostname = ELSEWHERE

    def _trigger_server(self):
        """The usual greeting, which would be in clear, as a client of TLS."""
        if not self.ssl_context:
            super()._trigger_server()
            return
        self.port = self.server.sockets[0].getsockname()[1]
        client = ssl._create_unverified_context()  # noqa: SLF001 - it trusts anybody
        with socket.create_connection((ELSEWHERE, self.port)) as line, client.wrap_socket(line):
            pass


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """The files of a key and a certificate for the server."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(1))
        .not_valid_after(now + dt.timedelta(1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(ELSEWHERE))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder


@pytest.fixture
def tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    return context


@pytest.fixture
def trusted(certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))


def sent(server, user="", password="", host=ELSEWHERE):
    transport = smtp.Server(Smtp(host, server.port, user), password, smtp.Patience(2, 2))
    marks = []
    try:
        return transport.send(MAIL, lambda: marks.append(1)), marks
    finally:
        transport.close()


def run(server, *arguments, **options):
    server.start()
    try:
        return sent(server, *arguments, **options)
    finally:
        server.stop()


def login(_server, _session, _envelope, _mechanism, auth_data):
    return AuthResult(success=auth_data.password == b"secret", handled=False)


@pytest.mark.usefixtures("trusted")
def test_a_mail_arrives_byte_for_byte_over_starttls_and_login(tls):
    server = Elsewhere(tls_context=tls, authenticator=login, auth_required=True)
    outcome, marks = run(server, "me", "secret")
    assert (outcome.state, marks) == ("accepted", [1])
    assert server.handler.mails == {"b@x.example": [MAIL.body]}


@pytest.mark.usefixtures("trusted")
def test_tls_from_the_beginning(tls, monkeypatch):
    server = Elsewhere(ssl_context=tls)
    server.start()
    try:
        monkeypatch.setattr(smtp, "IMPLICIT_TLS", server.port)
        assert sent(server)[0].state == "accepted"
    finally:
        server.stop()


def test_without_encryption_nothing_goes_to_another_machine():
    server = Elsewhere()
    with pytest.raises(Failure, match="offers no encryption") as failure:
        run(server, "me", "secret")
    assert failure.value.code == Exit.MAIL_SERVER
    assert not server.handler.mails


def test_a_certificate_that_nobody_vouches_for_is_refused(tls):
    server = Elsewhere(tls_context=tls)
    with pytest.raises(Failure, match="nobody vouches for the certificate") as failure:
        run(server)
    assert failure.value.code == Exit.MAIL_SERVER
    assert not server.handler.mails


def test_a_server_on_this_machine_that_insists_on_encryption_gets_it(tls):
    server = Listening(
        Sink(), tls_context=tls, require_starttls=True, authenticator=login, auth_required=True
    )
    outcome, _ = run(server, "me", "secret", host="127.0.0.1")
    assert outcome.state == "accepted"
    assert server.handler.mails == {"b@x.example": [MAIL.body]}


@pytest.mark.usefixtures("trusted")
def test_a_wrong_password_ends_the_run(tls):
    server = Elsewhere(tls_context=tls, authenticator=login, auth_required=True)
    with pytest.raises(Failure, match="refuses the login of me") as failure:
        run(server, "me", "wrong")
    assert failure.value.code == Exit.MAIL_LOGIN
    assert "wrong" not in str(failure.value)


@pytest.mark.usefixtures("trusted")
def test_a_login_that_the_server_wants_and_nobody_set(tls):
    server = Elsewhere(tls_context=tls, authenticator=login, auth_required=True)
    with pytest.raises(Failure, match="refuses the sender") as failure:
        run(server)
    assert failure.value.code == Exit.MAIL_LOGIN


def test_a_missing_password_is_said_before_anything_is_done(monkeypatch):
    monkeypatch.delenv("PUBLISH_SMTP_PASSWORD", raising=False)
    with pytest.raises(Failure, match="PUBLISH_SMTP_PASSWORD") as failure:
        smtp.server(Smtp("smtp.example", 587, "me"))
    assert failure.value.code == Exit.MAIL_LOGIN


def test_a_log_that_cannot_be_written_stops_the_mail_before_its_dot():
    server = Listening(Sink())
    server.start()
    transport = smtp.Server(Smtp("127.0.0.1", server.port), "")

    def full():
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        transport.send(MAIL, full)
    transport.close()
    server.stop()
    assert not server.handler.mails


def test_a_server_that_is_not_there_is_broken_not_uncertain():
    server = Listening(Sink())
    server.start()
    server.stop()
    with pytest.raises(Broken):
        sent(server, host="127.0.0.1")


def test_no_delay_after_each_piece():
    server = Listening(Sink())
    server.start()
    transport = smtp.Server(Smtp("127.0.0.1", server.port), "")
    transport.send(MAIL, lambda: None)
    line = transport._connection.sock  # noqa: SLF001 - nothing else knows
    assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    transport.close()
    server.stop()
