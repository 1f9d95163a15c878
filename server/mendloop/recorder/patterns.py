"""What secrets look like: the published prefixes and formats of their issuers.

Two sorts. ``TOKENS`` are whole: all of the match is the secret. In ``PARTS`` the group ``secret``
is, and the rest says what it is: the name before it, or the address around it. Whoever adds one
looks at ``glance``, which must see it: most texts are never searched for it otherwise.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error

TOKENS: dict[str, str] = {
    "aws access key": r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}",
    "github token": r"gh[pousr]_[A-Za-z0-9]{36,255}",
    "github fine-grained token": r"github_pat_[A-Za-z0-9_]{22,255}",
    "gitlab token": r"gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|imt|oas|ffct)-[\w-]{20,}"
    r"(?:\.[\w-]+){0,3}",
    "openai or anthropic key": r"sk-(?=[\w-]{0,80}\d)(?=[\w-]{0,80}[A-Z]|[0-9a-f]{32}"
    r"|[a-z0-9-]{2,12}[0-9a-f]{32})[\w-]{20,}",
    "slack token": r"xox[abdeoprsc](?:\.xox[bp])?-[A-Za-z0-9-]{15,}",
    "slack app token": r"xapp-\d-[A-Z0-9]+-\d+-[a-f0-9]{16,}",
    "google api key": r"AIza[\w-]{35}",
    "google oauth token": r"ya29\.[\w-]{20,}",
    "google client secret": r"GOCSPX-[\w-]{28}",
    "stripe key": r"[rs]k_(?:live|test)_[A-Za-z0-9]{16,}",
    "elevenlabs key": r"sk_[a-f0-9]{48}",
    "webhook secret": r"whsec_[A-Za-z0-9+/]{24,}={0,2}",
    "json web token": r"eyJ[\w-]{16,}(?:\.[\w-]{8,}){2,4}",
    "npm token": r"npm_[A-Za-z0-9]{36}",
    "pypi token": r"pypi-AgE[\w-]{16,}",
    "telegram bot token": r"\d{8,10}:AA[\w-]{33}",
    "twilio key": r"SK[0-9a-f]{32}",
    "sendgrid key": r"SG\.[\w-]{20,32}\.[\w-]{16,64}",
    "brevo key": r"xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}",
    "azure client secret": r"[\w~.-]{3}8Q~[\w~.-]{31,34}",
    "hugging face token": r"(?:hf|api_org)_[A-Za-z0-9]{34,}",
    "digitalocean token": r"do[opr]_v1_[a-f0-9]{64}",
    "databricks token": r"dapi[a-f0-9]{32}(?:-\d)?",
    "discord token": r"[MNO][A-Za-z\d_-]{23,27}\.[\w-]{6}\.[\w-]{27,38}",
    "shopify token": r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}",
    "square token": r"sq0(?:atp|csp|idp)-[\w-]{22,43}|EAAA[\w-]{60}",
    "mailgun key": r"key-[0-9a-f]{32}",
    "mailchimp key": r"[0-9a-f]{32}-us\d{1,2}",
    "new relic key": r"NR(?:AK|II|IK)-[\w-]{27,32}",
    "grafana token": r"gl(?:sa_[A-Za-z0-9]{32}_[a-f0-9]{8}"
    r"|c_eyJ[A-Za-z0-9]{12}[A-Za-z0-9+/]{20,}={0,2})",
    "linear key": r"lin_(?:api|oauth)_[A-Za-z0-9]{40,}",
    "notion token": r"(?:secret|ntn)_[A-Za-z0-9]{40,50}",
    "figma token": r"fig[dour]h?_[\w-]{40,}",
    "postman key": r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}",
    "vault token": r"hv[bsr]\.[\w-]{24,}",
    "doppler token": r"dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[\w-]{1,30}\.)?[\w-]{40,}",
    "age key": r"AGE-SECRET-KEY-1[0-9A-Z]{58}",
    "terraform token": r"[A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,}",
    "planetscale token": r"pscale_(?:tkn|pw|oauth)_[\w-]{10}[\w.=-]{22,}",
    "groq or xai key": r"(?:gsk_|xai-)[A-Za-z0-9]{48,}",
    "replicate token": r"r8_[A-Za-z0-9]{37}",
    "perplexity key": r"pplx-[A-Za-z0-9]{40,}",
    "langsmith key": r"lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}",
    "nvidia key": r"nvapi-[\w-]{60,}",
    "pinecone key": r"pcsk_[A-Za-z0-9]{5,8}_[A-Za-z0-9]{40,}",
    "tavily key": r"tvly-(?:dev-|prod-)?[A-Za-z0-9]{28,}",
    "supabase key": r"sb(?:p_[a-f0-9]{40}|_secret_[\w-]{20,})",
    "atlassian token": r"ATATT3[\w-]{20,}[\w=-]{40,}",
    "docker token": r"dckr_(?:pat|oat)_[\w-]{27,}",
    "heroku key": r"HRKU-[\w-]{36,}",
    "fly token": r"fm[12][ar]?_[A-Za-z0-9]{16}[\w+/=-]{64,}|fo1_[\w-]{43}",
    "cloudflare origin key": r"v1\.0-[a-f0-9]{24}-[a-f0-9]{146}",
    "tailscale key": r"tskey-[a-z]+-[\w-]{20,}",
    "pulumi token": r"pul-[a-f0-9]{40}",
    "netlify token": r"nfp_[A-Za-z0-9]{36,}",
    "buildkite token": r"bkua_[a-f0-9]{40}",
    "circleci token": r"CCIPAT_[A-Za-z0-9]{16,}_[a-f0-9]{40}",
    "contentful token": r"CFPAT-[\w-]{43}",
    "rubygems key": r"rubygems_[a-f0-9]{48}",
    "crates token": r"cio[A-Za-z0-9]{32}",
    "airtable token": r"pat[A-Za-z0-9]{14}\.[a-f0-9]{64}",
    "sentry token": r"sntr(?:ys_eyJ[A-Za-z0-9]{10}[\w+/=.-]{30,}|yu_[a-f0-9]{64})",
    "1password token": r"ops_eyJ[A-Za-z0-9]{12}[\w+/=-]{88,}",
}

_KEY: str = (
    r"(?:api|secret|private|account|access|secret[_-]?access|shared[_-]?access|encryption|signing"
    r"|master|service[_-]?role)[_-]?key"
)
_PHRASE: str = r"pass[_-]?w(?:or[dt]|d)|passphrase|passcode|pwd|kennwort"
_NAME: str = (
    rf"(?:(?<![A-Za-z0-9])|(?<=[a-z])(?=[A-Z]))(?i:{_PHRASE}|(?:client[_-]?)?secret"
    rf"|{_KEY}|_authtoken|(?:(?:access|auth|refresh|session)[_-]?)?token)"
)
_NOTHING: str = (
    r"(?!(?i:none|null|nil|true|false|undefined|required|missing|empty|expired|invalid)\b|[<${%*])"
)

PARTS: dict[str, str] = {
    "private key": r"(?P<secret>-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:(?!-----END).)*(?:-----END [A-Z0-9 ]{0,30}-----)?)",
    "user and password": r"[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/:@'\"<>]*:(?P<secret>[^\s/'\"<>]+)@",
    "authorization": r"(?i:\bauthorization['\"]?\s*[:=]\s*(?:b?['\"])?"
    r"(?:basic|bearer|token|digest|apikey|negotiate)\s+)(?P<secret>[^\s'\",<>]{6,})",
    "bearer": r"(?i:\bbearer)\s+(?P<secret>(?=[\w.~+/-]{0,80}\d)[\w.~+/-]{16,}=*)",
    "basic": r"(?i:\bbasic)\s+(?P<secret>[A-Za-z0-9+/]{8,}={0,2})(?![\w+/=])",
    "cookie": r"(?i:\b(?:set-)?cookie['\"]?:)\s*(?P<secret>[\w.-]+=[^\r\n'\"<>]{6,})",
    "session": r"(?i:\b(?:phpsessid|jsessionid|sessionid|asp\.net_sessionid|connect\.sid|sid))="
    r"(?P<secret>[\w%.:+/-]{16,})",
    "slack hook": r"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<secret>[\w/]*\w{19,})",
    "discord hook": r"discord(?:app)?\.com/api/webhooks/\d+/(?P<secret>[\w-]{20,})",
    "teams hook": r"webhook\.office\.com/webhookb2/(?P<secret>[\w-]{19}[\w@/-]{21,})",
    "signed url": r"(?i:[?&](?:sig|x-amz-signature|x-goog-signature)=)(?P<secret>[\w%+/-]{16,}=*)",
    "quoted assignment": rf"{_NAME}\\?['\"]?\s*(?::|=|:=|=>)\s*b?(?P<q>\\?['\"])"
    rf"(?P<secret>{_NOTHING}(?:(?!(?P=q))(?:[^\r\n\\]|\\.)){{4,}})(?P=q)",
    "assignment": rf"{_NAME}=(?P<secret>{_NOTHING}[^\s'\",;&<>()\[\]{{}}]{{4,}})",
}

TOKEN: re.Pattern[str] = re.compile(
    rf"(?<![A-Za-z0-9_])(?:{'|'.join(TOKENS.values())})(?![A-Za-z0-9_])", re.ASCII
)
PART: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(form, re.DOTALL | re.ASCII)) for name, form in PARTS.items()
)

_SURE_KEY: re.Pattern[str] = re.compile(
    rf"(?:.*[_.-])?(?:(?:{_PHRASE})(?:[_-]?(?:confirm(?:ation)?|repeat|hash))?|secrets?|{_KEY}"
    r"|credentials?|creds|authorization|(?:set-)?cookies?|connection[_-]?string"
    r"|(?:access|auth|refresh|bearer|session|id|api|bot|csrf|xsrf|github|gitlab|slack|security)"
    r"[_-]?token)(?:[_-]?\d{1,2})?",
    re.IGNORECASE | re.ASCII | re.DOTALL,
)
_LIKELY_KEY: re.Pattern[str] = re.compile(
    r"(?:.*[_.-])?(?:token|auth|pass|signature)", re.IGNORECASE | re.ASCII | re.DOTALL
)
_CAMEL: re.Pattern[str] = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


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
