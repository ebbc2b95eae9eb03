#include "lib/bench_catalog.h"

#include "base/memory.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const leaf_names[BENCH_TOPS] = {
    "headphones,earbuds,laptop,tablet,smartphone,phone case,charger,usb cable,power bank,"
    "bluetooth speaker,soundbar,television,monitor,keyboard,mouse,webcam,microphone,router,"
    "hard drive,memory card,camera,camera lens,tripod,drone,smart watch,fitness tracker,"
    "game console,game controller,printer,ink cartridge,projector,graphics card,motherboard,"
    "desktop computer,docking station,hdmi adapter,security camera,smart plug,light strip,battery",
    "novel,cookbook,biography,textbook,dictionary,atlas,travel guide,comic,manga,"
    "poetry collection,mystery,thriller,romance,fantasy saga,science fiction,history,memoir,"
    "self help guide,business guide,programming guide,picture book,coloring book,puzzle book,"
    "planner,journal,art book,photography book,philosophy essays,psychology handbook,"
    "economics primer,math workbook,language course,music score,gardening guide,health guide,"
    "parenting guide,religion,war chronicle,nature field guide,short stories",
    "shirt,jeans,dress,jacket,coat,sweater,hoodie,skirt,shorts,socks,underwear,pajamas,swimsuit,"
    "suit,blazer,tie,belt,hat,scarf,gloves,sneakers,boots,sandals,heels,slippers,backpack,"
    "handbag,wallet,sunglasses,watch,necklace,bracelet,earrings,ring,leggings,polo,cardigan,"
    "raincoat,vest,jumpsuit",
    "sofa,chair,table,desk,bookshelf,bed frame,mattress,pillow,blanket,curtains,rug,lamp,mirror,"
    "wall clock,vase,candle,picture frame,cookware,frying pan,knife,cutting board,blender,"
    "toaster,coffee maker,kettle,microwave,vacuum cleaner,air purifier,humidifier,fan,heater,"
    "iron,laundry basket,storage box,trash can,towel,shower curtain,drill,screwdriver,garden hose",
    "yoga mat,dumbbell,kettlebell,resistance band,treadmill,exercise bike,bicycle,helmet,tent,"
    "sleeping bag,hiking pole,water bottle,football,basketball,soccer ball,tennis racket,"
    "golf club,baseball bat,skateboard,surfboard,snowboard,ski goggles,fishing rod,fishing lure,"
    "climbing rope,boxing gloves,jump rope,running belt,swimming goggles,wetsuit,kayak,paddle,"
    "archery bow,dart board,table tennis paddle,badminton racket,volleyball,hockey stick,cooler,"
    "camping stove",
};

static const char adjective_names[] =
    "new,wireless,premium,portable,black,set,mini,professional,classic,adjustable,waterproof,"
    "white,large,pack,small,lightweight,digital,stainless,steel,cotton,leather,blue,red,smart,"
    "rechargeable,foldable,heavy,duty,compact,outdoor,indoor,universal,soft,ergonomic,modern,"
    "vintage,organic,natural,kids,womens,mens,unisex,gaming,bluetooth,noise,cancelling,fast,slim,"
    "ultra,thin,magnetic,silicone,wooden,bamboo,ceramic,glass,plastic,metal,aluminum,carbon,"
    "fiber,touch,screen,high,quality,deluxe,luxury,elegant,casual,formal,winter,summer,spring,"
    "autumn,travel,office,home,kitchen,bathroom,bedroom,garden,electric,manual,automatic,solar,"
    "led,rgb,usb,stereo,bass,surround,mechanical,optical,dual,triple,quad,single,double,king,"
    "queen,twin,round,square,oval,long,short,sleeve,collar,zipper,hooded,stretch,breathable,"
    "quick,dry,thermal,insulated,reusable,disposable,washable,nonstick,cordless,silent,quiet,"
    "powerful,durable,sturdy,flexible,multi,purpose,functional,decorative,colorful,printed,"
    "striped,solid,plain,patterned,floral,handmade,imported,original,genuine,certified,"
    "refurbished,limited,edition,special,illustrated,complete,essential,beginner,advanced,"
    "ultimate,practical,secret,lost,hidden,dark,golden,silver,green,yellow,purple,pink,orange,"
    "gray,brown,beige,navy,teal,ivory,crimson,family,adult,junior,toddler,baby,pet,dog,cat,car,"
    "bike,motorcycle,truck,marine";

static const char *const syllables[] = {
    "ka",  "ro",  "mi",  "ten", "vol", "ax",  "zen", "lu",  "pra", "do",
    "sel", "tor", "vi",  "qua", "nor", "be",  "lan", "cor", "fy",  "gri",
    "sha", "ulo", "mer", "ti",  "ost", "and", "eck", "ham", "jo",  "wex",
    "yl",  "pho", "cra", "sto", "bri", "lin", "mar", "del", "sun", "kor",
};

