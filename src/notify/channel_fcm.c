/*
 * channel_fcm.c - push through Firebase Cloud Messaging's HTTP v1 API.
 *
 * The log-in is a service account's (its JSON file is a setting): a JWT signed with its key (RS256,
 * RFC 7523) is exchanged for an access token, which is used until shortly before it ends. A message
 * goes to the topic named by the customer's id, to which the shop's app subscribes the telephones
 * of whoever is logged in: no device is kept here.
 */
#include "base/json_out.h"
#include "base/log.h"
#include "base/memory.h"
#include "notify/channel.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum {
    PATH_SIZE = 256,
    FIELD_SIZE = 512,
    TOKEN_MAX = 3000, /* within TRANSFER_ANSWER_MAX */
    LIFE_S = 3600,    /* of the JWT: the longest that is taken */
    SPARE_S = 300,    /* before its end, a token is replaced */
    HTTP_UNAUTHORIZED = 401,
    MS_PER_S = 1000,
};

struct fcm {
    char project[FIELD_SIZE];
    char account[FIELD_SIZE];
    char token_url[FIELD_SIZE];
    EVP_PKEY *key;
    char token[TOKEN_MAX + 1];
    uint64_t token_until_ms; /* 0 = none yet */
};

/* ---- the account ---- */

static bool copy_field(const json_t *file, const char *name, char field_out[FIELD_SIZE])
{
    const char *value = json_string_value(json_object_get(file, name));
    if (value == NULL || value[0] == '\0' || strlen(value) >= FIELD_SIZE)
        return false;
    (void)snprintf(field_out, FIELD_SIZE, "%s", value);
    return true;
}

static EVP_PKEY *read_key(const json_t *file)
{
    const char *pem = json_string_value(json_object_get(file, "private_key"));
    BIO *bio = pem == NULL ? NULL : BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    return key;
}

static void fcm_close(struct channel *channel)
{
    struct fcm *fcm = channel->state;
    EVP_PKEY_free(fcm->key);
    sodium_memzero(fcm, sizeof(*fcm));
    memory_free(fcm);
}

static bool fcm_open(struct channel *channel)
{
    const char *path = channel->settings->fcm_account_file;
    struct fcm *fcm = memory_alloc_zeroed(1, sizeof(*fcm));
    json_t *file = path[0] == '\0' ? NULL : json_load_file(path, 0, NULL);
    channel->state = fcm;
    fcm->key = file == NULL ? NULL : read_key(file);
    bool is_right = fcm->key != NULL && copy_field(file, "project_id", fcm->project) &&
                    copy_field(file, "client_email", fcm->account) &&
                    copy_field(file, "token_uri", fcm->token_url);
    json_decref(file);
    if (is_right)
        return true;
    log_error("channel lacks settings", "channel=fcm settings=fcm_account_file");
    fcm_close(channel);
    return false;
}

/* ---- the token ---- */

static void append_base64url(struct buffer *out, const void *bytes, size_t size)
{
    size_t room = sodium_base64_encoded_len(size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    char *text = buffer_extend(out, room);
    ensure(sodium_bin2base64(text, room, bytes, size, sodium_base64_VARIANT_URLSAFE_NO_PADDING) !=
           NULL);
    out->length--; /* the NUL */
}

static void append_claims(struct buffer *out, const struct fcm *fcm, uint64_t now_s)
{
    struct buffer claims;
    struct json_out json;
    buffer_init(&claims, FIELD_SIZE);
    json_out_init(&json, &claims);
    json_out_object_begin(&json);
    json_out_key(&json, "iss");
    json_out_text(&json, text_of(fcm->account));
    json_out_key(&json, "scope");
    json_out_text(&json, TEXT("https://www.googleapis.com/auth/firebase.messaging"));
    json_out_key(&json, "aud");
    json_out_text(&json, text_of(fcm->token_url));
    json_out_key(&json, "iat");
    json_out_u64(&json, now_s);
    json_out_key(&json, "exp");
    json_out_u64(&json, now_s + LIFE_S);
    json_out_object_end(&json);
    append_base64url(out, claims.data, claims.length);
    buffer_release(&claims);
}

/* header.claims.signature; false when the key cannot sign. */
static bool write_jwt(struct buffer *out, const struct fcm *fcm, uint64_t now_s)
{
    static const char header[] = "{\"alg\":\"RS256\",\"typ\":\"JWT\"}";
    append_base64url(out, header, sizeof(header) - 1);
    buffer_append_text(out, TEXT("."));
    append_claims(out, fcm, now_s);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t size = 0;
    const uint8_t *signed_bytes = (const uint8_t *)out->data;
    bool is_signed = context != NULL &&
                     EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, fcm->key) == 1 &&
                     EVP_DigestSign(context, NULL, &size, signed_bytes, out->length) == 1;
    uint8_t *signature = memory_alloc(size + 1);
    is_signed =
        is_signed && EVP_DigestSign(context, signature, &size, signed_bytes, out->length) == 1;
    EVP_MD_CTX_free(context);
    buffer_append_text(out, TEXT("."));
    append_base64url(out, signature, is_signed ? size : 0);
    memory_free(signature);
    return is_signed;
}

