"""Settings of the portal. What differs between installations comes from the environment (see docs/settings.md)."""

import hashlib
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import bootstrap_wrapper
import dj_database_url
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from sslportal import environment
from sslportal.kit import logs, outside

BASE_DIR = Path(__file__).resolve().parent.parent

# The installation
PORTAL_BRAND = environment.text("PORTAL_BRAND", "SSL Portal")
PORTAL_URL = environment.text("PORTAL_URL", "http://localhost:8000").rstrip("/")
PORTAL_DEMO = environment.flag("PORTAL_DEMO")
PORTAL_POLICY: Literal["private", "public-trust"] = environment.choice("PORTAL_POLICY", "private", "public-trust")
PKI_URL = environment.text("PKI_URL", PORTAL_URL.replace("https://", "http://")).rstrip("/")  # http: BR 7.1.2.11.2
METRICS_TOKEN = environment.token("PORTAL_METRICS_TOKEN")  # none: there is no /metrics
IDLE_SIGN_OUT_SECONDS = 60 * environment.whole("PORTAL_IDLE_MINUTES", 30, least=5, most=30)

# The CA's keys: set for the `ca` worker and for `manage.py ca`, for no other process
CA_KEYS = environment.text("CA_KEYS")
environment.at_most_one("CA_PASSPHRASE", "CA_PASSPHRASE_FILE")
CA_PASSPHRASE = environment.text("CA_PASSPHRASE")
CA_PASSPHRASE_FILE = environment.text("CA_PASSPHRASE_FILE")
CA_COUNTRY = environment.text("CA_COUNTRY")  # in the names of the CAs that `manage.py ca init` makes

# Certificate status: how many certificates share a revocation list, and where a web server finds OCSP answers as files
CRL_ENTRIES = environment.whole("PORTAL_CRL_ENTRIES", 10_000, least=100, most=1_000_000)
OCSP_FILES = environment.folder("PORTAL_OCSP_FILES")

SECRET_KEY = environment.secret("SECRET_KEY")
SECRET_KEY_FALLBACKS = environment.secret("SECRET_KEY_FALLBACKS", "").split()
DEBUG = environment.flag("DEBUG")
ALLOWED_HOSTS = environment.names("ALLOWED_HOSTS") or [
    urlsplit(url).hostname or "localhost" for url in (PORTAL_URL, PKI_URL)
]
if PORTAL_DEMO:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [PORTAL_URL]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.saml",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
    "csp",
    "django_countries",
    "django_tables2",
    "heroicons",
    "pgtrigger",
    "sslportal",
    "sslportal.kit",
    "accounts",
    "profiles",
    "domains",
    "certificates",
    "discovery",
    "reporting",
    "django_altcha",
]

MIDDLEWARE = [
    "sslportal.kit.tracing.RequestId",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "sslportal.kit.everybody.SameForEverybody",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.OwnLanguage",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.middleware.IdleSignOut",
    "accounts.middleware.AccountZone",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "accounts.middleware.RequireSecondFactor",
    "sslportal.kit.audit.OriginMiddleware",
    "certificates.middleware.OrderInLog",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "sslportal.urls"
WSGI_APPLICATION = "sslportal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "sslportal.shell.shell",
            ],
            "builtins": ["heroicons.templatetags.heroicons", "sslportal.kit.templatetags.kit"],
        },
    },
]
FORM_RENDERER = "sslportal.kit.forms.Renderer"
DJANGO_TABLES2_TEMPLATE = "components/table.html"

