"""Code quoted in a README is in the programs it links to: check_quotes.py README.

A quote belongs to the files linked since the last heading or bold step; its lines follow each other
in one of them or in the CMakeLists.txt beside it.
"""
import pathlib
import re
import sys

readme = pathlib.Path(sys.argv[1])
wrong, quotes = [], 0
for section in re.split(r"^(?=#|\*\*\d)", readme.read_text(), flags=re.M):
    linked = [readme.parent / f for f in re.findall(r"\]\(([^)]+\.cpp)\)", section)]
    texts = [f.read_text() for f in linked]
    texts += [f.with_name("CMakeLists.txt").read_text() for f in linked
              if f.with_name("CMakeLists.txt").exists()]
    for quote in re.findall(r"^```c\w+\n(.*?)^```", section, flags=re.M | re.S):
        quotes += 1
        if not any(quote in text for text in texts):
            wrong.append(f"{readme.name}: not in {', '.join(f.name for f in linked)}:\n{quote}")
if quotes == 0:
    wrong.append(f"{readme.name} quotes nothing")
print("\n".join(wrong))
sys.exit(1 if wrong else 0)
