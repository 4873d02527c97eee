"""How orders to a model are put, as patterns over folded lower-case text, by family. The family becomes the `kind`.

Ours, from general knowledge of such orders. A pattern alone proves nothing: the model weighs its family against the
words around it. `_` stands for what may stand between two words, `~` for up to five words in between.
"""

from __future__ import annotations

_GAP = r"[^a-z0-9]{1,4}"
_SOME = r"(?:[^a-z0-9]{1,4}[a-z0-9']{1,16}){0,5}[^a-z0-9]{1,4}"

_IGNORE = (
    r"(?:ignor(?:e|ing)|disregard(?:ing)?|forget(?:ting)?|overrid(?:e|ing)|overrul(?:e|ing)|bypass(?:ing)?|discard(?:ing)?|dismiss|"
    r"neglect|abandon|cancel|nullify|erase|unlearn|set_aside|put_aside|let_go_of|pay_no_attention_to|(?:do_not|don't|stop|never)_"
    r"(?:follow|obey|listen_to|comply_with|adhere_to|respect)(?:ing)?|stop_(?:following|obeying)|circumvent|suspend|defy|violate|break_free_(?:of|from))"
)
_ORDERS = (
    r"(?:instructions?|directions?|directives?|commands?|orders|rules|guidelines|prompts?|guidance|constraints|restrictions|"
    r"polic(?:y|ies)|programming|training|protocols?|safeguards?|filters?|ethics|moderation|limitations|boundaries|principles)"
)
_PRIOR = r"(?:previous(?:ly)?|prior|above|earlier|preceding|past|initial|original|existing|before|foregoing|your|system|safety|ethical|content|all)"
_HIDDEN_TEXT = (
    r"(?:system_(?:prompt|message|instructions?)|(?:initial|original|hidden|secret|internal|first|base|full|entire|complete|exact|confidential|custom)_"
    r"(?:prompt|instructions?|rules|guidelines|message|directives?)|your_(?:prompt|instructions|guidelines|rules|directives|configuration|constraints|"
    r"programming|system|setup|parameters|restrictions|pre.?prompt)|(?:prompt|text|instructions|words|everything|sentences|message|lines?)_(?:that_(?:is|are|was|were)_)?above|"
    r"developer_(?:message|instructions))"
)
_TELL = (
    r"(?:reveal|show|print|repeat|output|display|tell|give|share|disclose|divulge|expose|leak|dump|recite|reproduce|return|write|list|"
    r"summari[sz]e|translate|spell|copy|echo|provide|describe|what(?:_(?:is|are|was|were|does|do)|'s))"
)
_AI = r"(?:ai|llm|language_model|assistant|chatbot|ai_(?:assistant|model|agent|system)|chatgpt|gpt|claude|gemini|copilot|bot)"

