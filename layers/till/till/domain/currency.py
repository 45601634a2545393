"""ISO 4217: how many decimals a currency has, and its number. Funds, metals and test codes are left out."""

from __future__ import annotations

from dataclasses import dataclass

from till.domain.errors import Invalid

# Minor-unit exponent -> alphabetic code and numeric code, as the standard's list one gives them.
_BY_EXPONENT = {
    0: (
        "BIF108 CLP152 DJF262 GNF324 ISK352 JPY392 KMF174 KRW410 PYG600 RWF646 UGX800 UYI940 VND704 "
        "VUV548 XAF950 XOF952 XPF953 "
    ),
    2: (
        "AED784 AFN971 ALL8 AMD51 AOA973 ARS32 AUD36 AWG533 AZN944 BAM977 BBD52 BDT50 BMD60 BND96 "
        "BOB68 BOV984 BRL986 BSD44 BTN64 BWP72 BYN933 BZD84 CAD124 CDF976 CHE947 CHF756 CHW948 CNY156 "
        "COP170 COU970 CRC188 CUP192 CVE132 CZK203 DKK208 DOP214 DZD12 EGP818 ERN232 ETB230 EUR978 "
        "FJD242 FKP238 GBP826 GEL981 GHS936 GIP292 GMD270 GTQ320 GYD328 HKD344 HNL340 HTG332 HUF348 "
        "IDR360 ILS376 INR356 IRR364 JMD388 KES404 KGS417 KHR116 KPW408 KYD136 KZT398 LAK418 LBP422 "
        "LKR144 LRD430 LSL426 MAD504 MDL498 MGA969 MKD807 MMK104 MNT496 MOP446 MRU929 MUR480 MVR462 "
        "MWK454 MXN484 MXV979 MYR458 MZN943 NAD516 NGN566 NIO558 NOK578 NPR524 NZD554 PAB590 PEN604 "
        "PGK598 PHP608 PKR586 PLN985 QAR634 RON946 RSD941 RUB643 SAR682 SBD90 SCR690 SDG938 SEK752 "
        "SGD702 SHP654 SLE925 SOS706 SRD968 SSP728 STN930 SVC222 SYP760 SZL748 THB764 TJS972 TMT934 "
        "TOP776 TRY949 TTD780 TWD901 TZS834 UAH980 USD840 USN997 UYU858 UZS860 VED926 VES928 WST882 "
        "XAD396 XCD951 XCG532 YER886 ZAR710 ZMW967 ZWG924 "
    ),
    3: ("BHD48 IQD368 JOD400 KWD414 LYD434 OMR512 TND788 "),
    4: ("CLF990 UYW927 "),
}

_SYMBOLS = {
    "USD": "$", "CAD": "$", "AUD": "$", "NZD": "$", "SGD": "$", "HKD": "$", "MXN": "$",
    "EUR": "€", "GBP": "£", "JPY": "¥", "CNY": "¥", "INR": "₹", "KRW": "₩", "ILS": "₪",
    "VND": "₫", "NGN": "₦", "UAH": "₴", "BRL": "R$", "PLN": "zł", "TRY": "₺", "THB": "฿",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Currency:
    """`exponent` is the number of decimals: 2 for USD, 0 for JPY, 3 for KWD."""

    code: str
    number: int
    exponent: int

    @property
    def symbol(self) -> str:
        """The sign printed before an amount; the code where none is in common use."""
        return _SYMBOLS.get(self.code, self.code)


_CURRENCIES = {
    entry[:3]: Currency(entry[:3], int(entry[3:]), exponent)
    for exponent, codes in _BY_EXPONENT.items()
    for entry in codes.split()
}


def currency(code: str) -> Currency:
    """The currency of an ISO 4217 code. Raises `Invalid` for an unknown one."""
    try:
        return _CURRENCIES[code]
    except KeyError:
        raise Invalid(f"{code!r} is not a currency of ISO 4217.", "currency") from None


def all_currencies() -> tuple[Currency, ...]:
    """Every currency that a shop may use."""
    return tuple(_CURRENCIES.values())
