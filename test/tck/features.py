"""The scenarios of the feature files: outlines expanded, each with a name that stays.

A scenario's id is "<file> [<number>]", and " #<row>" after it for a row of an outline's examples.
"""
import os
import re

from gherkin.parser import Parser


class Scenario:
    def __init__(self, id, folder, name, steps):
        self.id, self.folder, self.name, self.steps = id, folder, name, steps


class Step:
    """text; argument: rows of cells, or a text, or None"""

    def __init__(self, text, argument):
        self.text, self.argument = text, argument


def step_of(node, values):
    def fill(text):
        return re.sub(r"<([^<>]+)>", lambda m: values.get(m[1], m[0]), text)

    argument = None
    if "docString" in node:
        argument = fill(node["docString"]["content"])
    elif "dataTable" in node:
        argument = [[fill(cell["value"]) for cell in row["cells"]] for row in node["dataTable"]["rows"]]
    return Step(fill(node["text"]), argument)


def scenarios_of(path, folder):
    with open(path, encoding="utf-8") as file:
        feature = Parser().parse(file.read())["feature"]
    stem = os.path.basename(path)[:-len(".feature")]
    background = []
    for child in feature["children"]:
        if "background" in child:
            background = child["background"]["steps"]
            continue
        node = child["scenario"]
        number = re.match(r"\[\d+\]", node["name"])[0]
        rows = [{}]
        if node["examples"]:
            rows = [dict(zip([c["value"] for c in e["tableHeader"]["cells"]], [c["value"] for c in row["cells"]]))
                    for e in node["examples"] for row in e["tableBody"]]
        for i, values in enumerate(rows):
            id = "%s %s" % (stem, number) + (" #%d" % (i + 1) if node["examples"] else "")
            yield Scenario(id, folder, node["name"], [step_of(s, values) for s in background + node["steps"]])


def load(root):
    out = []
    for folder, _, files in sorted(os.walk(root)):
        for file in sorted(files):
            if file.endswith(".feature"):
                out += scenarios_of(os.path.join(folder, file), os.path.relpath(folder, root))
    return out
