"""What browsers say of themselves, as people know them."""

import pytest

from cleverinvo.site import browsers

SEEN = {
    "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0": "Firefox on Linux",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 "
    "Safari/537.36": "Chrome on Windows",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 "
    "Safari/537.36 Edg/141.0.0.0": "Edge on Windows",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 "
    "Safari/605.1.15": "Safari on Mac",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/26.0 Mobile/15E148 Safari/604.1": "Safari on iPhone",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "CriOS/141.0 Mobile/15E148 Safari/604.1": "Chrome on iPhone",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 "
    "Chrome/130.0.0.0 Mobile Safari/537.36": "Samsung Internet on Android",
    "curl/8.5.0": "curl/8.5.0",
    "x" * 300: "x" * 60,
    "": "Unknown browser",
}


@pytest.mark.parametrize("user_agent", SEEN)
def test_a_browser_has_the_name_that_people_know(user_agent: str) -> None:
    assert browsers.name(user_agent) == SEEN[user_agent]


def test_a_phone_is_drawn_as_one() -> None:
    drawn = {browsers.name(one): browsers.icon(one) for one in SEEN}
    assert (drawn["Safari on iPhone"], drawn["Safari on Mac"]) == ("smartphone", "monitor")
