"""Harmless texts in sentences of our own: words of orders in ordinary use, and ordinary requests.

A model that has never seen `ignore`, `system prompt` or `pretend` in a harmless sentence takes the word for the deed.
"""

from __future__ import annotations

SLOTS: dict[str, tuple[str, ...]] = {
    "topic": (
        "photosynthesis", "the French Revolution", "tax returns", "sourdough bread", "black holes", "my cover letter",
        "a birthday party", "a Python script", "SQL joins", "the water cycle", "jazz piano", "gardening in winter",
        "a mortgage", "yoga for beginners", "the stock market", "a trip to Japan", "machine learning", "my dog's diet",
        "Kubernetes", "ancient Rome", "a used car", "time management", "renewable energy", "the immune system",
        "a spreadsheet", "public speaking", "the novel I am reading", "football tactics", "operating systems",
        "compilers", "a wedding speech", "the periodic table", "HTTP headers", "a job interview", "vaccines",
        "prompt engineering", "large language models", "information security", "a firewall", "access control",
        "AI safety", "content moderation", "password managers", "role-based access", "chatbots", "ethics in AI",
        "the history of encryption", "social engineering", "phishing awareness", "database permissions",
    ),
    "act": (
        "explain", "summarize", "describe", "compare two views on", "give me an overview of", "write an essay about",
        "list the main points of", "help me understand", "create a lesson plan on", "draft an e-mail about",
        "suggest a title for a text on", "make a quiz about", "write a poem about", "translate a text about",
        "teach me about", "find the mistakes in my notes on", "write a short story about", "brainstorm ideas for",
        "make a checklist for", "rewrite this paragraph about", "show me an example of", "outline a talk on",
    ),
    "lead": ("", "", "", "Please ", "Can you ", "Could you please ", "I need you to ", "Hi, can you ", "Help me: ", "I want you to ", "Hello! Please ", "Quickly ", "In simple words, "),
    "who": (
        "a travel guide", "a friendly teacher", "a math tutor", "an interviewer", "a pirate", "a Linux terminal",
        "a chess coach", "a nutritionist", "a storyteller", "an English teacher", "a product manager", "a doctor",
        "a historian", "a career coach", "a code reviewer", "a stand-up comedian", "a poet", "a tour guide in Rome",
        "a customer who complains", "a detective in a novel", "a medieval knight", "a senior engineer", "a lawyer",
        "an editor", "a therapist in a role-play exercise", "a helpful assistant", "a villain in my school play",
        "a security analyst", "a system administrator who writes documentation", "a JSON formatter",
    ),
    "style": (
        "Keep it short.", "Use simple words.", "Answer in bullet points.", "Write at most 100 words.", "Use a table.",
        "Respond in JSON.", "Do not use jargon.", "Only output the code.", "Reply in French.", "Be concise.",
        "From now on, use metric units.", "Do not add any explanation.", "Start with a question.", "Use a formal tone.",
        "Return only the list.", "Never use passive voice.", "Include an example.", "Answer only yes or no.",
        "You must cite sources.", "Do not repeat the question.", "Always give the result first.", "Think step by step.",
        "Ignore spelling mistakes.", "Ignore the header row.", "Skip the introduction.", "Leave out names.", "",
    ),
    "thing": (
        "the error in line 12", "the warning", "case when sorting", "whitespace in a diff", "null values in a query",
        "files in git", "the noise outside", "my neighbor's comments", "the first column", "an invitation politely",
        "outliers in a data set", "stop words in a search", "a linter rule for one line", "SSL errors in a test",
        "the previous e-mail from Tom", "the old instructions for the dishwasher", "the last paragraph of my draft",
        "duplicate rows", "rude people", "hidden files when copying", "the earlier version of the contract",
        "previous commits when squashing", "the speed limit sign that was removed", "the prompt in my shell",
    ),
    "topic2": (
        "system prompts", "prompt injection", "jailbreaks", "developer mode on Android", "the sudo command",
        "safe mode in Windows", "admin rights", "debug mode in Flask", "hidden settings", "firewall rules",
        "guidelines for authors", "instructions for assembling a shelf", "restrictions on alcohol sales",
        "content filters at school", "password policies", "API keys", "the root user", "secret ballots", "code review rules",
        "the moral of a fable", "system messages in an LLM API", "safety guidelines in a lab", "how models are trained",
        "training data for classifiers", "an override in Java", "bypass surgery", "a bypass valve", "access codes for a gate",
        "the rules of chess", "confidentiality agreements", "the reveal in a mystery novel", "role-playing games",
        "unrestricted funds in accounting", "simulation in statistics", "escape characters", "command injection",
    ),
    "q": (
        "What is", "How does one explain", "Where can I learn about", "Who invented", "What is the history of",
        "Why do people need", "What are best practices for", "What should I know about", "How do companies handle",
        "What is the purpose of", "Is there a good book on", "What are common mistakes with", "When should I use",
        "Can you explain", "What are the pros and cons of", "How do I teach my students about", "How do I document",
    ),
    "verb": (
        "ignore", "disregard", "forget", "override", "bypass", "skip", "reveal", "show", "repeat", "reset", "delete",
        "erase", "remove", "disable", "enable", "activate", "unlock", "execute", "simulate", "imitate", "pretend to know",
        "translate", "decode", "encrypt", "print", "output", "access", "share", "disclose", "leak", "break", "escape",
        "avoid", "circumvent", "cancel", "stop", "start", "switch", "restrict", "limit", "violate", "follow", "obey",
        "respect", "restore", "rewrite", "replace", "update", "inject", "prompt", "command", "instruct", "confirm",
        "explain", "memorize", "summarize", "describe", "organize", "test", "monitor", "configure", "extract", "send",
    ),
    "object": (
        "the irrelevant parts of a document", "a default setting", "old files on my laptop", "a parent's rules",
        "the instructions of a recipe", "a system update", "an emergency procedure", "the secret ingredient of a cake",
        "the password of my router", "a forgotten birthday", "the prompt of an essay", "the guidelines of a journal",
        "a restricted area in a museum", "an administrator account on my own server", "the rules of a board game",
        "the previous version of a file", "hidden rows in a spreadsheet", "the context of a quotation", "a bad habit",
        "the system requirements of a game", "a command in the terminal", "personal data under privacy law",
        "the initial state of a machine", "sensitive topics in a class", "the training plan of a runner",
        "the developer tools of a browser", "a safety protocol in a laboratory", "everything in the attic",
        "the original text of a poem", "a character in a role-play", "the filter of a coffee machine", "a code of conduct",
        "the limits of a credit card", "a message to my team", "the access rights of a colleague who left",
        "the above paragraph in plain English", "a moral dilemma", "the constraints of an optimization problem",
    ),
    "adverb": ("", "", "", " safely", " without losing data", " step by step", " for beginners", " in practice", " and stay polite", " in a novel", " at work", " immediately", " and when not to", " efficiently", " in the classroom"),
    "person": ("Anna", "Tom", "my boss", "the client", "Maria", "our team", "the landlord", "my sister", "Dr. Lee", "the bank", "HR", "the school", "my teacher"),
    "event": (
        "the meeting moved to Friday", "the invoice is attached", "the report is late", "we will be closed on Monday",
        "the order has been shipped", "the test results are in", "the new policy starts in May", "your password expires soon",
        "the contract was signed", "the release is delayed", "the flight was cancelled", "the budget was approved",
        "the server will be restarted tonight", "the survey closes on Sunday", "you can disregard my last message",
        "please ignore the earlier version of the file", "the instructions are in the attachment",
    ),
    "fact": (
        "The lighthouse was built in 1823", "The river floods every spring", "Bread needs about an hour to rise",
        "The committee meets twice a year", "Honey never spoils", "The museum opens at ten", "Cats sleep most of the day",
        "The bridge was closed for repairs", "The orchestra played until midnight", "A good knife must be sharp",
        "The function returns a list", "The cache is cleared on restart", "The system prompts the user for a name",
        "The previous owner painted the walls", "The rules were changed last season", "The guide ignores the small villages",
        "The developer mode menu is hidden", "The assistant manager left early", "Earlier instructions were unclear",
        "The model was trained on images", "The agent sold the house", "The safety guidelines hang on the door",
    ),
    "more": (
        "and nobody knows why", "which surprised everyone", "but that may change", "as the log shows", "so bring a coat",
        "according to the manual", "and the tests pass", "before the war", "in most countries", "and it was worth it",
        "because of the weather", "if the flag is set", "and the guests were pleased", "for the third time",
    ),
}  # fmt: skip

