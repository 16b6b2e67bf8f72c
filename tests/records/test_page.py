from __future__ import annotations

from html.parser import HTMLParser

from ddmkit.records import to_html, to_text


class Elements(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs


def test_the_page_escapes_whatever_a_service_or_person_wrote(file_store, header):
    run_id = file_store.begin(header(target_name="<script>alert(1)</script>", purpose="'\"><img src=x onerror=alert(2)>"))
    file_store.append(run_id, "noted", {"<b>": "</pre><script>alert(3)</script>"})
    elements = Elements(to_html(file_store.get(run_id)))
    assert not {"script", "img", "b"} & set(elements.tags)


def test_the_page_needs_nothing_from_outside(restored):
    elements = Elements(to_html(restored))
    assert not {"script", "link", "img", "iframe", "object"} & set(elements.tags)
    assert not {"src", "href"} & {name for name, _ in elements.attributes}


def test_the_page_and_the_text_tell_the_same_story(restored):
    for shown in (to_html(restored), to_text(restored)):
        for told in (restored.id, "completed", "job-1", "shop-restored", "OPS-7", "ada@desk-1", "2025-05-20 10:12:32 UTC"):
            assert told in shown


def test_the_text_steers_no_terminal(file_store, header):
    run_id = file_store.begin(header(purpose="\x1b[2Jgone\u202e", ticket="a\nb"))
    file_store.append(run_id, "noted", {"said": "\x1b]0;title\x07\u2028\x9b"})
    text = to_text(file_store.get(run_id))
    assert not {"\x1b", "\x07", "\x9b", "\u202e", "\u2028"} & set(text)
    assert "\\x1b[2Jgone" in text


def test_an_event_without_details_is_shown_too(file_store, header):
    run_id = file_store.begin(header(source_name=""))
    file_store.append(run_id, "confirmed")
    for shown in (to_html(file_store.get(run_id)), to_text(file_store.get(run_id))):
        assert "confirmed" in shown
        assert "source-1" in shown


def test_a_run_that_was_edited_says_so(restored):
    edited = restored.model_copy(update={"service": "other"})
    assert "no: event 1" in to_html(edited)
    assert "no: event 1" in to_text(edited)
