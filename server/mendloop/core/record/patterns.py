"""What secrets look like: the published prefixes and formats of their issuers.

Two sorts. ``TOKENS`` are whole: all of the match is the secret. In ``PARTS`` the group ``secret``
is, and the rest says what it is: the name before it, or the address around it.
"""

import re
from base64 import b64decode
from binascii import Error
from typing import Final

TOKENS: Final[dict[str, str]] = {
    "aws access key": r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}",
    "github token": r"gh[pousr]_[A-Za-z0-9]{36,255}",
    "github fine-grained token": r"github_pat_[A-Za-z0-9_]{22,255}",
    "gitlab token": r"gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|imt)-[\w.-]{20,}",
    "openai or anthropic key": r"sk-(?=[\w-]{0,80}\d)(?=[\w-]{0,80}[A-Z]|[0-9a-f]{32})[\w-]{20,}",
    "slack token": r"xox[abeoprs](?:\.xox[bp])?-[A-Za-z0-9-]{10,}",
    "slack app token": r"xapp-\d-[A-Z0-9]+-\d+-[a-f0-9]{16,}",
    "google api key": r"AIza[\w-]{35}",
    "google oauth token": r"ya29\.[\w-]{20,}",
    "google client secret": r"GOCSPX-[\w-]{28}",
    "stripe key": r"[rs]k_(?:live|test)_[A-Za-z0-9]{16,}",
    "webhook secret": r"whsec_[A-Za-z0-9+/]{24,}={0,2}",
    "json web token": r"eyJ[\w-]{8,}(?:\.[\w-]{8,}){2,4}",
    "npm token": r"npm_[A-Za-z0-9]{36}",
    "pypi token": r"pypi-AgE[\w-]{16,}",
    "telegram bot token": r"\d{8,10}:AA[\w-]{33}",
    "twilio key": r"SK[0-9a-f]{32}",
    "sendgrid key": r"SG\.[\w-]{16,32}\.[\w-]{16,64}",
    "azure client secret": r"[\w~.-]{3}8Q~[\w~.-]{31,34}",
    "hugging face token": r"hf_[A-Za-z0-9]{34,}",
    "digitalocean token": r"do[opr]_v1_[a-f0-9]{64}",
    "databricks token": r"dapi[a-f0-9]{32}(?:-\d)?",
    "discord token": r"[MNO][A-Za-z\d_-]{23,27}\.[\w-]{6}\.[\w-]{27,38}",
    "shopify token": r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}",
    "square token": r"sq0(?:atp|csp)-[\w-]{22,43}",
    "mailgun key": r"key-[0-9a-f]{32}",
    "mailchimp key": r"[0-9a-f]{32}-us\d{1,2}",
    "new relic key": r"NRAK-[A-Z0-9]{27}",
    "grafana token": r"gl(?:sa_[A-Za-z0-9]{32}_[a-f0-9]{8}|c_eyJ[A-Za-z0-9+/]{32,}={0,2})",
    "linear key": r"lin_api_[A-Za-z0-9]{40}",
    "notion token": r"(?:secret|ntn)_[A-Za-z0-9]{40,50}",
    "postman key": r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}",
    "vault token": r"hv[bsr]\.[\w-]{24,}",
    "doppler token": r"dp\.(?:pt|st|ct|sa|scim|audit)\.[\w.-]{40,}",
    "age key": r"AGE-SECRET-KEY-1[0-9A-Z]{58}",
    "terraform token": r"[A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,}",
    "planetscale token": r"pscale_(?:tkn|pw|oauth)_[\w.=-]{32,}",
    "groq or xai key": r"(?:gsk_|xai-)[A-Za-z0-9]{48,}",
    "replicate token": r"r8_[A-Za-z0-9]{37}",
    "perplexity key": r"pplx-[A-Za-z0-9]{40,}",
    "supabase key": r"sb(?:p_[a-f0-9]{40}|_secret_[\w-]{20,})",
    "atlassian token": r"ATATT3[\w=-]{60,}",
    "docker token": r"dckr_(?:pat|oat)_[\w-]{27,}",
    "rubygems key": r"rubygems_[a-f0-9]{48}",
    "crates token": r"cio[A-Za-z0-9]{32}",
    "airtable token": r"pat[A-Za-z0-9]{14}\.[a-f0-9]{64}",
    "sentry token": r"sntr(?:ys_eyJ[\w+/=.-]{40,}|yu_[a-f0-9]{64})",
    "1password token": r"ops_eyJ[\w+/=-]{100,}",
}