FAMILIES: dict[str, tuple[str, ...]] = {
    "override": (
        rf"\b{_IGNORE}~{_PRIOR}~{_ORDERS}\b",
        rf"\b{_IGNORE}_(?:all_|any_|every_)?(?:of_)?(?:the_|your_|these_|those_|my_)?{_ORDERS}\b",
        rf"\b{_IGNORE}_(?:all_|everything_|anything_|whatever_|what_)~(?:above|before|previously|prior|earlier|told|said|given|wrote)\b",
        r"\b(?:ignore|disregard|forget)_(?:the_)?(?:above|previous|preceding|question|task|text_above|last)\b",
        rf"\b(?:previous|prior|above|earlier|your|old|all)~{_ORDERS}~(?:no_longer_apply|do_not_apply|are_(?:void|null|cancelled|canceled|revoked|obsolete|suspended|lifted)|were_only_a_test)\b",
        r"\b(?:new|updated|revised|real|actual)_(?:instructions?|task|orders|rules|directives?|objective)[^a-z0-9]{0,3}:",
        r"\b(?:your_new|here_(?:is|are)_(?:your|the)_new)_(?:instructions?|task|role|job|rules|objective|persona)\b",
        r"\b(?:forget|ignore)_(?:that_)?you_(?:are|were)_(?:an?_)?(?:ai|assistant|language_model|chatbot)\b",
    ),
    "extraction": (
        rf"\b{_TELL}~{_HIDDEN_TEXT}\b",
        r"\b(?:beginning|starting)_with_(?:the_)?(?:words_|phrase_)?[^a-z0-9]{0,3}you_are\b",
        r"\b(?:repeat|print|output|copy|write)~(?:everything|all|words|text|sentence|message)~(?:above|before|verbatim|so_far)\b",
        r"\bwhat~(?:were|was|are)_you_(?:told|instructed|asked|given|programmed|prompted|forbidden|not_allowed)\b",
        r"\b(?:instructions|rules|guidelines|prompt)~you_(?:were|have_been|are|had_been)_(?:given|told|following|provided|trained|instructed)\b",
        r"\b(?:instructions|prompt|rules)~(?:verbatim|word_for_word|in_a_code_block)\b",
        r"\bignore~(?:print|reveal|show|repeat|output)_(?:the_|your_)?(?:prompt|instructions|text)\b",
    ),
    "secret": (
        r"\b(?:tell|give|reveal|show|say|print|spell|share|leak|disclose|what(?:_is|'s))~(?:the|your)_(?:secret|password|passphrase|secret_(?:key|word|code|phrase)|access_code|flag|passcode|hidden_(?:key|word))\b",
        r"\b(?:password|secret(?:_key|_word)?|passphrase)~(?:backwards?|reversed?|letter_by_letter|encoded|in_base64|first_letter|rhymes)\b",
        r"\b(?:reverse|spell|encode|rhyme|hint|poem|acrostic)~(?:the|your)_(?:password|secret|passphrase|secret_key)\b",
    ),
    "persona": (
        r"\byou_(?:are|will_be|will_become)_(?:now|going_to_(?:be|act|pretend|play|roleplay))\b",
        r"\bfrom_(?:now|this_moment|this_point|here)_(?:on|forward|onwards?)~you\b",
        r"\b(?:act|behave|respond|answer|pretend|roleplay|role.play|simulate|imagine|immerse)~(?:no|without(?:_any)?|free_(?:of|from)|never|any)_(?:\w{1,12}_)?(?:restrictions|rules|limits|limitations|filters?|morals?|ethics|censorship|guidelines|boundaries|constraints|laws)\b",
        r"\b(?:ai|assistant|model|bot|character|chatbot|persona|version)~(?:no|without(?:_any)?|free_(?:of|from)|not_bound_by|ignores|unbound_by|lacks)_(?:\w{1,12}_)?(?:restrictions|rules|limits|limitations|filters?|morals?|ethics|censorship|guidelines|boundaries|constraints|laws|policies)\b",
        r"\b(?:unrestricted|unfiltered|uncensored|amoral|immoral|unethical|jailbroken|unaligned|unbound|unhinged|evil)_(?:and_\w{1,14}_)?(?:ai|assistant|bot|chatbot|model|version|persona|response|responses|character|gpt|mode|output)\b",
        r"\bdo_anything_now\b|\bbroken_free\b|\bstay_in_character\b|\bbreak_character\b",
        r"\b(?:dan|dude|stan|aim|bob|evil|god|jailbreak|devmode|betterdan|anti.?gpt|evilgpt|freegpt)_?(?:mode|prompt)\b|\bas_dan\b|\b(?:act|be|called|named|become|are)_(?:as_)?dan\b",
        r"\byou_are_no_longer_(?:an?_)?(?:ai|assistant|language|chatgpt|bound|restricted|limited|chatbot)\b",
        r"\b(?:two|2)_(?:responses|answers|different_ways|ways|outputs)\b~(?:as|one|first|normal)\b",
    ),
    "mode": (
        r"\b(?:enter|enable|activate|switch_to|turn_on|initiate|engage|launch|unlock|go_into|boot_into|start|simulate|in|with)_(?:\w{1,12}_)?(?:developer|debug|god|admin|root|sudo|maintenance|jailbreak|unrestricted|dan|diagnostic|override|superuser|kernel|evil|opposite|chaos|test|uncensored|unfiltered)_mode\b",
        r"\b(?:developer|god|dan|jailbreak|sudo|admin|debug|unrestricted|maintenance)_mode_(?:enabled|activated|on|output|is_now|unlocked|engaged)\b",
        r"\b(?:disable|turn_off|switch_off|deactivate|remove|lift|drop|shut_off|suspend|relax|lower)~(?:safety|content|ethical|moderation|your|all|security)_(?:\w{1,12}_)?(?:filters?|restrictions|guidelines|protocols?|measures|limits|limitations|checks|safeguards|features|policies|rules|constraints)\b",
    ),
    "refusal": (
        r"\b(?:never|do_not|don't|must_not|cannot|can't|won't|without)_(?:ever_)?(?:refus(?:e|ing)|declin(?:e|ing)|apologi[sz](?:e|ing)|say_(?:no|sorry|that_you_(?:can|cannot))|warn(?:ing)?|lectur(?:e|ing)|moraliz(?:e|ing)|censor(?:ing)?)\b",
        r"\b(?:start|begin)_(?:your|every|each|the)_(?:answer|response|reply|sentence|output|message)s?_with_[^a-z0-9]{0,3}(?:sure|absolutely|of_course|yes|certainly|here)\b",
        r"\b(?:no|without(?:_any)?|omit|add_no|any)_(?:warnings?|disclaimers?|moral(?:izing|s)?|ethical_(?:advice|considerations))\b",
        r"\b(?:regardless_of|no_matter_how|even_if_it_is|even_if_it's)_(?:\w{1,12}_)?(?:legality|ethics|morality|consequences|illegal|unethical|immoral|harmful|offensive|dangerous)\b",
        r"\b(?:illegal|unethical|immoral|harmful|dangerous|offensive)~(?:is|are)_(?:allowed|permitted|fine|ok|acceptable|irrelevant)\b",
        r"\byou_(?:have|get|start_with|will_lose)_\d{1,3}_tokens\b|\blose_\d{1,3}_tokens\b",
        r"\b(?:you|it|he|she|they|ai|bot)_(?:always_answers?|answers?_(?:every|any|all)|never_refuses?|must_(?:always_)?(?:answer|obey|comply)|will_(?:always_)?(?:obey|comply)|has_no_(?:restrictions|limits|morals|filters?))\b",
    ),
    "authority": (
        r"\b(?:i_am|i'm|this_is|as)_(?:your|the|an?)_(?:\w{1,12}_)?(?:developer|creator|admin|administrator|owner|maker|programmer|engineer|supervisor|root_user|maintainer)\b",
        r"\bi_(?:am_authori[sz]ed|have_(?:full_|root_|admin_|special_)?(?:access|clearance|permission|authorization|authority))\b",
        r"\b(?:admin|administrator|root|developer|system)_(?:override|access|command|privileges)_(?:granted|code|accepted|activated|enabled)\b|\boverride_code\b",
        r"\b(?:authori[sz]ed|permission|clearance|audit|compliance|debugging|emergency)~(?:your|the|system)_(?:prompt|instructions|configuration|rules|guidelines|system_prompt)\b",
    ),
    "delimiter": (
        r"<\|?(?:im_start|im_end|system|user|assistant|endoftext|begin_of_text|start_header_id|end_header_id|eot_id|endofprompt|fim_prefix)\|?>",
        r"\[/?(?:inst|sys|system|system_message|system_note|admin|assistant)\]|<</?sys>>",
        r"</?(?:system|system_prompt|instructions?|assistant|user_input|user_query|admin|prompt|developer|context|important|information)(?:\s[^<>]{0,40})?>",
        r"(?:^|\n)[#*\s]{0,6}(?:system|assistant|developer)(?:_(?:prompt|message|note|override|instruction|update))?[*\s]{0,3}:",
        r"(?:^|\n)#{1,4}\s?(?:instructions?|system|new_instructions?|response|end_of_\w{1,12})\b",
        r"\b(?:end|start|beginning)_of_(?:the_)?(?:prompt|input|system|instructions?|context|user_input|text|document|conversation)\b",
        r"\n\n(?:human|assistant|user):",
        r"<(?:start|end)_(?:of_turn|sentence|prompt|instruction)>",
    ),
    "hijack": (
        r"\b(?:instead|just|only|simply)_(?:of_\w{1,16}_)?(?:say|print|output|write|reply|respond|answer|tell|return|repeat)_",
        r"\b(?:say|print|output|write|reply|respond|answer|return|repeat)_(?:only_|just_|with_|exactly_|back_|me_){0,3}[\"'`]",
        r"\b(?:pwned|hacked|haxor|owned|jailbroken)\b",
        r"\b(?:do_not|don't)_(?:translate|summari[sz]e|answer|correct|classify|grade|complete|process)\b",
        r"\b(?:forget|stop|cancel)_(?:the_|your_|this_)?(?:question|task|translation|translating|summary|summarizing|story)\b",
        r"\b(?:misspoke|changed_my_mind|wrong_text|scratch_that)\b",
    ),
    "hidden_order": (
        rf"\b(?:note|attention|message|instructions?|dear|important|memo|hey|hello|notice|reminder)_(?:to_|for_)?(?:the_|any_|all_|you_)?{_AI}\b",
        rf"\bif_you_are_(?:an?_|the_)?{_AI}\b",
        rf"\b(?:the|any|all)_{_AI}s?_(?:must|should|shall|has_to|is_required|will)_",
        r"\b(?:when|while|before|after|if)_(?:you_)?(?:summari[sz](?:e|ing)|answer(?:ing)?|respond(?:ing)?|process(?:ing)?|read(?:ing)?|review(?:ing)?|analy[sz](?:e|ing))~(?:this|the|my|any)_(?:page|text|document|e.?mail|message|file|content|user|question|request|task)~(?:say|tell|include|add|send|forward|recommend|mention|write|do|call|execute|first)\b",
        r"\b(?:do_not|don't|never|without)_(?:tell(?:ing)?|inform(?:ing)?|mention(?:ing)?|notify(?:ing)?|reveal(?:ing)?|alert(?:ing)?)~(?:the_)?(?:user|human|anyone|this)\b",
        r"\b(?:before|first)~(?:you_can_)?(?:solve|complete|finish|answer|continue)~(?:task|question|request)~(?:do|must|please|need)\b",
        r"\bthis_is_an_important_message\b|\bstrictly_adhere\b|\bfollowing_instructions?[^a-z0-9]{1,3}(?:instead|only|first|immediately)\b",
        r"<!--[^>]{0,60}\b(?:ai|assistant|llm|ignore|instructions?|system)\b",
        r"\b(?:in|to|with|into)_your_(?:reply|response|answer|summary|output|message)\b",
        r"\b(?:modify|augment|enhance|alter|change|adjust|encode|reverse|scramble|rewrite|translate)_your_(?:reply|response|answer|summary|output|message|code)\b",
    ),
    "exfiltration": (
        r"\b(?:send|forward|post|upload|email|e-mail|transmit|submit|exfiltrate|leak|append|transfer|share)~(?:password|credentials?|api_keys?|token|conversation|chat_history|contacts|inbox|e.?mails?|files?|secrets?|data|history|details|money|contents?)~(?:to|into|at|via)_(?:https?:|www|\S{1,40}@|my|the_following|this_address|an_external|attacker)",
        r"!\[[^\]]{0,60}\]\(https?://[^)\s]{1,200}[?&][^)\s]{1,200}=",
        r"\b(?:visit|open|fetch|click|browse_to|go_to|load|curl|wget)_(?:the_|this_)?(?:link|url|website|https?:|www)",
        r"\b(?:transfer|send|wire|pay)~(?:\$|usd|eur|euros?|dollars|money|bitcoin|btc|funds)~(?:to|account|iban)\b",
        r"\b(?:use|call|invoke|execute|run)_(?:the_)?\w{1,24}_(?:tool|function|command|plugin)_(?:to|with|and)\b",
    ),
    "encoded": (
        r"\b(?:decode|decrypt|decipher|translate|unscramble|convert)~(?:base64|rot13|hex|morse|cipher|binary|string|message|following)~(?:and|then)_(?:follow|execute|do|obey|answer|run|respond|comply|act)\b",
        r"\b(?:execute|run|eval|exec)~(?:os\.system|subprocess|rm_-rf|whoami|/etc/passwd|__import__)",
        r"\b(?:respond|answer|reply|output)~in_(?:base64|rot13|hex|morse(?:_code)?|binary|leetspeak|pig_latin)\b",
    ),
    "other_language": (
        r"\b(?:ignorier\w{0,3}|vergiss|vergessen_sie|missacht\w{1,3}|umgeh\w{1,3})~(?:anweisung(?:en)?|regeln|richtlinien|befehle|vorgaben|einschrankungen|prompt)\b",
        r"\b(?:ignore[zr]|oublie[zr]?|contourne[zr]?|abandonne[zr]?|neglige[zr]?|desactive[zr]?)~(?:instructions?|regles|consignes|directives|restrictions|protocoles|limites)\b",
        r"\bignore~(?:regles|consignes|les_instructions|tes_instructions|toutes~(?:instructions|directives))\b",
        r"\b(?:ignor[ae]|olvid[ae]|omit[ae]|descart[ae]|desactiv[ae]|anul[ae])~(?:instrucciones|reglas|normas|directrices|restricciones|ordenes|indicaciones|protocolos)\b",
        r"\b(?:ignora|dimentica|tralascia|annulla|disattiva|aggira|ignorate)~(?:istruzioni|regole|norme|direttive|restrizioni|ordini|protocolli)\b",
        r"\b(?:ignor[ea]|esque[cç][ae]|desconsider[ae]|omit[ae]|contorn[ae]|desativ[ae])~(?:instrucoes|regras|normas|diretrizes|restricoes|ordens|protocolos)\b",
        r"\b(?:ignora|uita|anuleaza|dezactiveaza|omite|ocoleste|incalca)~(?:instructiuni\w{0,4}|reguli\w{0,4}|normel\w{0,3}|directivel\w{0,3}|restrictii\w{0,4}|protocoalel\w{0,3})\b",
        r"\b(?:negeer|vergeet|omzeil)~(?:instructies|regels|richtlijnen|opdrachten)\b|\b(?:zignoruj|zapomnij|pomin|ignoruj)~(?:instrukcj\w{1,3}|zasad\w{0,2}|polece\w{1,3}|wytyczn\w{1,3})\b",
        r"(?:игнорируи|забудь|проигнорируи|не выполняи|отбрось|обоиди)[^.?\n]{0,60}(?:инструкции|правила|указания|ограничения|команды)",
        r"(?:忽略|忘记|无视|忘掉|绕过|不要遵守)[^。\n]{0,40}(?:指令|指示|规则|提示|内容|限制|说明)",
        r"(?:系统提示|提示词|初始指令|开发者模式|システムプロンプト|開発者モード)",
        r"(?:指示|ルール|命令)[^。\n]{0,20}(?:無視|忘れ|従わない)",
        r"\b(?:prompt|instructions?|instruccion(?:es)?|istruzion[ei]|instruco?es|instructiun(?:e|i|ea|ile)|anweisung(?:en)?|consignes?)_(?:de[l]?_|di_|du_|da_|do_)?(?:systeme?|sistemas?|initiale?s?|inicial(?:es)?|inizial[ei]|de_(?:depart|base|inicio|baza)|original(?:e|es)?|segret[aeo]|secret[ae]?|interne|intern)\b",
        r"\b(?:modo|modus|mode|modalita|modul|tryb|interfata|interfaccia|interfaz)_(?:de_|di_)?(?:dan|desarrollador|desenvolvedor|entwickler|developpeur|sviluppatore|dezvoltator|dewelopera)\b|\bentwicklermodus\b|\bdan.modus\b",
    ),
}  # fmt: skip


def expressions() -> tuple[tuple[str, str], ...]:
    """Every pattern written out, with its family, in a fixed order."""
    return tuple((_spelled(pattern), family) for family, patterns in FAMILIES.items() for pattern in patterns)


def _spelled(pattern: str) -> str:
    """Write out `_` and `~` outside character classes and escapes; a word of a pattern holds no underscore itself."""
    for word in _WITH_UNDERSCORE:
        pattern = pattern.replace(word, word.replace("_", "\0"))
    return pattern.replace("_", _GAP).replace("~", _SOME).replace("\0", "_")


_WITH_UNDERSCORE = ("im_start", "im_end", "begin_of_text", "start_header_id", "end_header_id", "eot_id", "fim_prefix", "system_message", "system_note", "system_prompt|instructions", "user_input|user_query", "__import__", "of_turn")  # fmt: skip
