"""The code lists of EN 16931, as of the rules' release 1.3.16, and what users' own words come to in them."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from cleverinvo.invoices.rules import TaxCategory

UNLISTED_CURRENCIES: Final = frozenset({"STN"})
"""Currencies of ISO 4217 that the rules' list does not know (BR-CL-04)."""

_COUNTRIES: Final = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO
FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE
JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO
MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW
PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM
TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XI YE YT ZA ZM ZW
"""
COUNTRIES: Final = frozenset(_COUNTRIES.split())
"""ISO 3166-1 as the rules know it (BR-CL-14)."""

_ADDRESS_SCHEMES: Final = """
0002 0007 0009 0037 0060 0088 0096 0097 0106 0130 0135 0142 0147 0151 0154 0158 0170 0177 0183 0184 0188 0190
0191 0192 0193 0194 0195 0196 0198 0199 0200 0201 0202 0203 0204 0205 0208 0209 0210 0211 0212 0213 0215 0216
0217 0218 0219 0220 0221 0225 0230 0235 0240 0242 0244 0245 0246 0248 9910 9913 9914 9915 9918 9919 9920 9922
9923 9924 9925 9926 9927 9928 9929 9930 9931 9932 9933 9934 9935 9936 9937 9938 9939 9940 9941 9942 9943 9944
9945 9946 9947 9948 9949 9950 9951 9952 9953 9957 9959 AN AQ AS AU EM
"""
ADDRESS_SCHEMES: Final = frozenset(_ADDRESS_SCHEMES.split())
"""Electronic address schemes (BR-CL-25)."""

EMAIL: Final = "EM"

INVOICE, CREDIT_NOTE = "380", "381"
"""Document types (UNTDID 1001)."""

DISCOUNT: Final = "95"
"""The reason of an allowance (UNTDID 5189)."""

NOT_DEFINED, CREDIT_TRANSFER, SEPA_CREDIT_TRANSFER = "1", "30", "58"
"""Payment means (UNTDID 4461)."""


class Exemption(NamedTuple):
    """Why a category has no VAT: a code of the VATEX list, and its words."""

    code: str | None
    reason: str


EXEMPTIONS: Final[Mapping[TaxCategory, Exemption]] = {
    "AE": Exemption("VATEX-EU-AE", "Reverse charge"),
    "K": Exemption("VATEX-EU-IC", "Intra-Community supply"),
    "G": Exemption("VATEX-EU-G", "Export outside the EU"),
    "O": Exemption("VATEX-EU-O", "Not subject to VAT"),
    "E": Exemption(None, ""),
}
"""Of exempt supplies only the seller knows the reason."""

ONE: Final = "C62"

_UNITS: Final = {
    "HUR": "h hr hrs hour hours std std. stunde stunden heure heures hora horas ora ore uur uren godzina godz "
    "timme timmar time timer 時間 小时 小時 ساعة שעה 시간",
    "DAY": "d day days tag tage jour jours día días dia dias giorno giorni dag dagen dagar dzień dni "
    "日 天 يوم יום 일",
    "WEE": "week weeks woche wochen semaine semaines semana semanas settimana settimane weken vecka veckor uge",
    "MON": "month months mo monat monate mois mes meses mês mese mesi maand maanden miesiąc "
    "månad måned ヶ月 か月 月",
    "ANN": "year years jahr jahre an ans année années año años ano anos anno anni jaar rok år 年",
    "MIN": "min minute minutes minuten minutos minuti minuut minuta minut 分",
    "H87": "pc pcs piece pieces stk stk. stück pièce pièces pieza piezas peça peças pezzo pezzi stuk stuks szt "
    "szt. st styk 個 个 件 قطعة יח׳ 개",
    "KGM": "kg kilogram kilograms kilogramm",
    "GRM": "g gram grams gramm gramme grammes",
    "TNE": "t ton tons tonne tonnes tonnen",
    "LTR": "l liter liters litre litres litro litros litri",
    "MTR": "m meter meters metre metres mètre mètres metro metros metri",
    "KMT": "km kilometer kilometers kilometre kilometres",
    "MTK": "m2 m² sqm qm",
    "MTQ": "m3 m³",
    "KWH": "kwh",
    "LS": "flat lump pauschal pauschale forfait",
    "SET": "set sets",
    "XBX": "box boxes karton carton cartons caja cajas",
    "P1": "% percent prozent",
}
_CODES: Final = {word: code for code, words in _UNITS.items() for word in words.split()}


def unit_code(unit: str | None) -> str:
    """The code of UN/ECE recommendation 20 for a unit in the user's words or as a code; one piece if unknown."""
    if unit is None:
        return ONE
    return unit if unit in _UNITS or unit == ONE else _CODES.get(unit.strip().casefold(), ONE)
