"""No pattern of the node takes long over a text that was made for it (regular expression denial of service)."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.conftest import ROOT

CHILD = r"""
import importlib, json, pkgutil, re, sys, time
import node, harvesters

# Their texts are cut, or not looked at, beyond so many characters: `LONGEST` and `_LONGEST` there.
BOUNDED = {"node.terms.dates": 120, "node.terms.licenses": 2000}
SIGNS = ["a", "0", " ", "\t", "\n", "-", "/", ":", ".", ",", "<", "(", ")", '"', "\\", "%", "&", "=", "é", "1 ", "a ",
         "a-", "a.", "a:", "a/", "0,", "0.", "0-", "<a ", "a=", "--", "()"]
STARTS = ["", "a", "<", "http://a"]
slow, count = [], 0
for package in (node, harvesters):
    for info in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if ".migrations" in info.name or info.name.endswith("__main__"):
            continue
        module = importlib.import_module(info.name)
        source = open(module.__file__, encoding="utf-8").read()
        for name, value in vars(module).items():
            if not isinstance(value, re.Pattern) or f"{name} = " not in source and f"{name}: " not in source:
                continue
            count += 1
            length = BOUNDED.get(info.name, 10_000)
            methods = ["match", "fullmatch"]
            if re.search(rf"\b{name}\.(search|sub|subn|finditer|findall|split)\b", source):
                methods.append("search")
            for start in STARTS:
                for sign in SIGNS:
                    text = start + sign * (length // len(sign)) + "\x00!"
                    text = text.encode() if isinstance(value.pattern, bytes) else text
                    for method in methods:
                        begun = time.process_time()
                        getattr(value, method)(text)
                        if (taken := time.process_time() - begun) > 0.4:
                            slow.append([info.name, name, method, start, sign, round(taken, 2)])
print(json.dumps({"count": count, "slow": slow}))
"""


def test_every_pattern_reads_ten_thousand_hostile_characters_in_no_time() -> None:
    done = subprocess.run([sys.executable, "-c", CHILD], cwd=ROOT, capture_output=True, text=True, timeout=300)

    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert found["count"] > 100, "the patterns are where this test looks for them"
    assert found["slow"] == []
