/* A CFX message in memory, and writing it. Reading is in kai-message-decode.c. */
#include "messages/kai-message.h"
#include "messages/kai-message-private.h"
#include "messages/kai-net-error.h"
#include "messages/kai-record-private.h"
#include "messages/kai-xml.h"
#include "values/kai-day.h"
#include "values/kai-text.h"

#include <glib/gi18n-lib.h>
#include <openssl/rand.h>
#include <string.h>

#define GBK_DECLARATION "<?xml version='1.0' encoding='GBK'?>\n"

/* ---- In memory ---- */

KaiMessage *
kai_message_new (const char *number)
{
  KaiMessage *message = g_new0 (KaiMessage, 1);

  message->app = g_strdup ("CNNONTAX");
  message->version = g_strdup ("1.0");
  message->source = g_strdup ("");
  message->destination = g_strdup ("");
  message->number = g_strdup (number);
  message->id = kai_message_new_id ();
  message->reference = g_strdup ("");
  message->work_date = kai_day_to_wire (kai_day_today ());
  message->reserve = g_strdup ("");
  message->region = g_strdup ("");
  message->vouchers = g_ptr_array_new_with_free_func ((GDestroyNotify)kai_record_free);
  return message;
}

void
kai_message_free (KaiMessage *message)
{
  if (!message)
    return;
  g_free (message->app);
  g_free (message->version);
  g_free (message->source);
  g_free (message->destination);
  g_free (message->number);
  g_free (message->id);
  g_free (message->reference);
  g_free (message->work_date);
  g_free (message->reserve);
  g_free (message->region);
  g_ptr_array_unref (message->vouchers);
  g_free (message);
}

char **
kai_message_head_field (KaiMessage *message, const char *tag)
{
  struct
  {
    const char *tag;
    char **value;
  } const fields[KAI_HEAD_FIELDS] = {
    { "APP", &message->app },          { "VER", &message->version },
    { "SRC", &message->source },       { "DES", &message->destination },
    { "MsgNo", &message->number },     { "MsgID", &message->id },
    { "MsgRef", &message->reference }, { "WorkDate", &message->work_date },
    { "Reserve", &message->reserve },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (fields); i++)
    if (g_str_equal (fields[i].tag, tag))
      return fields[i].value;
  return NULL;
}

char *
kai_message_new_id (void)
{
  static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  GString *id = g_string_new (NULL);

  g_string_printf (id, "%02d%02d%02d", g_date_time_get_year (now) % 100,
                   g_date_time_get_month (now), g_date_time_get_day_of_month (now));
  while (id->len < 20)
    {
      guint8 byte;

      if (RAND_bytes (&byte, 1) != 1)
        g_error ("The system gives no random numbers");
      /* 252 = 7 × 36: every letter is as likely as the others. */
      if (byte < 252)
        g_string_append_c (id, letters[byte % 36]);
    }
  return g_string_free (id, FALSE);
}

/* ---- Vouchers ---- */

static gboolean
fail_unknown (const char *what, const KaiFieldPlace *place, GError **error)
{
  return kai_net_fail (error, KAI_NET_ERROR_FIELD,
                       _ ("Message %s, voucher %u: the catalogue has no field %s."), place->number,
                       place->voucher, what);
}

/* A value that would be dropped without a word is a mistake of the caller or of the site's file. */
static gboolean
check_names (const KaiRecord *record, const KaiSpecNode *list, const KaiFieldPlace *place,
             GError **error)
{
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, record->values);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      const KaiSpecNode *node = g_hash_table_lookup (list->by_key, key);

      if (!node || node->kind != KAI_SPEC_LEAF)
        return fail_unknown (key, place, error);
    }
  if (!record->lists)
    return TRUE;
  g_hash_table_iter_init (&iter, record->lists);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      const KaiSpecNode *node = g_hash_table_lookup (list->by_key, key);

      if (!node || node->kind != KAI_SPEC_LIST)
        return fail_unknown (key, place, error);
    }
  return TRUE;
}

gboolean
kai_spec_has_content (const KaiSpecNode *group, const KaiRecord *record)
{
  for (guint i = 0; i < group->children->len; i++)
    {
      const KaiSpecNode *node = group->children->pdata[i];

      if (node->kind == KAI_SPEC_LEAF    ? *kai_record_get (record, node->key) != '\0'
          : node->kind == KAI_SPEC_GROUP ? kai_spec_has_content (node, record)
                                         : kai_record_get_n (record, node->key) > 0)
        return TRUE;
    }
  return FALSE;
}

static void
open_tag (GString *out, const char *tag)
{
  g_string_append_c (out, '<');
  g_string_append (out, tag);
  g_string_append_c (out, '>');
}

static void
close_tag (GString *out, const char *tag)
{
  g_string_append (out, "</");
  g_string_append (out, tag);
  g_string_append_c (out, '>');
}

static gboolean append_record (GString *out, const KaiRecord *record, const KaiSpecNode *list,
                               const KaiFieldPlace *place, GError **error);

static gboolean
append_children (GString *out, const KaiRecord *record, const KaiSpecNode *parent,
                 const KaiFieldPlace *place, GError **error)
{
  for (guint i = 0; i < parent->children->len; i++)
    {
      const KaiSpecNode *node = parent->children->pdata[i];
      const char *value;

      open_tag (out, node->tag);
      switch (node->kind)
        {
        case KAI_SPEC_LEAF:
          value = kai_record_get (record, node->key);
          if (!kai_field_check (node->field, value, -1, place, error))
            return FALSE;
          kai_xml_append_escaped (out, value);
          break;
        case KAI_SPEC_GROUP:
          /* An optional group that holds nothing stays as an empty element. */
          if (((node->field && node->field->presence == 'M') || kai_spec_has_content (node, record))
              && !append_children (out, record, node, place, error))
            return FALSE;
          break;
        case KAI_SPEC_LIST:
        default:
          for (guint n = 0; n < kai_record_get_n (record, node->key); n++)
            if (!append_record (out, kai_record_nth (record, node->key, n), node, place, error))
              return FALSE;
          break;
        }
      close_tag (out, node->tag);
    }
  return TRUE;
}

