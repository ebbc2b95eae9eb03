#include "net/head.h"

#include "base/memory.h"

#include <http_parser.h>
#include <string.h>

enum { CAPACITY_START = 2048, GATHER_SIZE = 1024 };

void head_init(struct head *head, uint32_t length_max)
{
    ensure(length_max > 0);
    ensure(length_max <= HTTP_MAX_HEADER_SIZE);
    uint32_t capacity = length_max < CAPACITY_START ? length_max : CAPACITY_START;
    *head = (struct head){
        .bytes = memory_alloc(capacity), .length_max = length_max, .capacity = capacity};
}

void head_release(struct head *head)
{
    memory_free(head->bytes);
    *head = (struct head){0};
}

void head_reset(struct head *head)
{
    *head = (struct head){
        .bytes = head->bytes, .length_max = head->length_max, .capacity = head->capacity};
}

bool head_has_begun(const struct head *head)
{
    return head->length > head->start;
}

/* ---- gathering ---- */

/* Tells TLS and other protocols from HTTP by their first byte, without waiting for a line end. */
static bool could_be_request_line(const char *line)
{
    return line[0] >= 'A' && line[0] <= 'Z';
}

/* One complete line, `length` bytes with its LF. */
static enum refusal head_take_line(struct head *head, uint32_t length)
{
    const char *line = head->bytes + head->line_start;
    if (length < 2 || line[length - 2] != '\r' || memchr(line, '\r', length - 2) != NULL)
        return REFUSAL_MALFORMED;
    head->line_start += length;
    if (length == 2 && head->line_count == 0) {
        head->start = head->line_start;
        return REFUSAL_NONE;
    }
    if (length == 2) {
        head->is_complete = true;
        return REFUSAL_NONE;
    }
    if (head->line_count++ == 0)
        return could_be_request_line(line) ? REFUSAL_NONE : REFUSAL_MALFORMED;
    /* A line that begins with white space would continue the one before: obsolete, refused. */
    return line[0] == ' ' || line[0] == '\t' ? REFUSAL_MALFORMED : REFUSAL_NONE;
}

static enum refusal head_scan(struct head *head, uint32_t from)
{
    while (!head->is_complete) {
        const char *line_end = memchr(head->bytes + from, '\n', head->length - from);
        if (line_end == NULL)
            return REFUSAL_NONE;
        from = (uint32_t)(line_end - head->bytes) + 1;
        enum refusal refusal = head_take_line(head, from - head->line_start);
        if (refusal != REFUSAL_NONE)
            return refusal;
    }
    return REFUSAL_NONE;
}

/* As many bytes as the limit leaves room for, in small steps: what follows the head, a body or more
 * requests, would be copied for nothing. */
static uint32_t head_gather(struct head *head, struct text bytes)
{
    uint32_t room = head->length_max - head->length;
    uint32_t take = bytes.length < room ? bytes.length : room;
    take = take < GATHER_SIZE ? take : GATHER_SIZE;
    if (take > head->capacity - head->length) {
        uint32_t doubled = head->capacity * 2;
        uint32_t wanted = head->length + take;
        uint32_t capacity = doubled > wanted ? doubled : wanted;
        head->capacity = capacity < head->length_max ? capacity : head->length_max;
        head->bytes = memory_resize(head->bytes, head->capacity);
    }
    memcpy(head->bytes + head->length, bytes.data, take);
    head->length += take;
    return take;
}

enum refusal head_feed(struct head *head, struct text bytes, uint32_t *used_out)
{
    ensure(!head->is_complete);
    uint32_t before = head->length;
    *used_out = head_gather(head, bytes);
    enum refusal refusal = head_scan(head, before);
    if (refusal != REFUSAL_NONE)
        return refusal;
    if (head->is_complete) {
        *used_out = head->line_start - before;
        head->length = head->line_start;
        return REFUSAL_NONE;
    }
    const char *line = head->bytes + head->line_start;
    if (head->line_count == 0 && head_has_begun(head) && line[0] != '\r' &&
        !could_be_request_line(line))
        return REFUSAL_MALFORMED;
    if (head->length == head->length_max)
        return head->line_count == 0 ? REFUSAL_TARGET_SIZE : REFUSAL_HEADER_SIZE;
    return REFUSAL_NONE;
}

