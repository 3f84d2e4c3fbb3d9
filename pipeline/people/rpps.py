"""RPPS numbers: eleven digits, the last of which checks the others.

A number whose last digit does not fit is doubted, never refused: the agency's own published example does not fit
(`10003461033`). Knows nothing of who bears a number, and asks no directory.
"""

LENGTH = 11


def read(written: str) -> str:
    """The number without its spaces, or nothing when none was given; ValueError when it is not eleven digits."""
    number = "".join(written.split())
    if number and not (len(number) == LENGTH and number.isascii() and number.isdigit()):
        raise ValueError("not an RPPS number")
    return number


def doubt(number: str) -> str:
    """What to tell people of a number that seems wrong, in French; nothing when it seems right or is not given."""
    if not number or _fits(number):
        return ""
    return "Le dernier chiffre de ce numéro RPPS ne correspond pas aux autres : vérifiez-le."


def _fits(number: str) -> bool:
    """Luhn: every other digit doubled from the right, the digits of all summed, a multiple of ten."""
    doubled = (int(digit) * (1 + i % 2) for i, digit in enumerate(reversed(number)))
    return sum(n // 10 + n % 10 for n in doubled) % 10 == 0