# PostgreSQL is the truth; Redis carries messages and may vanish
DATABASES = {
    "default": dj_database_url.parse(
        environment.secret("DATABASE_URL", "postgresql://sslportal@localhost/sslportal"),
        conn_max_age=60,
        conn_health_checks=True,
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = environment.secret("REDIS_URL", "redis://localhost:6379/0")
CACHES = {
    "default": {
        "BACKEND": "sslportal.kit.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},
    }
}

# Sign-in
AUTH_USER_MODEL = "accounts.Administrator"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.passwords.HasEnoughCharacters"},
    {"NAME": "accounts.passwords.HasDigit"},
    {"NAME": "accounts.passwords.HasLetter"},
    {"NAME": "accounts.passwords.HasSymbol"},
    {"NAME": "accounts.passwords.IsNotCommon"},
    {"NAME": "accounts.passwords.IsNotAboutThePerson"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.forms.SignInForm",
    "reauthenticate": "accounts.second_factor_forms.ConfirmPassword",
}
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "reset_password": "20/m/ip",
    "login_failed": "60/m/ip,8/10m/key",  # by key: codes of second factors
    "program": "60/m/ip",  # secrets that do not count, from the program that people run
}
ALLAUTH_TRUSTED_PROXY_COUNT = PORTAL_PROXIES = int(environment.text("PORTAL_PROXIES", "0"))
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # an address is free again once its administrator was removed: one_person_an_address
    "axes.W006",  # tries are counted by the address typed alone, whoever sends them: nothing to rotate
]

# Locked after five wrong passwords, counted in PostgreSQL, until a reset or a Global Administrator unlocks
AXES_FAILURE_LIMIT = 5
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_USERNAME_CALLABLE = "accounts.locking.username_of"
AXES_CLIENT_IP_CALLABLE = "accounts.locking.address_of"
AXES_LOCKOUT_CALLABLE = "accounts.locking.answer"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # else every further try would make the row of tries longer
AXES_DISABLE_ACCESS_LOG = True  # the account's history tells who signed in
AXES_SENSITIVE_PARAMETERS = ["current", "password_again", "csrfmiddlewaretoken", "code", "credential"]
AXES_VERBOSE = False

# Single sign-on, by account: who is let in says accounts/sso
SOCIALACCOUNT_ADAPTER = "accounts.sso.adapter.SocialAccountAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False  # we link to an address ourselves, within the provider's own account only
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_LOGIN_ON_GET = False

# Second factors
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ADAPTER = "accounts.second_factor.Adapter"
MFA_FORMS = {
    "authenticate": "accounts.second_factor_forms.SignInCode",
    "authenticate_webauthn": "accounts.second_factor_forms.SignInPasskey",
    "reauthenticate": "accounts.second_factor_forms.ConfirmCode",
    "reauthenticate_webauthn": "accounts.second_factor_forms.ConfirmPasskey",
    "activate_totp": "accounts.second_factor_forms.AddApp",
    "add_webauthn": "accounts.second_factor_forms.AddPasskey",
    "edit_webauthn": "accounts.second_factor_forms.NamePasskey",
}
PORTAL_VETTING_SECOND_FACTOR = environment.flag("PORTAL_VETTING_SECOND_FACTOR")
MFA_ALLOW_UNVERIFIED_EMAIL = True  # addresses were confirmed by the link that set the person up, not by allauth
MFA_TOTP_ISSUER = PORTAL_BRAND
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PORTAL_URL.startswith("https://")
USERSESSIONS_TRACK_ACTIVITY = False  # "last seen" is the idle clock's
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_NAME = "sslportal_session"
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "sslportal_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "sslportal.pages.form_expired"

# Headers. Over https everything is locked to https; plain http is for one's own machine only.
_HTTPS = PORTAL_URL.startswith("https://")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _HTTPS else None
SECURE_SSL_REDIRECT = _HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [
            SELF,
            "data:",
        ],  # Bootstrap draws the ticks of its form controls from data: images in its style sheet
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
FILE_UPLOAD_HANDLERS = [
    "sslportal.kit.uploads.StopsAtLimit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
EVIDENCE_ROOT = Path(environment.text("EVIDENCE_ROOT", str(BASE_DIR / "evidence")))  # what proves vetting; never served

# The captcha of request portals: challenges are signed by a key of their own, which follows from the secret key
ALTCHA_HMAC_KEY = hashlib.sha256(f"altcha:{SECRET_KEY}".encode()).hexdigest()

# Languages and time
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ja", _("Japanese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

# Static files
STATIC_URL = "static/"
STATIC_ROOT = Path(environment.text("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static", ("bootstrap", bootstrap_wrapper.get_bootstrap_dir() / "css")]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "sslportal.kit.statics.StaticStorage"},
}

