#!/usr/bin/env python3
"""Writes a synthetic catalogue as TSV to standard output. usage: make_catalog.py PRODUCTS [SEED]

Names of four words, 200-byte descriptions, brands and a category tree of three levels, log-normal prices,
ratings as real shops have them (94 % rated, mean 4.0). The same seed writes the same bytes.
"""
import random
import sys

ADJECTIVES = ("Compact Wireless Stainless Organic Vintage Portable Ergonomic Premium Classic Smart Foldable Rugged Slim "
              "Heavy-Duty Ultra Eco Bright Quiet Soft Modern").split()
NOUNS = ("Headphones Kettle Backpack Notebook Lamp Keyboard Shoes Blender Chair Bottle Camera Jacket Monitor Toaster Tent "
         "Watch Cable Pillow Mug Bicycle").split()
TOPS = ("ELECTRONICS", "BOOKS", "CLOTHING", "HOME", "SPORTS")
WORDS = ("made for everyday use with a finish that lasts and parts that can be replaced by hand in a minute or two "
         "tested in our own workshop and shipped in a box without plastic").split()


def main():
    count = int(sys.argv[1])
    rolls = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    brands = [f"Brand {number}" for number in range(2000)]
    write = sys.stdout.write
    write("sku\tname\tbrand\tcategory\tprice_minor\tcurrency\trating_x100\treview_count\tstock\tdescription\n")
    for number in range(1, count + 1):
        adjective, other, noun = rolls.choice(ADJECTIVES), rolls.choice(ADJECTIVES), rolls.choice(NOUNS)
        top = rolls.choice(TOPS)
        category = f"{top} > {noun} > {noun} {rolls.randrange(10)}"
        price = min(int(rolls.lognormvariate(8.0, 1.0)) + 99, 10_000_000)
        rated = rolls.random() < 0.94
        rating = max(100, min(500, int(rolls.gauss(400, 45)))) if rated else 0
        reviews = min(int(rolls.lognormvariate(3.0, 1.5)) + 1, 100_000) if rated else 0
        start = rolls.randrange(len(WORDS))
        text = " ".join(WORDS[start:] + WORDS[:start])[:200]
        write(f"P-{number:08d}\t{adjective} {other} {noun} {number % 1000}\t{rolls.choice(brands)}\t{category}\t{price}\tUSD\t"
              f"{rating}\t{reviews}\t{rolls.randrange(1, 1000)}\t{text}\n")


if __name__ == "__main__":
    main()
