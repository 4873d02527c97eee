"""The kinds of personal data that can be recognised by their form: name and title, and which are looked for unasked.

Pure data: a manifest's settings are checked against it, and detectors find these kinds and no others. A kind named
after a country begins with its ISO 3166 code (`uk` for the United Kingdom). Names and postal addresses have no form of
their own and are no kinds here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

CATALOGUE: Mapping[str, str] = MappingProxyType(
    {
        "email": "E-mail address",
        "phone": "Telephone number",
        "payment_card": "Payment card number",
        "iban": "International bank account number",
        "ip_address": "IP address",
        "mac_address": "Hardware (MAC) address",
        "date_of_birth": "Date of birth",
        "passport": "Passport number",
        "us_ssn": "US social security number",
        "us_itin": "US taxpayer identification number (ITIN)",
        "uk_nino": "UK national insurance number",
        "uk_nhs": "UK NHS number",
        "de_steuer_id": "German tax identification number",
        "de_sv": "German social insurance number",
        "fr_nir": "French social security number (NIR)",
        "es_dni": "Spanish national identity number (DNI)",
        "es_nie": "Spanish foreigner identity number (NIE)",
        "it_codice_fiscale": "Italian tax code",
        "nl_bsn": "Dutch citizen service number (BSN)",
        "be_nn": "Belgian national number",
        "ch_ahv": "Swiss social insurance number (AHV)",
        "at_svnr": "Austrian social insurance number",
        "pl_pesel": "Polish national identification number (PESEL)",
        "pt_nif": "Portuguese tax number (NIF)",
        "se_personnummer": "Swedish personal identity number",
        "fi_hetu": "Finnish personal identity code",
        "no_fnr": "Norwegian national identity number",
        "dk_cpr": "Danish personal identification number (CPR)",
        "ie_pps": "Irish personal public service number",
        "cz_rc": "Czech or Slovak birth number",
        "ro_cnp": "Romanian personal numerical code",
        "bg_egn": "Bulgarian uniform civil number",
        "hr_oib": "Croatian personal identification number",
        "gr_amka": "Greek social security number (AMKA)",
        "ee_isikukood": "Estonian or Lithuanian personal code",
        "tr_tckn": "Turkish identification number",
        "ru_snils": "Russian pension insurance number (SNILS)",
        "br_cpf": "Brazilian taxpayer number (CPF)",
        "mx_curp": "Mexican population registry code (CURP)",
        "cl_rut": "Chilean national number (RUT)",
        "ca_sin": "Canadian social insurance number",
        "au_tfn": "Australian tax file number",
        "au_medicare": "Australian Medicare number",
        "nz_ird": "New Zealand tax number (IRD)",
        "in_aadhaar": "Indian Aadhaar number",
        "in_pan": "Indian permanent account number of a person",
        "cn_resident_id": "Chinese resident identity number",
        "tw_id": "Taiwanese identity number",
        "hk_hkid": "Hong Kong identity card number",
        "jp_my_number": "Japanese individual number",
        "kr_rrn": "South Korean resident registration number",
        "sg_nric": "Singaporean identity number",
        "za_id": "South African identity number",
        "il_id": "Israeli identity number",
    }
)
"""Every kind and its title in English."""

DEFAULT_KINDS: frozenset[str] = frozenset(CATALOGUE)
"""What is looked for where nothing is said: all of them."""
