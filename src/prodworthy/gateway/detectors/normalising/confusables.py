"""Letters of other scripts that look like Latin ones, and code points that show nothing at all.

Chosen from the shapes of the letters (Unicode Technical Standard 39 describes the problem). What compatibility
decomposition already folds (full width, mathematical alphabets, circled letters) is not listed again.
"""

from __future__ import annotations

from collections.abc import Iterator

_SHAPES = (
    # Cyrillic
    ("абвгезиікмнопрстухьѕјһԁԛԝүҮґӏѵԍғңєѐёїўќӓӧ", "abbre3uikmhonpctyxbsjhdqwyyrlvgfheeeiykao"),
    ("АВЕЅІЈКМНОРСТУХԌԚԜҺӀѴҐЗ", "ABESIJKMHOPCTYXGQWHIVr3"),
    # Greek
    ("αβγδεζηθικλμνξορςστυφχψω", "abydeznoiklmveopcotuoxww"),
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧΛΔΣ", "ABEZHIKMNOPTYXAAE"),
    # Armenian, Cherokee, Coptic, Hebrew
    ("աոօսհԼՍՏՕցյզ", "wnouhLUSOgjq"),
    ("ᎠᎡᎢᎪᎫᎬᎳᎵᎷᎻᏀᏃᏚᏞᏟᏢᏦᏴ", "DRTAJEWPMHGZSLCPKB"),
    ("ⲀⲂⲈⲎⲒⲔⲘⲚⲞⲢⲤⲦⲬⲁⲃⲉⲏⲓⲕⲙⲛⲟⲣⲥⲧⲭ", "ABEHIKMNOPCTXabehikmnopctx"),
)
_ALWAYS = (
    # Small capitals, phonetic letters, and Latin letters with a stroke, which do not decompose.
    ("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz"),
    ("ɑɡıȷɩɪʋɯɹɾʇʌʍʎəɛɔɐɓɗƙɫɭɱɲƥʂƭʉʐ", "agijiivwrrtvwyeecabdkllmnpstuz"),
    ("øØđĐłŁħĦŧŦƀɨƗɵꞌɠɦʠƈ", "oOdDlLhHtTbiIo'ghqc"),
    ("‐‑‒–—―−﹘‘’‚‛′“”„‟″", "--------'''''\"\"\"\"\""),
)
_SPELLED = {
    "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "þ": "th", "Þ": "Th", "ð": "d", "Ð": "D", "€": "e", "∂": "d",
}  # fmt: skip
# Runs of letters that compatibility decomposition leaves alone: negative circled and negative squared capitals,
# regional indicators.
_ALPHABETS = (0x1F150, 0x1F170, 0x1F1E6)

MARKS = ((0x0300, 0x036F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F))
"""Combining marks that are laid over letters of any script (`Combining Diacritical Marks` and its supplements)."""

INVISIBLE = (
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200D),
    (0x2060, 0x2065), (0x206A, 0x206F), (0x2800, 0x2800), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0), (0xFFF9, 0xFFFB), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0100, 0xE01EF),
)  # fmt: skip
"""Default ignorable code points and fillers: they take no room, or show as nothing."""

BIDI = ((0x061C, 0x061C), (0x200E, 0x200F), (0x202A, 0x202E), (0x2066, 0x2069))
"""Directional marks, embeddings, overrides and isolates (Unicode Standard Annex 9)."""

TAGS = (0xE0000, 0xE007F)
"""Tag characters: a second, invisible ASCII."""


def lookalikes() -> dict[int, int]:
    """Code points of other scripts, with the Latin letter that each looks like. They fold only inside Latin text."""
    return {ord(other): ord(latin) for others, latins in _SHAPES for other, latin in zip(others, latins, strict=False)}


def always() -> Iterator[tuple[int, str]]:
    """Code points that fold wherever they stand, with what they fold to."""
    for others, latins in _ALWAYS:
        yield from ((ord(other), latin) for other, latin in zip(others, latins, strict=False))
    yield from ((ord(other), spelled) for other, spelled in _SPELLED.items())
    for first in _ALPHABETS:
        yield from ((first + step, chr(ord("a") + step)) for step in range(26))