/* Between the words that say something. */
static const char *const fillers[] = {
    "the",  "and",   "with",   "for",   "made", "of",    "that",    "is",       "your",
    "a",    "in",    "to",     "this",  "from", "every", "day",     "use",      "fits",
    "easy", "comes", "design", "you",   "all",  "great", "perfect", "gift",     "ideal",
    "or",   "our",   "it",     "built", "last", "years", "box",     "warranty", "includes"};

static const char *const colors[] = {"red", "blue", "green", "black", "white", "gray"};
static const char *const sizes[] = {"S", "M", "L", "XL"};

enum {
    COLORS = countof(colors),
    SIZES = countof(sizes),
    NAME_SIZE = 256,
    DESCRIPTION_BYTES = 200,
    PRICE_LOWEST = 99,
    PRICE_HIGHEST = 5000000,
    REVIEWS_MOST = 200000,
    CREATED_FIRST_S = 1600000000,
};

/* --- rolls --- */

static double roll(struct bench_catalog *catalog)
{
    return (double)(random_u64(&catalog->random) >> 11) / 9007199254740992.0;
}

static double roll_normal(struct bench_catalog *catalog)
{
    double u = roll(catalog) + 1e-12;
    return sqrt(-2 * log(u)) * cos(2 * M_PI * roll(catalog));
}

static uint32_t below(struct bench_catalog *catalog, uint32_t limit)
{
    return (uint32_t)random_below(&catalog->random, limit);
}

static struct bench_zipf zipf_make(uint32_t count, double exponent)
{
    struct bench_zipf zipf = {.sums = memory_alloc_zeroed(count, sizeof(double)), .count = count};
    double sum = 0;
    for (uint32_t i = 0; i < count; i++)
        zipf.sums[i] = sum += pow(i + 1, -exponent);
    for (uint32_t i = 0; i < count; i++)
        zipf.sums[i] /= sum;
    return zipf;
}