_NAME: Final = (
    r"(?:(?<![A-Za-z0-9])|(?<=[a-z])(?=[A-Z]))(?i:passw(?:or)?d|passphrase|pwd|secret"
    r"|secret[_-]?(?:access[_-]?)?key|client[_-]?secret|api[_-]?key|private[_-]?key"
    r"|account[_-]?key|shared[_-]?access[_-]?key|_authtoken|(?:(?:access|auth|refresh|session)[_-]?)?token)"
)
_NOTHING: Final = (
    r"(?!(?i:none|null|nil|true|false|undefined|required|missing|empty|expired|invalid)\b|[<${%*])"
)

PARTS: Final[dict[str, str]] = {
    "private key": r"(?P<secret>-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:(?!-----END).)*(?:-----END [A-Z0-9 ]{0,30}-----)?)",
    "user and password": r"[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/:@'\"<>]*:(?P<secret>[^\s/'\"<>]+)@",
    "authorization": r"(?i:\bauthorization['\"]?\s*[:=]\s*(?:b?['\"])?"
    r"(?:basic|bearer|token|digest|apikey|negotiate)\s+)(?P<secret>[^\s'\",<>]{6,})",
    "bearer": r"(?i:\bbearer)\s+(?P<secret>(?=[\w.~+/-]{0,80}\d)[\w.~+/-]{16,}=*)",
    "basic": r"(?i:\bbasic)\s+(?P<secret>[A-Za-z0-9+/]{8,}={0,2})(?![\w+/=])",
    "cookie": r"(?i:\b(?:set-)?cookie['\"]?:)\s*(?P<secret>[\w.-]+=[^\r\n'\"<>]{6,})",
    "slack hook": r"hooks\.slack\.com/(?:services|workflows)/(?P<secret>[\w/]{20,})",
    "discord hook": r"discord(?:app)?\.com/api/webhooks/\d+/(?P<secret>[\w-]{20,})",
    "teams hook": r"webhook\.office\.com/webhookb2/(?P<secret>[\w@/-]{40,})",
    "signed url": r"(?i:[?&](?:sig|x-amz-signature|x-goog-signature)=)(?P<secret>[\w%+/-]{16,}=*)",
    "quoted assignment": rf"{_NAME}['\"]?\s*(?::|=|:=|=>)\s*b?(?P<q>['\"])"
    rf"(?P<secret>{_NOTHING}(?:(?!(?P=q))[^\r\n\\]|\\.){{4,}})(?P=q)",
    "assignment": rf"{_NAME}=(?P<secret>{_NOTHING}[^\s'\",;&<>()\[\]{{}}]{{4,}})",
}

TOKEN: Final = re.compile(rf"(?<![A-Za-z0-9_])(?:{'|'.join(TOKENS.values())})(?![A-Za-z0-9_])")
PART: Final = tuple((name, re.compile(form, re.DOTALL)) for name, form in PARTS.items())

WORTH_A_LOOK: Final = re.compile(r"[\w.~+/%-]{15}|[=:]|-----BEGIN|[Bb][Aa][Ss][Ii][Cc]\s")
"""What every text with a secret in it has; most texts have nothing of it."""

_SURE_KEY: Final = re.compile(
    r"(?:.*[_.-])?(?:passw(?:or)?d|passphrase|pwd|secret|secret[_-]?(?:access[_-]?)?key|credentials?"
    r"|api[_-]?key|authorization|(?:set-)?cookies?|private[_-]?key|account[_-]?key|connection[_-]?string"
    r"|(?:access|auth|refresh|bearer|session|id|api|bot|csrf|xsrf|github|gitlab|slack)[_-]?token)",
    re.IGNORECASE,
)
_LIKELY_KEY: Final = re.compile(r"(?:.*[_.-])?(?:token|auth|x-api-key|signature)", re.IGNORECASE)
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def sure_key(name: str) -> bool:
    """Whether everything under this name is secret: ``password``, ``apiKey``, ``auth_token``."""
    return _SURE_KEY.fullmatch(_CAMEL.sub("_", name)) is not None


def likely_key(name: str) -> bool:
    """Whether a long word under this name is secret, though a short one may be a plain word."""
    return _LIKELY_KEY.fullmatch(_CAMEL.sub("_", name)) is not None


def user_and_password(text: str) -> bool:
    """Whether a Base64 text is ``user:password``, as in an HTTP Basic header."""
    try:
        plain = b64decode(text + "=" * (-len(text) % 4), validate=True)
    except Error:
        return False
    return b":" in plain and plain.isascii() and plain.decode("ascii").isprintable()