static gboolean
append_record (GString *out, const KaiRecord *record, const KaiSpecNode *list,
               const KaiFieldPlace *place, GError **error)
{
  if (!check_names (record, list, place, error)
      || !kai_field_check_conditions (list, record, place, error))
    return FALSE;
  open_tag (out, list->item);
  if (!append_children (out, record, list, place, error))
    return FALSE;
  close_tag (out, list->item);
  return TRUE;
}

char *
kai_voucher_encode (const KaiRecord *record, const KaiMessageSpec *spec, GError **error)
{
  KaiFieldPlace place = { spec->number, 1 };
  g_autoptr (GString) out = g_string_new (NULL);

  if (!append_record (out, record, spec->root, &place, error))
    return NULL;
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* ---- The message ---- */

static gboolean
append_head (GString *out, const KaiMessage *message, const KaiCatalogue *catalogue, GError **error)
{
  const KaiMessageSpec *head = kai_catalogue_get (catalogue, "*");
  KaiFieldPlace place = { message->number, 0 };

  g_string_append (out, "<HEAD>");
  for (guint i = 0; i < head->fields->len; i++)
    {
      const KaiFieldSpec *field = head->fields->pdata[i];
      const char *value = *kai_message_head_field ((KaiMessage *)message, field->tag);

      /* A request refers to itself. */
      if (g_str_equal (field->tag, "MsgRef") && (!value || !*value))
        value = message->id;
      if (g_str_equal (field->tag, "MsgNo") && value)
        value = kai_catalogue_get_wire_number (catalogue, value);
      /* A reply refers to the request's number, which may be longer than ours. */
      if (!kai_field_check (field, value,
                            g_str_equal (field->tag, "MsgRef") ? KAI_MESSAGE_MAX_READ_ID : -1,
                            &place, error))
        return FALSE;
      open_tag (out, field->tag);
      kai_xml_append_escaped (out, value);
      close_tag (out, field->tag);
    }
  g_string_append (out, "</HEAD>");
  return TRUE;
}

static gboolean
append_voucher (GString *out, GString *scratch, const KaiMessage *message, guint n,
                const KaiMessageSpec *spec, const char *wire_number, gboolean gbk, GError **error)
{
  KaiFieldPlace place = { message->number, n + 1 };
  g_autofree char *bytes = NULL;
  g_autofree char *base64 = NULL;
  gsize length;

  g_string_truncate (scratch, 0);
  if (gbk)
    g_string_append (scratch, GBK_DECLARATION);
  if (!append_record (scratch, message->vouchers->pdata[n], spec->root, &place, error))
    return FALSE;
  length = scratch->len;
  if (gbk)
    bytes = kai_text_to_gbk (scratch->str, &length);
  base64 = g_base64_encode ((const guchar *)(bytes ? bytes : scratch->str), length);
  g_string_append_printf (out,
                          "<VoucherBody AdmDivCode=\"%s\" StYear=\"%.4s\" VtCode=\"%s\" "
                          "VoucherNo=\"%u\"><Voucher>",
                          message->region, message->work_date, wire_number, n + 1);
  g_string_append (out, base64);
  g_string_append (out, "</Voucher></VoucherBody>");
  return TRUE;
}

GBytes *
kai_message_encode (const KaiMessage *message, const KaiCatalogue *catalogue, gboolean gbk,
                    GError **error)
{
  const KaiMessageSpec *spec = kai_catalogue_get (catalogue, message->number);
  g_autoptr (GString) out = g_string_new (gbk ? GBK_DECLARATION : NULL);
  g_autoptr (GString) scratch = g_string_new (NULL);
  gsize length;

  if (!spec)
    {
      kai_net_fail (error, KAI_NET_ERROR_FIELD, _ ("The catalogue has no message %s."),
                    message->number);
      return NULL;
    }
  if (!message->vouchers->len || !kai_message_region_is_valid (message->region))
    {
      kai_net_fail (
          error, KAI_NET_ERROR_FIELD,
          _ ("Message %s cannot be sent without a voucher and a region of 1 to 6 digits."),
          message->number);
      return NULL;
    }
  g_string_append (out, "<CFX>");
  if (!append_head (out, message, catalogue, error))
    return NULL;
  g_string_append_printf (out, "<MSG><MOF><VoucherCount>%u</VoucherCount>", message->vouchers->len);
  for (guint n = 0; n < message->vouchers->len; n++)
    if (!append_voucher (out, scratch, message, n, spec,
                         kai_catalogue_get_wire_number (catalogue, message->number), gbk, error))
      return NULL;
  g_string_append (out, "</MOF></MSG></CFX>");
  if (out->len > KAI_XML_MAX_BYTES / 2)
    {
      kai_net_fail (error, KAI_NET_ERROR_FIELD,
                    _ ("Message %s is too long to be sent. Send fewer vouchers at once."),
                    message->number);
      return NULL;
    }
  if (!gbk)
    return g_string_free_to_bytes (g_steal_pointer (&out));
  /* The head may hold Chinese; the vouchers are base64 by now. */
  {
    char *bytes = kai_text_to_gbk (out->str, &length);

    return g_bytes_new_take (bytes, length);
  }
}