static uint32_t roll_zipf(struct bench_catalog *catalog, const struct bench_zipf *zipf)
{
    double wanted = roll(catalog);
    uint32_t low = 0;
    uint32_t high = zipf->count - 1;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (zipf->sums[middle] < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Every top category prefers other adjectives, but `new` is everywhere. */
static struct text roll_adjective(struct bench_catalog *catalog, uint32_t top)
{
    uint32_t rank = roll_zipf(catalog, &catalog->adjective_zipf);
    if (rank > 0)
        rank = (rank + 17 * top) % catalog->adjective_count;
    return catalog->adjectives[rank];
}

static uint32_t roll_top(struct bench_catalog *catalog)
{
    double wanted = roll(catalog);
    return wanted < 0.25 ? 0 : wanted < 0.45 ? 1 : wanted < 0.65 ? 2 : wanted < 0.85 ? 3 : 4;
}

static uint32_t roll_leaf(struct bench_catalog *catalog)
{
    uint32_t top = roll_top(catalog);
    return top * BENCH_LEAVES + roll_zipf(catalog, &catalog->leaf_zipf);
}

/* --- the vocabulary --- */

static void make_word(struct bench_catalog *catalog, char *word, uint32_t parts)
{
    word[0] = '\0';
    for (uint32_t i = 0; i < parts; i++)
        (void)strncat(word, syllables[below(catalog, countof(syllables))],
                      BENCH_WORD_SIZE - 1 - strlen(word));
}

static void make_prices(struct bench_catalog *catalog)
{
    /* laptop, smartphone, television, monitor, camera, graphics card, desktop computer */
    static const double dear[][2] = {{2, 90000},  {4, 60000},  {11, 70000}, {12, 30000},
                                     {20, 60000}, {31, 50000}, {33, 80000}};
    for (uint32_t i = 0; i < countof(catalog->price_logs); i++)
        catalog->price_logs[i] = log(1500) + roll(catalog) * (log(40000) - log(1500));
    for (uint32_t i = 0; i < countof(dear); i++)
        catalog->price_logs[(uint32_t)dear[i][0]] = log(dear[i][1]);
}

void bench_catalog_open(struct bench_catalog *catalog, uint64_t seed)
{
    *catalog = (struct bench_catalog){.random = {seed}};
    for (uint32_t top = 0; top < BENCH_TOPS; top++) {
        struct text names = text_of(leaf_names[top]);
        for (uint32_t i = 0; i < BENCH_LEAVES; i++)
            ensure(text_cut(&names, ',', &catalog->leaves[top][i]));
        ensure(names.data == NULL);
    }
    struct text names = text_of(adjective_names);
    struct text name;
    while (text_cut(&names, ',', &name)) {
        ensure(catalog->adjective_count < BENCH_ADJECTIVES_MAX);
        catalog->adjectives[catalog->adjective_count++] = name;
    }
    for (uint32_t i = 0; i < BENCH_BRANDS; i++)
        make_word(catalog, catalog->brands[i], 2 + below(catalog, 2));
    for (uint32_t i = 0; i < BENCH_TAIL; i++)
        make_word(catalog, catalog->tail[i], 2 + below(catalog, 3));
    catalog->brand_zipf = zipf_make(BENCH_BRANDS, 0.9);
    catalog->tail_zipf = zipf_make(BENCH_TAIL, 1.0);
    catalog->adjective_zipf = zipf_make(catalog->adjective_count, 0.95);
    catalog->leaf_zipf = zipf_make(BENCH_LEAVES, 0.7);
    make_prices(catalog);
}

void bench_catalog_close(struct bench_catalog *catalog)
{
    memory_free(catalog->brand_zipf.sums);
    memory_free(catalog->tail_zipf.sums);
    memory_free(catalog->adjective_zipf.sums);
    memory_free(catalog->leaf_zipf.sums);
}

/* --- products --- */

__attribute__((format(printf, 3, 4))) static void append(char *line, size_t size,
                                                         const char *format, ...)
{
    size_t length = strlen(line);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(line + length, size - length, format, arguments);
    va_end(arguments);
}

static void append_word(char *line, size_t size, struct text word)
{
    append(line, size, "%s%.*s", line[0] == '\0' ? "" : " ", TEXT_ARGS(word));
}

static void make_name(struct bench_catalog *catalog, uint32_t leaf, const char *brand, char *name)
{
    uint32_t top = leaf / BENCH_LEAVES;
    name[0] = '\0';
    if (roll(catalog) < 0.6)
        append_word(name, NAME_SIZE, text_of(brand));
    for (uint32_t left = (uint32_t)(roll(catalog) * 4.2); left > 0; left--)
        append_word(name, NAME_SIZE, roll_adjective(catalog, top));
    uint32_t rare = top == 1 ? 1 + below(catalog, 4) : roll(catalog) < 0.3;
    for (; rare > 0; rare--)
        append_word(name, NAME_SIZE,
                    text_of(catalog->tail[roll_zipf(catalog, &catalog->tail_zipf)]));
    append_word(name, NAME_SIZE, catalog->leaves[top][leaf % BENCH_LEAVES]);
    if (roll(catalog) < 0.25) {
        struct text other = catalog->leaves[top][roll_zipf(catalog, &catalog->leaf_zipf)];
        append(name, NAME_SIZE, " %s %.*s", roll(catalog) < 0.6 ? "for" : "with", TEXT_ARGS(other));
    }
    if (roll(catalog) < (top == 0 ? 0.35 : 0.08))
        append(name, NAME_SIZE, " %c%c%u", 'A' + (int)below(catalog, 26),
               'A' + (int)below(catalog, 26), 100 + below(catalog, 9000));
    if (roll(catalog) < 0.12)
        append(name, NAME_SIZE, " %u", 1 + below(catalog, 50));
}

static struct text make_description(struct bench_catalog *catalog, uint32_t leaf,
                                    struct arena *arena)
{
    char line[DESCRIPTION_BYTES + 64] = "";
    uint32_t top = leaf / BENCH_LEAVES;
    while (strlen(line) < DESCRIPTION_BYTES) {
        double what = roll(catalog);
        struct text word = text_of(fillers[below(catalog, countof(fillers))]);
        if (what < 0.25)
            word = roll_adjective(catalog, top);
        else if (what < 0.32)
            word = text_of(catalog->tail[roll_zipf(catalog, &catalog->tail_zipf)]);
        else if (what < 0.40)
            word = catalog->leaves[top][roll_zipf(catalog, &catalog->leaf_zipf)];
        append_word(line, sizeof line, word);
    }
    return arena_copy_text(arena, text_of(line));
}

__attribute__((format(printf, 2, 3))) static struct text make_text(struct arena *arena,
                                                                   const char *format, ...)
{
    char line[NAME_SIZE];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    return arena_copy_text(arena, (struct text){line, (uint32_t)length});
}

static int64_t make_price(struct bench_catalog *catalog, uint32_t leaf)
{
    double price = exp(catalog->price_logs[leaf] + 0.8 * roll_normal(catalog));
    price = fmin(fmax(price, PRICE_LOWEST), PRICE_HIGHEST);
    return (int64_t)price / 100 * 100 + 99;
}

static void make_rating(struct bench_catalog *catalog, struct product_draft *draft)
{
    if (roll(catalog) < 0.15)
        return;
    double reviews = pow(roll(catalog) + 1e-7, -1.1);
    double rating = 410 + 50 * roll_normal(catalog);
    draft->rating_count = (uint32_t)fmin(reviews, REVIEWS_MOST);
    draft->rating_x100 = (uint16_t)fmin(fmax(rating, 100), PRODUCT_RATING_MAX);
}

static void begin_family(struct bench_catalog *catalog)
{
    const char *brand = catalog->brands[roll_zipf(catalog, &catalog->brand_zipf)];
    catalog->family++;
    catalog->family_left = 2 + below(catalog, 7);
    catalog->family_leaf = roll_leaf(catalog);
    (void)snprintf(catalog->family_brand, sizeof catalog->family_brand, "%s", brand);
    make_name(catalog, catalog->family_leaf, brand, catalog->family_name);
}

struct bench_product bench_catalog_next(struct bench_catalog *catalog, uint32_t number,
                                        struct arena *arena)
{
    struct product_draft draft = {.number = number, .version = 1, .status = PRODUCT_ACTIVE};
    const char *color = colors[below(catalog, COLORS)];
    const char *size = sizes[below(catalog, SIZES)];
    uint32_t leaf = roll_leaf(catalog);
    const char *brand = catalog->brands[roll_zipf(catalog, &catalog->brand_zipf)];
    char name[NAME_SIZE];
    if (catalog->family_left == 0 && roll(catalog) < 0.022)
        begin_family(catalog);
    if (catalog->family_left > 0) {
        catalog->family_left--;
        leaf = catalog->family_leaf;
        brand = catalog->family_brand;
        draft.texts[PRODUCT_FAMILY] = make_text(arena, "fam-%u", catalog->family);
        draft.texts[PRODUCT_OPTIONS] =
            make_text(arena, "{\"color\":\"%s\",\"size\":\"%s\"}", color, size);
        draft.texts[PRODUCT_NAME] =
            make_text(arena, "%.200s %s %s", catalog->family_name, color, size);
    } else {
        make_name(catalog, leaf, brand, name);
        draft.texts[PRODUCT_NAME] = arena_copy_text(arena, text_of(name));
    }
    draft.category = bench_catalog_category(leaf);
    draft.price_minor = make_price(catalog, leaf);
    draft.created_ms = (CREATED_FIRST_S + (uint64_t)number * 100) * 1000;
    make_rating(catalog, &draft);
    draft.texts[PRODUCT_SKU] = make_text(arena, "P-%08u", number);
    draft.texts[PRODUCT_BRAND] = arena_copy_text(arena, text_of(brand));
    draft.texts[PRODUCT_DESCRIPTION] = make_description(catalog, leaf, arena);
    if (roll(catalog) < 0.5)
        draft.texts[PRODUCT_ATTRIBUTES] =
            make_text(arena, "{\"color\":\"%s\",\"size\":\"%s\"}", color, size);
    uint32_t on_hand = roll(catalog) < 0.12 ? 0 : 1 + (uint32_t)(-60 * log(roll(catalog) + 1e-9));
    return (struct bench_product){.draft = draft, .on_hand = on_hand};
}

uint32_t bench_catalog_category(uint32_t leaf)
{
    return CATEGORY_FIRST_COUNT + 1 + leaf;
}

struct text bench_catalog_leaf_name(const struct bench_catalog *catalog, uint32_t leaf)
{
    return catalog->leaves[leaf / BENCH_LEAVES][leaf % BENCH_LEAVES];
}

void bench_catalog_fill(struct bench_catalog *catalog, struct shop *shop, uint32_t product_count)
{
    struct arena arena;
    arena_init(&arena, 1 << 16, 1 << 24);
    shop->currency = money_currency("USD");
    stock_put_location(&shop->stock, 1, 0, TEXT("main"));
    for (uint32_t i = 0; i < CATEGORY_FIRST_COUNT; i++)
        catalog_put_category(&shop->catalog, i + 1, 0, text_of(category_first_names[i]));
    for (uint32_t leaf = 0; leaf < BENCH_TOPS * BENCH_LEAVES; leaf++)
        catalog_put_category(&shop->catalog, bench_catalog_category(leaf), 1 + leaf / BENCH_LEAVES,
                             bench_catalog_leaf_name(catalog, leaf));
    for (uint32_t number = 1; number <= product_count; number++) {
        struct bench_product product = bench_catalog_next(catalog, number, &arena);
        void *bytes = arena_alloc(&arena, product_size(&product.draft));
        catalog_put_product(&shop->catalog, product_write(&product.draft, bytes));
        stock_set(&shop->stock, number, 1, product.on_hand, 0);
        stock_add_sold(&shop->stock, number, 1, product.draft.rating_count * 3);
        arena_reset(&arena);
    }
    arena_release(&arena);
}
