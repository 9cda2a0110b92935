"""An OpenID Connect server on this machine: discovery, keys, authorize, token, userinfo."""

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa


class OidcServer:
    """Whoever comes is `claims`. Tests change what it says by the attributes below, for the next sign-in."""

    client_id, client_secret = "the-portal", "s3cret-of-the-portal"

    def __init__(self):
        self.key = rsa.generate_private_key(65537, 2048)
        self.codes = {}
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.idp = self
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.reset()

    def reset(self):
        self.asked = []
        self.claims = {"sub": "subject-of-paul", "email": "paul@example.com", "email_verified": True}
        self.token_claims = {}  # over what the ID token says
        self.missing_claims = ()
        self.signing_key, self.algorithm, self.kid = self.key, "RS256", "first"
        self.userinfo = None
        self.token_answer = None  # bytes instead of tokens
        self.token_status = 200
        self.discovery = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }
        return self

    def stop(self):
        self.http.shutdown()
        self.http.server_close()

    def keys(self):
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**public, "kid": "first", "use": "sig", "alg": "RS256"}]}

    def authorize(self, query):
        """Where the person is sent back to, as if they had typed their password."""
        asked = dict(parse_qsl(query))
        assert asked["client_id"] == self.client_id
        assert asked["response_type"] == "code"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def tokens(self, form):
        """The answer of the token endpoint; None where the code, the secret or PKCE's verifier is wrong."""
        asked = self.codes.pop(form.get("code"), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or asked["code_challenge"] != challenge or asked["code_challenge_method"] != "S256":
            return None
        if (form["client_id"], form["client_secret"]) != (self.client_id, self.client_secret):
            return None
        return {"access_token": "access", "token_type": "Bearer", "id_token": self.id_token(asked["nonce"])}

    def id_token(self, nonce):
        now = int(time.time())
        told = {"iss": self.url, "aud": self.client_id, "iat": now, "exp": now + 300, "nonce": nonce}
        claims = {**told, **self.claims, **self.token_claims}
        for name in self.missing_claims:
            del claims[name]
        return jwt.encode(claims, self.signing_key, algorithm=self.algorithm, headers={"kid": self.kid})


class Handler(BaseHTTPRequestHandler):
    """What the server answers over HTTP."""

    def do_GET(self):
        path, query = urlsplit(self.path).path, urlsplit(self.path).query
        self.server.idp.asked.append(path)
        if path == "/authorize":
            return self.login_page(query)
        answers = {
            "/.well-known/openid-configuration": self.server.idp.discovery,
            "/keys": self.server.idp.keys(),
            "/userinfo": self.server.idp.userinfo,
        }
        return self.answer(answers.get(path))

    def do_POST(self):
        self.server.idp.asked.append(self.path)
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/authorize":
            return self.send_back(parse_qs(body)["query"][0])
        return self.answer(
            self.server.idp.tokens(dict(parse_qsl(body))), self.server.idp.token_answer, self.server.idp.token_status
        )

    def login_page(self, query):
        field = query.replace("&", "&amp;").replace('"', "&quot;")
        self.page(
            f"<!doctype html><title>IdP</title><h1>Example Identity</h1><form method=post action=/authorize>"
            f'<input type=hidden name=query value="{field}"><button>I am Paul</button></form>'
        )

    def send_back(self, query):
        self.send_response(302)
        self.send_header("Location", self.server.idp.authorize(query))
        self.end_headers()

    def page(self, html):
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(html.encode())

    def answer(self, data, instead=None, status=200):
        body = instead or json.dumps(data or {"error": "invalid"}).encode()
        self.send_response(status if data else 400)
        if status in (301, 302):
            self.send_header("Location", f"{self.server.idp.url}/userinfo")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass
