#!/usr/bin/env python3
"""Makes the two subsets in this folder from Inter's OpenType files (Debian: fonts-inter; needs fonttools).

Usage: subset.py FOLDER_WITH_INTER_OTF

Keeps Latin, Greek, Cyrillic, punctuation, arrows and a few signs. Layout tables are dropped: the pictures need no shaping.
Kerning between ASCII characters moves from GPOS into a plain `kern` table, which a small reader understands.
"""
import sys
from pathlib import Path
from fontTools import subset
from fontTools.ttLib import newTable
from fontTools.ttLib.tables._k_e_r_n import KernTable_format_0

RANGES = [(0x20, 0x7E), (0xA0, 0x17F), (0x192, 0x192), (0x218, 0x21B), (0x2BC, 0x2BC), (0x2C6, 0x2C6), (0x2DC, 0x2DC),
          (0x370, 0x3FF), (0x400, 0x45F), (0x490, 0x491), (0x1E9E, 0x1E9E), (0x2010, 0x2015), (0x2018, 0x201E),
          (0x2020, 0x2022), (0x2026, 0x2026), (0x2030, 0x2030), (0x2032, 0x2033), (0x2039, 0x203A), (0x20AC, 0x20AC),
          (0x2116, 0x2116), (0x2122, 0x2122), (0x2190, 0x2195), (0x2212, 0x2212), (0x2248, 0x2248), (0x2260, 0x2260),
          (0x2264, 0x2265)]


def ascii_kerning(font):
    names = {font.getBestCmap()[c]: c for c in range(0x21, 0x7F)}
    gpos, pairs = font["GPOS"].table, {}
    lookups = {i for f in gpos.FeatureList.FeatureRecord if f.FeatureTag == "kern" for i in f.Feature.LookupListIndex}
    for index in sorted(lookups):
        seen = set()
        for table in gpos.LookupList.Lookup[index].SubTable:
            table = getattr(table, "ExtSubTable", table)
            if table.LookupType != 2:
                continue
            for left in (g for g in table.Coverage.glyphs if g in names):
                if table.Format == 1:
                    records = table.PairSet[table.Coverage.glyphs.index(left)].PairValueRecord
                    found = {r.SecondGlyph: r.Value1 for r in records}
                else:
                    row = table.Class1Record[table.ClassDef1.classDefs.get(left, 0)].Class2Record
                    found = {right: row[table.ClassDef2.classDefs.get(right, 0)].Value1 for right in names}
                for right, value in found.items():
                    if right in names and (left, right) not in seen:
                        seen.add((left, right))
                        advance = getattr(value, "XAdvance", 0) or 0
                        if advance:
                            pairs[left, right] = pairs.get((left, right), 0) + advance
    return pairs


def main(folder):
    for weight in ("Regular", "SemiBold"):
        options = subset.Options(hinting=False, layout_features=["kern"], name_IDs=[0, 1, 2, 3, 4, 5, 6, 7, 13, 14],
                                 notdef_outline=True, drop_tables=["STAT", "DSIG"])
        font = subset.load_font(str(Path(folder) / f"Inter-{weight}.otf"), options)
        pairs = ascii_kerning(font)
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=[c for a, b in RANGES for c in range(a, b + 1)])
        subsetter.subset(font)
        for tag in ("GPOS", "GSUB", "GDEF"):
            if tag in font:
                del font[tag]
        kern, table = newTable("kern"), KernTable_format_0()
        table.coverage, table.kernTable, kern.version, kern.kernTables = 1, pairs, 0, [table]
        font["kern"] = kern
        font["head"].modified = font["head"].created
        font.recalcTimestamp = False
        font.save(Path(__file__).with_name(f"Inter-{weight}.subset.otf"))
        print(weight, len(pairs), "kerning pairs")


main(sys.argv[1])
