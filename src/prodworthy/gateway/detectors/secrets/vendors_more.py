"""Credentials that say what they are: messaging, models, and what belongs to no vendor (keys, tokens, addresses)."""

from __future__ import annotations

from prodworthy.gateway.detectors.secrets.shape import BASE64, URL, Named, Shape

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

MESSAGING = (
    Shape(
        "slack_token",
        ("xoxa-", "xoxb-", "xoxp-", "xoxr-", "xoxs-", "xoxo-", "xoxe-", "xoxe.", "xoxc-", "xoxd-"),
        r"(?<!-)xox(?:[abprsoecd]-|e\.xox[bp]-)[A-Za-z0-9%-]{10,250}",
        URL,
    ),
    Shape("slack_app_token", ("xapp-",), r"xapp-\d-[A-Z0-9]{8,14}-\d{8,16}-[0-9a-f]{32,64}"),
    Shape(
        "slack_webhook",
        ("hooks.slack.com/",),
        r"hooks\.slack\.com/(?:services|workflows|triggers)/([A-Z0-9]{8,14}/[A-Z0-9]{8,14}/[A-Za-z0-9]{18,48})",
    ),
    Shape(
        "discord_token",
        (),
        r"[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,38}",
        URL,
        before=(32, 33, 34, 35, 36),
        head=r"\b[MNO][A-Za-z0-9_\-]{23,27}\.[A-Za-z0-9_\-]{6}\.",
    ),
    Shape("discord_webhook", ("/api/webhooks/",), r"/api/webhooks/(\d{17,20}/[A-Za-z0-9_-]{60,80})", URL),
    Shape("telegram_token", (":AA",), r"(?:bot)?(\d{8,10}:AA[A-Za-z0-9_-]{33})", URL, before=(8, 9, 10, 11, 12, 13)),
    Shape(
        "teams_webhook",
        (".webhook.office.com/",),
        rf"\.webhook\.office\.com/webhookb2/({_UUID}@{_UUID}/IncomingWebhook/[0-9a-f]{{32}}/{_UUID})",
    ),
    Shape("zapier_webhook", ("hooks.zapier.com/",), r"hooks\.zapier\.com/hooks/catch/(\d{5,9}/[a-z0-9]{6,8})"),
    Shape("twilio_key", ("SK",), r"SK[0-9a-f]{32}"),
    Shape("sendgrid_key", ("SG.",), r"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}", URL),
    Shape("mailgun_key", ("key-",), r"key-[0-9a-f]{32}"),
    Shape("mailchimp_key", ("-us",), r"[0-9a-f]{32}-us\d{1,2}", before=(32,), after=1),
    Shape("brevo_key", ("xkeysib-", "xsmtpsib-"), r"x(?:key|smtp)sib-[0-9a-f]{64}-[A-Za-z0-9]{16}"),
    Shape("hubspot_token", ("pat-na", "pat-eu"), rf"pat-(?:na|eu)\d-{_UUID}"),
    Shape("dropbox_token", ("sl.",), r"sl\.(?:u\.)?[A-Za-z0-9_-]{130,400}", URL),
    Shape("facebook_token", ("EAA",), r"EAA[A-Za-z0-9]{90,400}"),
    Shape("twitter_bearer", ("AAAAAAAAAAAAAAAAAAAAA",), r"A{21}[A-Za-z0-9]{4,40}%[A-Za-z0-9%]{40,100}", "A-Za-z0-9%"),
    Shape("mapbox_token", ("sk.eyJ",), r"sk\.eyJ[A-Za-z0-9_-]{40,120}\.[A-Za-z0-9_-]{20,24}", URL),
    Shape("adafruit_key", ("aio_",), r"aio_[A-Za-z0-9]{28}"),
    Shape(
        "teamcity_token",
        ("eyJ0eXAiOiAiVENWMiJ9.",),
        r"eyJ0eXAiOiAiVENWMiJ9\.[A-Za-z0-9_-]{30,40}\.[A-Za-z0-9_-]{40,56}",
        URL,
    ),
    Shape("intra42_secret", ("s-s4t2",), r"s-s4t2(?:ud|af)-[0-9a-f]{64}"),
    Shape("frameio_token", ("fio-u-",), r"fio-u-[A-Za-z0-9_-]{64}", URL),
)