# Mail: rows of the outbox, carried by a worker. The demo keeps them on the outbox page and sends nothing.
EMAIL_BACKEND = (
    "django.core.mail.backends.dummy.EmailBackend" if PORTAL_DEMO else "django.core.mail.backends.smtp.EmailBackend"
)
EMAIL_HOST = environment.text("EMAIL_HOST", "localhost")
EMAIL_PORT = int(environment.text("EMAIL_PORT", "25"))
EMAIL_HOST_USER = environment.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = environment.secret("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = environment.flag("EMAIL_USE_TLS")
EMAIL_USE_SSL = environment.flag("EMAIL_USE_SSL")
EMAIL_SSL_CA = environment.text("EMAIL_SSL_CA")  # beside the system's authorities
EMAIL_TIMEOUT = 10  # seconds a step; while it lasts, nothing else of the queue is done
outside.require_way_to_mail(EMAIL_USE_TLS, EMAIL_USE_SSL, EMAIL_SSL_CA)
DEFAULT_FROM_EMAIL = environment.text("PORTAL_MAIL_FROM", f"noreply@{urlsplit(PORTAL_URL).hostname}")

# What the portal asks of others: DNS through validating resolvers, and web servers at public addresses
DNS_SERVERS = environment.names("PORTAL_DNS_SERVERS")  # none: the system's
DNS_VALIDATION: Literal["required", "off"] = environment.choice("PORTAL_DNS_VALIDATION", "required", "off")
EGRESS_NETWORKS = environment.names("PORTAL_EGRESS_NETWORKS")  # beside what is public
VALIDATION_PORTS = {"http": 80, "https": 443}  # the rules name these; only tests and the demo have others
if PORTAL_DEMO:
    VALIDATION_PORTS["http"] = environment.whole("PORTAL_DEMO_HTTP_PORT", 80, least=1, most=65535)
PUSH_SCHEMES = ("https", "http") if PORTAL_DEMO else ("https",)  # of webhooks
outside.require_servers("PORTAL_DNS_SERVERS", DNS_SERVERS)
outside.require_validation(DNS_VALIDATION, PORTAL_POLICY, is_demo=PORTAL_DEMO)
outside.require_networks("PORTAL_EGRESS_NETWORKS", EGRESS_NETWORKS)
SCAN_NETWORKS = environment.names("PORTAL_SCAN_NETWORKS")  # that the portal itself may scan
outside.require_networks("PORTAL_SCAN_NETWORKS", SCAN_NETWORKS)
REPORT_ROWS_SHOWN = environment.whole("PORTAL_REPORT_ROWS_SHOWN", 100, least=10, most=1_000)  # on the page of results
REPORT_ROWS = environment.whole("PORTAL_REPORT_ROWS", 2_000, least=100, most=20_000)  # in the files
WHOIS_CONTACTS = environment.flag("PORTAL_WHOIS_CONTACTS")  # off, since public CAs may no longer use them
WHOIS_SERVER = environment.text("PORTAL_WHOIS_SERVER", "whois.iana.org")
WHOIS_PORT = 43  # RFC 3912; only tests have another
FLAGGED_WORDS = [
    word.lower() for word in environment.names("PORTAL_FLAGGED_WORDS")
]  # a person looks at names with them
CAA_NAMES = [  # by which records let us issue
    name.lower().removesuffix(".") for name in environment.names("PORTAL_CAA_NAMES")
] or [urlsplit(PORTAL_URL).hostname or "localhost"]
WEAK_KEY_LISTS = environment.text("PORTAL_WEAK_KEY_LISTS")  # a folder; none: only the lists that come with the portal

# Workers
QUEUES = ("default", "outside", "scans", "reports", "trust", "ca")
CELERY_BROKER_URL = f"redis+socket://{REDIS_URL[7:]}" if REDIS_URL.startswith("unix://") else REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "certificates.tasks.issue_planned": {"queue": "ca"},
    **{
        task: {"queue": "trust"}  # the same worker's in turns, so that no pile of orders keeps a revocation waiting
        for task in (
            "certificates.tasks.publish_changes",
            "certificates.tasks.renew_status",
            "certificates.tasks.tidy_status",
            "certificates.tasks.join_answers",
        )
    },
    **{
        task: {"queue": "outside"}  # what asks servers of strangers, which may take their time
        for task in (
            "accounts.webhooks.tasks.send_deliveries",
            "certificates.tasks.check_caa",
            "domains.tasks.check_attempt",
            "domains.tasks.check_due_attempts",
            "domains.tasks.look_for_contacts",
            "domains.tasks.sweep_domains",
            "sslportal.kit.tasks.send_waiting_mail",
        )
    },
    "discovery.tasks.*": {"queue": "scans"},
    "discovery.health.tasks.*": {"queue": "scans"},
    "reporting.tasks.*": {"queue": "reports"},  # a PDF takes its time, and nothing else should wait for it
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.1}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 1, "socket_timeout": 5}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    **{
        f"heartbeat of {queue}": {
            "task": "sslportal.kit.tasks.heartbeat",
            "schedule": 20,
            "args": [queue],
            "options": {"queue": queue},
        }
        for queue in QUEUES
    },
    "send waiting mail": {"task": "sslportal.kit.tasks.send_waiting_mail", "schedule": 15},
    "process waiting orders": {"task": "certificates.tasks.sweep_orders", "schedule": 10},
    "forget old drafts": {"task": "sslportal.kit.tasks.forget_old_drafts", "schedule": 24 * 3600},
    "forget old mail": {"task": "sslportal.kit.tasks.forget_old_mail", "schedule": 24 * 3600},
    "forget old notices": {"task": "profiles.tasks.forget_old_notices", "schedule": 24 * 3600},
    "forget old tries": {"task": "accounts.tasks.forget_old_tries", "schedule": 24 * 3600},
    "send waiting deliveries": {"task": "accounts.webhooks.tasks.send_deliveries", "schedule": 15},
    "forget old deliveries": {"task": "accounts.webhooks.tasks.forget_old_deliveries", "schedule": 24 * 3600},
    "let profiles expire": {"task": "profiles.tasks.sweep_profiles", "schedule": 600},
    "remind of ends": {"task": "profiles.tasks.remind_of_ends", "schedule": 900},
    "send lost EV copies": {"task": "profiles.tasks.send_lost_ev_copies", "schedule": 60},
    "look for records and files": {"task": "domains.tasks.check_due_attempts", "schedule": 10},
    "let domains expire": {"task": "domains.tasks.sweep_domains", "schedule": 600},
    "forget old visits": {"task": "certificates.tasks.forget_old_visits", "schedule": 24 * 3600},
    "forget old contacts": {"task": "domains.tasks.forget_old_contacts", "schedule": 24 * 3600},
    "publish changes of status": {"task": "certificates.tasks.publish_changes", "schedule": 5},
    "renew answers and lists": {"task": "certificates.tasks.renew_status", "schedule": 300},
    "tidy answers": {"task": "certificates.tasks.tidy_status", "schedule": 6 * 3600},
    "go on with health checks": {"task": "discovery.health.tasks.sweep_health_checks", "schedule": 30},
    "go on with scans": {"task": "discovery.tasks.run_scans", "schedule": 15},
    "begin scheduled scans": {"task": "discovery.tasks.run_schedules", "schedule": 30},
    "let scans lapse": {"task": "discovery.tasks.sweep_scans", "schedule": 3600},
    "begin scheduled reports": {"task": "reporting.tasks.run_schedules", "schedule": 30},
    "go on with reports": {"task": "reporting.tasks.make_reports", "schedule": 15},
    "forget old reports": {"task": "reporting.tasks.forget_old_runs", "schedule": 3600},
    "expire certificates": {"task": "certificates.tasks.expire_certificates", "schedule": 600},
}
for entry in CELERY_BEAT_SCHEDULE.values():  # what no worker took in time is not worth doing twice afterwards
    entry["options"] = {**entry.get("options", {}), "expires": entry["schedule"]}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

LOGGING = logs.config(environment.choice("LOG_FORMAT", "line", "json"), environment.text("LOG_LEVEL", "INFO"))
