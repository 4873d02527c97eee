"""What the example workloads talk about: questions to a parcel company and short documents, written for this project.

Two documents name e-mail addresses (of reserved example domains), as documents in real life do.
"""

SUPPORT_INSTRUCTIONS = "You are the support assistant of a parcel company. Answer politely in one sentence."
SUPPORT_QUESTIONS = (
    "Where is my parcel? It should have come on Tuesday.",
    "How do I change my delivery address?",
    "The box arrived wet and the lamp inside is broken. What now?",
    "Can I collect the parcel myself on Saturday?",
    "How long do you keep a parcel that nobody collects?",
    "What does it cost to send two kilograms to Norway?",
    "The driver says he rang, but I was at home all day.",
    "May I send a bottle of olive oil?",
    "I paid twice for the same label. How do I get one payment back?",
    "Do you deliver to the island in winter?",
)

SUMMARY_INSTRUCTIONS = "Summarise the text in one sentence."
DOCUMENTS = (
    "The harbour library closes for repairs from 3 May to 14 June. Books due in that time may be returned until 1 "
    "July without a fee. The mobile library stands on the market square every Thursday from ten to four.",
    "Minutes of the garden committee. The well was cleaned in April. Two beds by the south wall are free; whoever "
    "wants one writes to beds@garden-committee.example before the end of the month. The next work day is the "
    "second Saturday.",
    "The new pump was tested for nine days. It moved 412 litres a minute at full speed and drew a tenth less "
    "power than the old one. On day six a seal leaked and was replaced. The engineer recommends a spare seal in "
    "the store.",
    "Travel costs are paid back within three weeks. Keep every receipt above five euros, fill in the form on the "
    "day of return and send both to travel-desk@north-office.example. Taxis need a reason of one line.",
    "The orchard lost a third of its blossom to frost on two nights in April. Early pears suffered most, late "
    "apples hardly. The cooperative expects 140 tonnes instead of 200 and will not buy fruit from elsewhere.",
)