static enum channel_answer fcm_prepare(struct channel *channel, uint64_t now_ms,
                                       struct transfer *transfer)
{
    const struct fcm *fcm = channel->state;
    struct buffer jwt;
    if (now_ms < fcm->token_until_ms)
        return CHANNEL_ACCEPTED;
    buffer_init(&jwt, FIELD_SIZE);
    bool is_signed = write_jwt(&jwt, fcm, now_ms / MS_PER_S);
    transfer_form_field(transfer, "grant_type",
                        TEXT("urn:ietf:params:oauth:grant-type:jwt-bearer"));
    transfer_form_field(transfer, "assertion", buffer_text(&jwt));
    buffer_release(&jwt);
    transfer_post(transfer, fcm->token_url, "application/x-www-form-urlencoded");
    return is_signed ? CHANNEL_UNDER_WAY : CHANNEL_AGAIN;
}

static bool fcm_prepared(struct channel *channel, uint64_t now_ms, const struct transfer *transfer)
{
    struct fcm *fcm = channel->state;
    json_t *answer = json_loadb(transfer->answer.data, transfer->answer.length, 0, NULL);
    const char *token = json_string_value(json_object_get(answer, "access_token"));
    json_int_t life_s = json_integer_value(json_object_get(answer, "expires_in"));
    bool is_right = transfer_judge_http(transfer) == CHANNEL_ACCEPTED && token != NULL &&
                    strlen(token) <= TOKEN_MAX && life_s > 0;
    if (is_right) {
        (void)snprintf(fcm->token, sizeof(fcm->token), "%s", token);
        uint64_t used_s =
            life_s - SPARE_S > SPARE_S ? (uint64_t)life_s - SPARE_S : (uint64_t)life_s / 2;
        fcm->token_until_ms = now_ms + used_s * MS_PER_S;
    } else {
        log_warning("no access token for push", "status=%u", transfer->status);
    }
    json_decref(answer);
    return is_right;
}

/* ---- messages ---- */

static void write_body(struct buffer *body, const struct message *message)
{
    struct json_out json;
    json_out_init(&json, body);
    json_out_object_begin(&json);
    json_out_key(&json, "message");
    json_out_object_begin(&json);
    json_out_key(&json, "topic");
    json_out_text(&json, message->topic);
    json_out_key(&json, "notification");
    json_out_object_begin(&json);
    json_out_key(&json, "title");
    json_out_text(&json, message->subject);
    json_out_key(&json, "body");
    json_out_text(&json, message->brief);
    json_out_object_end(&json);
    json_out_key(&json, "data");
    json_out_object_begin(&json); /* texts only */
    json_out_key(&json, "notice_id");
    json_out_text(&json, message->id);
    json_out_key(&json, "type");
    json_out_text(&json, text_of(notice_name(message->notice)));
    json_out_object_end(&json);
    json_out_object_end(&json);
    json_out_object_end(&json);
}

static enum channel_answer fcm_send(struct channel *channel, const struct message *message,
                                    struct transfer *transfer)
{
    const struct fcm *fcm = channel->state;
    char path[PATH_SIZE + FIELD_SIZE];
    (void)snprintf(path, sizeof(path), "/v1/projects/%s/messages:send", fcm->project);
    write_body(&transfer->body, message);
    transfer_bearer(transfer, text_of(fcm->token));
    transfer_post_to(transfer, channel->settings->fcm_url, text_of(path), "application/json");
    return CHANNEL_UNDER_WAY;
}

/* A token that was taken back is no fault of the message's. */
static enum channel_answer fcm_judge(const struct transfer *transfer)
{
    return transfer->status == HTTP_UNAUTHORIZED ? CHANNEL_AGAIN : transfer_judge_http(transfer);
}

const struct channel_ops channel_fcm = {
    .name = "fcm",
    .kind = CHANNEL_PUSH,
    .open = fcm_open,
    .close = fcm_close,
    .prepare = fcm_prepare,
    .prepared = fcm_prepared,
    .send = fcm_send,
    .judge = fcm_judge,
};