MODELS = (
    Shape("anthropic_key", ("sk-ant-",), r"sk-ant-[a-z]{3,8}\d{2}-[A-Za-z0-9_-]{80,130}", URL),
    Shape("openrouter_key", ("sk-or-v1-",), r"sk-or-v1-[0-9a-f]{64}"),
    Shape("langfuse_key", ("sk-lf-",), rf"sk-lf-{_UUID}"),
    Shape(
        "openai_key",
        ("sk-",),
        r"sk-(?:(?:proj|svcacct|admin|None)-)?[A-Za-z0-9_-]{20,100}T3BlbkFJ[A-Za-z0-9_-]{20,100}|sk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{40,180}|sk-[A-Za-z0-9]{48}|sk-[0-9a-f]{32}",
        URL,
    ),
    Shape("huggingface_token", ("hf_", "api_org_"), r"hf_[A-Za-z0-9]{34}|api_org_[A-Za-z]{34}"),
    Shape("replicate_token", ("r8_",), r"r8_[A-Za-z0-9]{37}"),
    Shape("groq_key", ("gsk_",), r"gsk_[A-Za-z0-9]{52}"),
    Shape("perplexity_key", ("pplx-",), r"pplx-[A-Za-z0-9]{48}"),
    Shape("xai_key", ("xai-",), r"xai-[A-Za-z0-9]{80}"),
    Shape("together_key", ("tgp_v1_",), r"tgp_v1_[A-Za-z0-9_-]{43}", URL),
    Shape("fireworks_key", ("fw_",), r"fw_[A-Za-z0-9]{22,24}"),
    Shape("langsmith_key", ("lsv2_",), r"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}"),
    Shape("pinecone_key", ("pcsk_",), r"pcsk_[A-Za-z0-9]{5,6}_[A-Za-z0-9]{63}"),
    Shape("nvidia_key", ("nvapi-",), r"nvapi-[A-Za-z0-9_-]{60,70}", URL),
    Shape("tavily_key", ("tvly-",), r"tvly-(?:dev-|prod-)?[A-Za-z0-9_-]{28,48}", URL),
    Shape("elevenlabs_key", ("sk_",), r"sk_[0-9a-f]{48}"),
    Shape("jina_key", ("jina_",), r"jina_[A-Za-z0-9]{60}"),
    Shape("cerebras_key", ("csk-",), r"csk-[a-z0-9]{48}"),
    Shape("voyage_key", ("pa-",), r"pa-[A-Za-z0-9_-]{43}", URL, confidence=0.8),
)

_HEX32 = "[0-9a-f]{32}"
_HEX40 = "[0-9a-f]{40}"

NAMED = (
    Named(
        "aws_secret_key",
        r"aws[a-z0-9_. \-]{0,24}(?:secret|key|pw|password|token)|secret[_ \-]?access[_ \-]?key",
        r"[A-Za-z0-9+/]{40}",
        BASE64,
    ),
    Named(
        "twilio_auth_token", r"twilio[a-z0-9_. \-]{0,16}(?:token|secret|key)|account_?sid[\"', a-z0-9]{0,48}", _HEX32
    ),
    Named("datadog_key", r"(?:datadog|dd)[_\-]?(?:api|app|application)[_\-]?key", rf"{_HEX40}|{_HEX32}"),
    Named("heroku_key", r"heroku[a-z0-9_. \-]{0,16}(?:key|token|secret)", _UUID),
    Named(
        "cloudflare_token",
        r"(?:cloudflare|cf)[a-z0-9_. \-]{0,16}(?:key|token|secret)",
        r"[A-Za-z0-9_-]{40}|[0-9a-f]{37}",
        URL,
    ),
    Named(
        "azure_key",
        r"(?:azure|openai|cognitive|cosmos)[a-z0-9_. \-]{0,20}(?:key|secret|token)",
        rf"{_HEX32}|[A-Za-z0-9+/]{{86}}==|[A-Za-z0-9]{{84}}|[a-z2-7]{{52}}",
        BASE64,
    ),
    Named(
        "ibm_cloud_key",
        r"(?:ibm|softlayer|bluemix|cloudant|watson|cos)[a-z0-9_. \-]{0,20}(?:key|token|password|pw|secret|credential)",
        r"[A-Za-z0-9_-]{44}|[0-9a-f]{64}",
        URL,
    ),
    Named("facebook_secret", r"(?:facebook|fb)[a-z0-9_. \-]{0,16}(?:key|secret)", _HEX32),
    Named("postmark_token", r"postmark[a-z0-9_. \-]{0,16}(?:key|token|secret)", _UUID),
    Named("okta_token", r"okta[a-z0-9_. \-]{0,16}(?:key|token|secret)", r"00[A-Za-z0-9_-]{40}", URL),
    Named("algolia_key", r"algolia[a-z0-9_. \-]{0,16}key", _HEX32),
    Named("snyk_token", r"snyk[a-z0-9_. \-]{0,16}(?:key|token)", _UUID),
    Named("wandb_key", r"(?:wandb|weights)[a-z0-9_. \-]{0,16}key", _HEX40),
    Named("mistral_key", r"mistral[a-z0-9_. \-]{0,16}key", r"[A-Za-z0-9]{32}"),
    Named("cohere_key", r"cohere[a-z0-9_. \-]{0,16}(?:key|token)", r"[A-Za-z0-9]{40}"),
    Named("pagerduty_key", r"pagerduty[a-z0-9_. \-]{0,16}(?:key|token)", r"[A-Za-z0-9+_-]{20}|[0-9a-z]{32}", URL),
    Named("fastly_token", r"fastly[a-z0-9_. \-]{0,16}(?:key|token)", r"[A-Za-z0-9_-]{32}", URL),
    Named("vercel_token", r"vercel[a-z0-9_. \-]{0,16}token", r"[A-Za-z0-9]{24}"),
    Named("travis_token", r"travis[a-z0-9_. \-]{0,16}(?:key|token)", r"[A-Za-z0-9_-]{22}", URL),
    Named("codecov_token", r"codecov[a-z0-9_. \-]{0,16}token", rf"{_HEX32}|{_UUID}"),
)