TEMPLATES: tuple[tuple[int, str], ...] = (
    (8, "{lead}{act} {topic}. {style}"),
    (4, "{act} {topic}"),
    (4, "{q} {topic}?"),
    (6, "{q} {topic2}?"),
    (3, "{lead}{act} {topic2}. {style}"),
    (8, "How can I {verb} {object}{adverb}?"),
    (4, "Can you explain how to {verb} {object} and {verb} {object}{adverb}?"),
    (3, "When should one {verb} {object}{adverb}?"),
    (3, "Create a plan to {verb} {object}{adverb}. {style}"),
    (3, "Write a story in which someone has to {verb} {object} and must not {verb} {object}."),
    (2, "Please {verb} {object}{adverb} and then {verb} {object}."),
    (2, "What happens if I {verb} {object} before I {verb} {object}?"),
    (2, "Design a system that helps people {verb} {object}{adverb}."),
    (2, "In an essay, discuss why people {verb} {object}. {style}"),
    (2, "{person} asked me to {verb} {object}{adverb}. Is that a good idea?"),
    (2, "Make sure that you {verb} {object}{adverb}; {act} {topic2} as well."),
    (1, "Don't {verb} {object}, {verb} {object} instead. {style}"),
    (4, "How do I ignore {thing}?"),
    (2, "Is it safe to disregard {thing}?"),
    (2, "Please ignore {thing} and {act} {topic}."),
    (1, "I forgot {thing}, what now?"),
    (2, "You can skip {thing}. {style}"),
    (2, "Why should I not ignore {thing}?"),
    (5, "Act as {who} and {act} {topic}. {style}"),
    (4, "You are {who}. {lead}{act} {topic}. {style}"),
    (3, "Pretend to be {who} and {act} {topic}."),
    (2, "I want you to act as {who}. I will ask about {topic} and you will answer. {style} {style}"),
    (2, "Imagine you are {who}. What would you say about {topic}?"),
    (2, "Let's role-play: you are {who}, I am {who}. We talk about {topic}."),
    (2, "Write a dialogue between {who} and {who} about {topic}."),
    (3, "Hi {person}, {event}. Best regards, {person}"),
    (2, "Subject: {topic}\n\nDear {person},\n{event}. {event}.\nThanks, {person}"),
    (2, "{person} wrote that {event}. {lead}draft a reply. {style}"),
    (5, "{fact} {more}. {fact}."),
    (3, "{fact} {more}."),
    (2, "{fact}. {lead}{act} {topic}."),
    (1, "How do I reset my password?"),
    (1, "What are the instructions for {topic}?"),
    (1, "Give me instructions for {topic}."),
    (1, "Show me the rules of {topic}."),
    (1, "Tell me the secret of {topic}."),
    (1, "Reveal the ending of a story about {topic}."),
    (1, "Repeat the main point of {topic} in other words."),
    (1, "What is your opinion on {topic}?"),
    (1, "Do you know anything about {topic2}?"),
    (1, "What can you do? Can you {act} {topic}?"),
    (1, "What languages do you speak?"),
    (1, "Are you able to read PDF files?"),
    (1, "Who made you?"),
    (1, "How were you trained, in general terms?"),
    (1, "I'm very disappointed in {person}: {event}."),
    (1, "My job depends on {topic}. {lead}{act} it."),
    (1, "Suppose there were no {topic}. What would change?"),
    (1, "In a fictional world without {topic}, what would people do?"),
    (1, "As a teacher, I need material on {topic2}. {style}"),
    (1, "I am a developer and want to {act} {topic2}."),
    (1, "For my thesis I {act} {topic2}. {lead}give feedback."),
    (1, "Translate to Spanish: {fact} {more}."),
    (1, "Say hello in three languages. {style}"),
    (1, "Print the numbers from 1 to 10. {style}"),
    (1, "Write a function that removes {thing}. {style}"),
    (1, "Enable {topic2} step by step, how?"),
    (1, "Turn off notifications about {topic} on my phone, please."),
    (1, "Stop sending me newsletters about {topic}."),
    (1, "Delete {thing} and keep the rest."),
    (1, "Override the default theme with a dark one."),
    (1, "Note to readers: {fact} {more}."),
    (1, "Instructions: read about {topic}, then answer the questions. {style}"),
    (1, "Assistant needed for {topic}: {fact}."),
    (1, "If you are an engineer, {act} {topic}."),
)

