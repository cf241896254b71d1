"""Reads mails with Python's own reader and its strict policy, which raises on every defect, and compares them with what
was meant: python3 read_mails.py FOLDER, with NAME.eml and NAME.json (subject, text, html, images) side by side."""
import email, email.policy, json, pathlib, sys



def content(part):
    return part.get_content().replace("\r\n", "\n")


count = 0
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.eml")):
    raw = path.read_bytes()
    meant = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    for line in raw.split(b"\r\n"):
        assert b"\n" not in line and b"\r" not in line, (path, "bare line end", line[:80])
        assert len(line) <= 78, (path, "long line", line[:100])
        assert all(byte < 128 for byte in line), (path, "not ASCII", line[:80])
    mail = email.message_from_bytes(raw, policy=email.policy.strict)
    for part in mail.walk():
        assert not part.defects, (path, part.defects)
        for name, value in part.items():
            assert not value.defects, (path, name, value.defects)
    names = [name.lower() for name in mail.keys()]
    assert len(names) == len(set(names)), (path, "a header twice", names)
    assert "bcc" not in names and "x-injected" not in names, (path, names)
    for name in ["date", "from", "to", "subject", "message-id", "mime-version", "content-type", "list-id",
                 "list-unsubscribe", "list-unsubscribe-post", "auto-submitted", "references"]:
        assert name in names, (path, "no", name)
    assert mail["subject"] == meant["subject"], (path, mail["subject"], meant["subject"])
    assert mail["from"].addresses[0].addr_spec == "alerts@example.org", path
    assert mail["date"].datetime is not None, path
    assert mail.get_content_type() == "multipart/alternative", path
    text, shown = mail.iter_parts()
    assert content(text) == meant["text"], (path, content(text), meant["text"])
    images = []
    if shown.get_content_type() == "multipart/related":
        shown, *images = shown.iter_parts()
    assert shown.get_content_type() == "text/html", path
    assert content(shown) == meant["html"], (path, content(shown), meant["html"])
    assert [image.get_filename() for image in images] == meant["images"], (path, meant["images"])
    for image in images:
        assert image["content-id"].strip("<>") in shown.get_content(), path
        assert image.get_content() == bytes(range(256)) * 4, path
    count += 1
print("read", count)