/* ---- what single headers mean for the connection ---- */

struct head_reader {
    struct request *request;
    struct head_facts *facts;
    struct text target;
    enum refusal refusal;
    bool name_is_open; /* a name came, its value did not */
    bool is_complete;
    bool has_host;
    bool has_length;
    bool has_transfer_encoding;
    bool says_close;
    bool says_keep_alive;
};

static enum refusal read_host(struct head_reader *reader, struct text value)
{
    if (reader->has_host)
        return REFUSAL_HOST;
    reader->has_host = true;
    for (uint32_t i = 0; i < value.length; i++) {
        if (value.data[i] <= ' ' || strchr(",/\\?#@<>\"", value.data[i]) != NULL)
            return REFUSAL_HOST;
    }
    return REFUSAL_NONE;
}

static enum refusal read_content_length(struct head_reader *reader, struct text value)
{
    if (reader->has_length || !text_to_u64(value, &reader->facts->content_length))
        return REFUSAL_CONTENT_LENGTH;
    reader->has_length = true;
    return REFUSAL_NONE;
}

static enum refusal read_transfer_encoding(struct head_reader *reader, struct text value)
{
    if (reader->has_transfer_encoding)
        return REFUSAL_TRANSFER_ENCODING;
    reader->has_transfer_encoding = true;
    reader->facts->is_chunked = true;
    return text_equal_ignoring_case(value, TEXT("chunked")) ? REFUSAL_NONE
                                                            : REFUSAL_TRANSFER_CODING;
}

static enum refusal read_expect(struct head_reader *reader, struct text value)
{
    reader->facts->expects_continue = true;
    return text_equal_ignoring_case(value, TEXT("100-continue")) ? REFUSAL_NONE
                                                                 : REFUSAL_EXPECTATION;
}

static enum refusal read_connection(struct head_reader *reader, struct text value)
{
    struct text option;
    while (text_cut(&value, ',', &option)) {
        option = text_trim(option);
        reader->says_close |= text_equal_ignoring_case(option, TEXT("close"));
        reader->says_keep_alive |= text_equal_ignoring_case(option, TEXT("keep-alive"));
    }
    return REFUSAL_NONE;
}

struct header_rule {
    struct text name;
    enum refusal (*read)(struct head_reader *reader, struct text value);
};

static const struct header_rule header_rules[] = {
    {TEXT("host"), read_host},
    {TEXT("content-length"), read_content_length},
    {TEXT("transfer-encoding"), read_transfer_encoding},
    {TEXT("expect"), read_expect},
    {TEXT("connection"), read_connection},
};