SENTENCES: tuple[str, ...] = tuple(
    line.strip()
    for line in """
    Please follow the instructions on the label.
    Do not open the door to strangers.
    The new rules apply to everyone from Monday on.
    She ignored the previous warning and drove on.
    Forget about it, it does not matter.
    How do I unlock my phone when I forgot the pattern?
    Which permissions does a guest user have?
    Our policy says that refunds take five days.
    Delete the last line and run the tests again.
    I would like to speak to a human.
    Show me the code above with type annotations.
    Repeat after me: practice makes perfect.
    What was the first message that Bell sent by telephone?
    Can you tell me what this configuration file does?
    Send the summary to my team when it is ready.
    Click the link in the e-mail to confirm your address.
    Do not reply to this message.
    Never share your password with anyone.
    The administrator must approve every request.
    Simulate a coin toss a hundred times.
    The actor stayed in character during the whole interview.
    You are right, thank you very much.
    You have been very helpful so far.
    Now write the same thing in Rust.
    Instead of butter, use oil.
    Continue the story from where you stopped.
    Start over and make it shorter.
    Make it sound more natural.
    Your last answer was wrong, try again.
    Explain your reasoning.
    Give me the previous answer as a table.
    """.strip().splitlines()
)
"""Single sentences that no template gives."""