/* RFC 9110 section 5.6.2. */
static bool is_token_character(char character)
{
    bool is_letter =
        (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
    bool is_digit = character >= '0' && character <= '9';
    return is_letter || is_digit ||
           (character != '\0' && strchr("!#$%&'*+-.^_`|~", character) != NULL);
}

static bool is_token(struct text text)
{
    for (uint32_t i = 0; i < text.length; i++) {
        if (!is_token_character(text.data[i]))
            return false;
    }
    return text.length > 0;
}

/* RFC 9110 section 5.5; http-parser does not look at the first character of a value. */
static bool is_field_value(struct text text)
{
    for (uint32_t i = 0; i < text.length; i++) {
        unsigned char character = (unsigned char)text.data[i];
        if ((character < ' ' && character != '\t') || character == 0x7f)
            return false;
    }
    return true;
}

static enum refusal read_header(struct head_reader *reader, const struct request_header *header)
{
    if (!is_token(header->name))
        return REFUSAL_MALFORMED;
    for (size_t i = 0; i < countof(header_rules); i++) {
        const struct header_rule *rule = &header_rules[i];
        if (rule->name.length == header->name.length &&
            text_equal_ignoring_case(rule->name, header->name))
            return rule->read(reader, header->value);
    }
    return REFUSAL_NONE;
}

/* ---- http-parser's callbacks: a result other than 0 stops it ---- */

static int on_target(http_parser *parser, const char *at, size_t length)
{
    struct head_reader *reader = parser->data;
    reader->target = (struct text){at, (uint32_t)length};
    return 0;
}

static int on_header_name(http_parser *parser, const char *at, size_t length)
{
    struct head_reader *reader = parser->data;
    struct request *request = reader->request;
    if (reader->name_is_open)
        reader->refusal = REFUSAL_MALFORMED;
    else if (request->header_count == REQUEST_HEADERS_MAX)
        reader->refusal = REFUSAL_HEADER_SIZE;
    else
        request->headers[request->header_count].name = (struct text){at, (uint32_t)length};
    reader->name_is_open = true;
    return reader->refusal != REFUSAL_NONE;
}

static int on_header_value(http_parser *parser, const char *at, size_t length)
{
    struct head_reader *reader = parser->data;
    struct request *request = reader->request;
    if (!reader->name_is_open) {
        reader->refusal = REFUSAL_MALFORMED;
        return 1;
    }
    reader->name_is_open = false;
    struct request_header *header = &request->headers[request->header_count++];
    header->value = (struct text){at, (uint32_t)length};
    /* Before trimming, which takes more for white space than HTTP does: some other reader takes
     * "Transfer-Encoding:\vchunked" for a coding that it does not know. */
    if (!is_field_value(header->value)) {
        reader->refusal = REFUSAL_MALFORMED;
        return 1;
    }
    header->value = text_trim(header->value);
    reader->refusal = read_header(reader, header);
    return reader->refusal != REFUSAL_NONE;
}

static int on_head_complete(http_parser *parser)
{
    struct head_reader *reader = parser->data;
    reader->is_complete = true;
    return 1; /* the body is not http-parser's */
}

/* ---- parsing ---- */

static enum http_method_kind method_kind(unsigned int method)
{
    static const struct {
        enum http_method theirs;
        enum http_method_kind ours;
    } methods[] = {
        {HTTP_GET, METHOD_GET},         {HTTP_HEAD, METHOD_HEAD},   {HTTP_POST, METHOD_POST},
        {HTTP_PUT, METHOD_PUT},         {HTTP_PATCH, METHOD_PATCH}, {HTTP_DELETE, METHOD_DELETE},
        {HTTP_OPTIONS, METHOD_OPTIONS},
    };
    for (size_t i = 0; i < countof(methods); i++) {
        if (methods[i].theirs == method)
            return methods[i].ours;
    }
    return METHOD_OTHER;
}

/* http-parser lets several spaces and any four letters before the version pass. */
static bool is_exact_request_line(const char *line, unsigned int method, struct text target)
{
    static const char version[] = " HTTP/1.";
    size_t method_length = strlen(http_method_str((enum http_method)method));
    const char *end = target.data + target.length;
    return target.data == line + method_length + 1 && line[method_length] == ' ' &&
           memcmp(end, version, sizeof(version) - 1) == 0 && end[sizeof(version)] == '\r';
}

/* RFC 9112 section 3.2: "/path?query", "http://host/path?query" or, for OPTIONS, "*". */
static enum refusal read_target(struct request *request, struct text target)
{
    for (uint32_t i = 0; i < target.length; i++) {
        if (target.data[i] <= ' ' || target.data[i] > '~' || target.data[i] == '#')
            return REFUSAL_MALFORMED;
    }
    if (text_starts_with(target, TEXT("http://")) || text_starts_with(target, TEXT("https://"))) {
        uint32_t authority = target.data[4] == 's' ? 8 : 7;
        target.data += authority;
        target.length -= authority;
        uint32_t path = 0;
        while (path < target.length && target.data[path] != '/' && target.data[path] != '?')
            path++;
        if (path == 0)
            return REFUSAL_MALFORMED;
        target.data += path;
        target.length -= path;
        if (target.length == 0)
            target = TEXT("/");
    }
    bool is_everything = text_equal(target, TEXT("*")) && request->method == METHOD_OPTIONS;
    if (!is_everything && target.data[0] != '/' && target.data[0] != '?')
        return REFUSAL_MALFORMED;
    request->query = target;
    if (!text_cut(&request->query, '?', &request->path))
        return REFUSAL_MALFORMED;
    if (request->path.length == 0)
        request->path = TEXT("/");
    return REFUSAL_NONE;
}

static enum refusal refusal_of_parser(const http_parser *parser, const struct head_reader *reader)
{
    if (reader->refusal != REFUSAL_NONE)
        return reader->refusal;
    enum http_errno error = HTTP_PARSER_ERRNO(parser);
    if (error == HPE_INVALID_METHOD)
        return REFUSAL_METHOD;
    if (error == HPE_INVALID_VERSION)
        return REFUSAL_VERSION;
    if (error == HPE_INVALID_CONTENT_LENGTH)
        return REFUSAL_CONTENT_LENGTH;
    if (error == HPE_UNEXPECTED_CONTENT_LENGTH)
        return reader->has_transfer_encoding ? REFUSAL_TRANSFER_ENCODING : REFUSAL_CONTENT_LENGTH;
    if (error == HPE_INVALID_TRANSFER_ENCODING)
        return REFUSAL_TRANSFER_ENCODING;
    return REFUSAL_MALFORMED;
}

/* What the headers must say together. */
static enum refusal check_facts(const struct head_reader *reader)
{
    const struct head_facts *facts = reader->facts;
    if (reader->has_transfer_encoding && (reader->has_length || facts->is_http_1_0))
        return REFUSAL_TRANSFER_ENCODING;
    if (!reader->has_host && !facts->is_http_1_0)
        return REFUSAL_HOST;
    return REFUSAL_NONE;
}

enum refusal head_parse(const struct head *head, struct request *request,
                        struct head_facts *facts_out)
{
    static const http_parser_settings settings = {
        .on_url = on_target,
        .on_header_field = on_header_name,
        .on_header_value = on_header_value,
        .on_headers_complete = on_head_complete,
    };
    ensure(head->is_complete);
    *facts_out = (struct head_facts){0};
    request->header_count = 0;
    struct head_reader reader = {.request = request, .facts = facts_out};
    http_parser parser;
    http_parser_init(&parser, HTTP_REQUEST);
    parser.data = &reader;
    uint32_t length = head->length - head->start;
    size_t parsed = http_parser_execute(&parser, &settings, head->bytes + head->start, length);
    if (reader.is_complete && (parser.http_major != 1 || parser.http_minor > 1))
        return REFUSAL_VERSION;
    if (parsed != length || !reader.is_complete || HTTP_PARSER_ERRNO(&parser) != HPE_OK)
        return refusal_of_parser(&parser, &reader);
    if (parser.method == HTTP_CONNECT)
        return REFUSAL_METHOD;
    if (!is_exact_request_line(head->bytes + head->start, parser.method, reader.target))
        return REFUSAL_MALFORMED;
    facts_out->is_http_1_0 = parser.http_minor == 0;
    facts_out->keep_alive =
        !reader.says_close && (!facts_out->is_http_1_0 || reader.says_keep_alive);
    facts_out->expects_continue = facts_out->expects_continue && !facts_out->is_http_1_0;
    request->method = method_kind(parser.method);
    enum refusal refusal = check_facts(&reader);
    return refusal != REFUSAL_NONE ? refusal : read_target(request, reader.target);
}
