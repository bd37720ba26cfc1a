/* The catalogue and the codec: every type at its edges, presence, every message there and back, foreign and broken documents, a site's own file. */
#include "kai-test.h"
#include "messages/kai-message.h"
#include "messages/kai-net-error.h"
#include "messages/kai-xml.h"
#include "values/kai-text.h"

#include <string.h>

static KaiCatalogue *
load (void)
{
  g_autoptr (GError) error = NULL;
  KaiCatalogue *catalogue = kai_catalogue_load (NULL, &error);

  g_assert_no_error (error);
  return catalogue;
}

static KaiMessage *
new_message (const char *number)
{
  KaiMessage *message = kai_message_new (number);

  g_free (message->source);
  message->source = g_strdup ("K3206840001");
  g_free (message->destination);
  message->destination = g_strdup ("F320684");
  g_free (message->region);
  message->region = g_strdup ("320684");
  return message;
}

/* ---- Values for any field ---- */

static const char *
sample (const KaiFieldSpec *field)
{
  switch (field->type)
    {
    case KAI_TYPE_NSTRING:
      return "123456789012345678901234567890";
    case KAI_TYPE_GBSTRING:
      return "海门市第一中学 <张三> & “李四”𠮷";
    case KAI_TYPE_CURRENCY:
      return "999999999999999.99";
    case KAI_TYPE_INTEGER:
      return "-12345678";
    case KAI_TYPE_DECIMAL:
      return "12.3456";
    case KAI_TYPE_DATE:
      return "20240229";
    case KAI_TYPE_TIME:
      return "235959";
    case KAI_TYPE_DATETIME:
      return "20240229235959";
    case KAI_TYPE_UTCDATETIME:
      return "20240229235959+0800";
    case KAI_TYPE_STRING:
    case KAI_TYPE_NODE:
    default:
      return "A b~!<&>\"'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    }
}

/* As much of the sample as the field takes, again and again where it takes more. */
static char *
sample_for (const KaiFieldSpec *field)
{
  GString *long_enough = g_string_new (sample (field));
  char *text;

  while ((int)long_enough->len < field->min)
    g_string_append (long_enough, sample (field));
  text = g_string_free (long_enough, FALSE);
  while (field->max >= 0
         && (int)(field->type == KAI_TYPE_GBSTRING ? kai_text_gbk_length (text) : strlen (text))
                > field->max)
    *g_utf8_prev_char (text + strlen (text)) = '\0';
  g_assert_cmpint (strlen (text), >=, field->min);
  return text;
}

/* Splits "BillList/Bill/X" into the list "BillList/Bill" and "X"; other paths have no list. */
static char *
split_list (const char *path, const char *tag, char **key)
{
  const char *list = strstr (path, "List/");
  const char *end = list ? strchr (list + strlen ("List/"), '/') : NULL;
  const char *rest;

  if (!list)
    {
      *key = *path ? g_strconcat (path, "/", tag, NULL) : g_strdup (tag);
      return NULL;
    }
  rest = end ? end + 1 : "";
  *key = *rest ? g_strconcat (rest, "/", tag, NULL) : g_strdup (tag);
  return end ? g_strndup (path, end - path) : g_strdup (path);
}

static KaiRecord *
sample_record (const KaiMessageSpec *spec, gboolean full)
{
  KaiRecord *record = kai_record_new ();

  for (guint i = 0; i < spec->fields->len; i++)
    {
      const KaiFieldSpec *field = spec->fields->pdata[i];
      g_autofree char *key = NULL;
      g_autofree char *list = split_list (field->path, field->tag, &key);
      g_autofree char *value = NULL;

      if (field->type == KAI_TYPE_NODE || (!full && field->presence == 'O'))
        continue;
      value = sample_for (field);
      if (!list)
        kai_record_set (record, key, value);
      for (guint n = 0; list && n < 3; n++)
        {
          if (kai_record_get_n (record, list) <= n)
            kai_record_add (record, list);
          kai_record_set ((KaiRecord *)kai_record_nth (record, list, n), key, value);
        }
    }
  return record;
}

static void
assert_sample (const KaiRecord *record, const KaiMessageSpec *spec, gboolean full)
{
  for (guint i = 0; i < spec->fields->len; i++)
    {
      const KaiFieldSpec *field = spec->fields->pdata[i];
      g_autofree char *key = NULL;
      g_autofree char *list = split_list (field->path, field->tag, &key);
      g_autofree char *value = NULL;

      if (field->type == KAI_TYPE_NODE)
        continue;
      value = full || field->presence != 'O' ? sample_for (field) : g_strdup ("");
      if (!list)
        g_assert_cmpstr (kai_record_get (record, key), ==, value);
      else
        for (guint n = 0; n < kai_record_get_n (record, list); n++)
          g_assert_cmpstr (kai_record_get (kai_record_nth (record, list, n), key), ==, value);
    }
}

/* ---- Every message there and back ---- */

static void
check_round_trip (const KaiCatalogue *catalogue, const char *number, gboolean full, gboolean gbk)
{
  const KaiMessageSpec *spec = kai_catalogue_get (catalogue, number);
  g_autoptr (KaiMessage) message = new_message (number);
  g_autoptr (KaiMessage) back = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GBytes) again = NULL;
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < 3; i++)
    g_ptr_array_add (message->vouchers, sample_record (spec, full));
  g_free (message->reserve);
  message->reserve = g_strdup (full ? "预留" : "");
  bytes = kai_message_encode (message, catalogue, gbk, &error);
  g_assert_no_error (error);
  back = kai_message_decode_bytes (bytes, catalogue, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (back->vouchers->len, ==, 3);
  g_assert_cmpstr (back->id, ==, message->id);
  g_assert_cmpstr (back->reference, ==, message->id);
  g_assert_cmpstr (back->number, ==, number);
  g_assert_cmpstr (back->region, ==, "320684");
  g_assert_cmpstr (back->reserve, ==, message->reserve);
  for (int i = 0; i < 3; i++)
    assert_sample (back->vouchers->pdata[i], spec, full);
  again = kai_message_encode (back, catalogue, gbk, &error);
  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (bytes, again));
}

static void
test_round_trip (gconstpointer data)
{
  const char *number = data;
  g_autoptr (KaiCatalogue) catalogue = load ();

  for (int i = 0; i < 4; i++)
    check_round_trip (catalogue, number, i & 1, i & 2);
}

/* ---- One row for each edge of each type ---- */

static const struct
{
  const char *name, *type, *min, *max, *presence, *value;
  gboolean good;
} field_rows[] = {
  { "string", "String", "1", "5", "M", "aZ~ !", TRUE },
  { "string-too-long", "String", "1", "5", "M", "123456", FALSE },
  { "string-too-short", "String", "3", "5", "M", "12", FALSE },
  { "string-chinese", "String", "0", "50", "O", "张", FALSE },
  { "string-tab", "String", "0", "50", "O", "a\tb", FALSE },
  { "string-del", "String", "0", "50", "O", "\x7f", FALSE },
  { "string-missing", "String", "0", "5", "M", "", FALSE },
  { "string-optional-empty", "String", "3", "5", "O", "", TRUE },
  { "string-unlimited", "String", "", "", "M", "0123456789012345678901234567890123456789", TRUE },
  { "digits", "NString", "5", "5", "M", "00000", TRUE },
  { "digits-letter", "NString", "5", "5", "M", "0000a", FALSE },
  { "digits-full-width", "NString", "1", "9", "M", "１２３", FALSE },
  { "digits-sign", "NString", "1", "5", "M", "-1", FALSE },
  { "gbk-exact", "GBString", "1", "4", "M", "张三", TRUE },
  { "gbk-one-over", "GBString", "1", "4", "M", "张三a", FALSE },
  { "gbk-mixed", "GBString", "1", "5", "M", "张三a", TRUE },
  { "gbk-rare-is-a-reference", "GBString", "1", "9", "M", "𠮷", TRUE },
  { "gbk-rare-over", "GBString", "1", "8", "M", "𠮷", FALSE },
  { "gbk-control", "GBString", "1", "9", "M",
    "a\x01"
    "b",
    FALSE },
  { "gbk-not-utf8", "GBString", "1", "9", "M", "\xd5\xc5", FALSE },
  { "money", "Currency", "", "", "M", "0.00", TRUE },
  { "money-largest", "Currency", "", "", "M", "999999999999999.99", TRUE },
  { "money-16-digits", "Currency", "", "", "M", "1000000000000000.00", FALSE },
  { "money-one-decimal", "Currency", "", "", "M", "1.0", FALSE },
  { "money-three-decimals", "Currency", "", "", "M", "1.000", FALSE },
  { "money-no-point", "Currency", "", "", "M", "100", FALSE },
  { "money-comma", "Currency", "", "", "M", "1,000.00", FALSE },
  { "money-space", "Currency", "", "", "M", " 1.00", FALSE },
  { "money-no-digit", "Currency", "", "", "M", ".00", FALSE },
  { "money-empty", "Currency", "", "", "M", "", FALSE },
  { "integer", "Integer", "", "", "M", "12345678", TRUE },
  { "integer-minus", "Integer", "", "", "M", "-12345678", TRUE },
  { "integer-plus", "Integer", "", "", "M", "+1", TRUE },
  { "integer-nine-digits", "Integer", "", "", "M", "123456789", FALSE },
  { "integer-sign-only", "Integer", "", "", "M", "-", FALSE },
  { "integer-point", "Integer", "", "", "M", "1.0", FALSE },
  { "decimal", "Decimal", "", "", "M", "-12.345", TRUE },
  { "decimal-whole", "Decimal", "", "", "M", "7", TRUE },
  { "decimal-two-points", "Decimal", "", "", "M", "1.2.3", FALSE },
  { "decimal-ends-in-point", "Decimal", "", "", "M", "1.", FALSE },
  { "decimal-exponent", "Decimal", "", "", "M", "1e5", FALSE },
  { "date-leap", "Date", "8", "8", "M", "20240229", TRUE },
  { "date-no-leap", "Date", "8", "8", "M", "20230229", FALSE },
  { "date-month-13", "Date", "8", "8", "M", "20231301", FALSE },
  { "date-day-0", "Date", "8", "8", "M", "20231200", FALSE },
  { "date-dashes", "Date", "8", "10", "M", "2023-12-01", FALSE },
  { "date-trailing", "Date", "8", "9", "M", "202312011", FALSE },
  { "time", "Time", "6", "6", "M", "000000", TRUE },
  { "time-last", "Time", "6", "6", "M", "235959", TRUE },
  { "time-24", "Time", "6", "6", "M", "240000", FALSE },
  { "time-minute-60", "Time", "6", "6", "M", "126000", FALSE },
  { "time-second-60", "Time", "6", "6", "M", "120060", FALSE },
  { "date-time", "DateTime", "14", "14", "M", "20240229235959", TRUE },
  { "date-time-bad-day", "DateTime", "14", "14", "M", "20240230235959", FALSE },
  { "date-time-short", "DateTime", "0", "14", "M", "202402292359", FALSE },
  { "utc", "UTCDateTime", "19", "19", "M", "20240229235959+0800", TRUE },
  { "utc-west", "UTCDateTime", "19", "19", "M", "20240229235959-0330", TRUE },
  { "utc-no-zone", "UTCDateTime", "0", "19", "M", "20240229235959", FALSE },
  { "utc-z", "UTCDateTime", "0", "19", "M", "20240229235959Z", FALSE },
  { "utc-zone-15", "UTCDateTime", "19", "19", "M", "20240229235959+1500", FALSE },
  { "utc-colon", "UTCDateTime", "0", "20", "M", "20240229235959+08:00", FALSE },
};

static KaiCatalogue *
load_site (const char *rows, GError **error)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *path = g_build_filename (dir, "messages.tsv", NULL);

  g_assert_true (g_file_set_contents (path, rows, -1, NULL));
  return kai_catalogue_load (path, error);
}

static void
test_field (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autofree char *row =
      g_strdup_printf ("7001\tVoucher\tField\t字段\t%s\t%s\t%s\t%s\t\n", field_rows[i].type,
                       field_rows[i].min, field_rows[i].max, field_rows[i].presence);
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiCatalogue) catalogue = load_site (row, &error);
  const KaiMessageSpec *spec;
  g_autoptr (KaiRecord) record = kai_record_new ();
  g_autoptr (KaiRecord) back = NULL;
  g_autofree char *xml = NULL;
  g_autoptr (GString) foreign = g_string_new ("<Voucher><Field>");

  g_assert_no_error (error);
  spec = kai_catalogue_get (catalogue, "7001");
  kai_record_set (record, "Field", field_rows[i].value);
  xml = kai_voucher_encode (record, spec, &error);
  if (!field_rows[i].good)
    {
      g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_FIELD);
      g_assert_nonnull (strstr (error->message, "Field"));
      g_assert_nonnull (strstr (error->message, "7001"));
      g_assert_cmpstr (kai_net_error_get_code (error), ==, "10003");
      g_clear_error (&error);
    }
  g_assert_true (!xml == !field_rows[i].good);
  /* The reader is as strict as the writer. */
  kai_xml_append_escaped (foreign, field_rows[i].value);
  g_string_append (foreign, "</Field></Voucher>");
  back = kai_voucher_decode (foreign->str, foreign->len, spec, &error);
  if (field_rows[i].good)
    {
      g_assert_no_error (error);
      g_assert_cmpstr (kai_record_get (back, "Field"), ==, field_rows[i].value);
    }
  else if (!strpbrk (field_rows[i].value, "\x01")
           && g_utf8_validate (field_rows[i].value, -1, NULL))
    {
      g_assert_null (back);
      g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_FIELD);
    }
}

/* ---- Vouchers that someone else wrote ---- */

#define BILL_5997                                                                                  \
  "<AdmDivCode>320684</AdmDivCode><PayCode>32068426300000000017</PayCode>"                         \
  "<BillDate>20261121</BillDate><ChgAgenCode>1</ChgAgenCode><ChgAgenName>学校</ChgAgenName>"     \
  "<PayerName>张三</PayerName><Amt>1.00</Amt><OriAmt>1.00</OriAmt><DelayAmt>0.00</DelayAmt>"     \
  "<PayStats>0</PayStats><IsInterBank>0</IsInterBank><Hold1>1</Hold1>"

static const struct
{
  const char *name, *number, *xml;
  int code; /* -1 = good */
} voucher_rows[] = {
  { "plain", "8999",
    "<Voucher><BillTypeCode>1</BillTypeCode><BillTypeName>票</BillTypeName>"
    "<BillVerCode>1</BillVerCode><BillVerName>版</BillVerName>"
    "<ChgAgenCode>1</ChgAgenCode></Voucher>",
    -1 },
  { "other-order-and-white-space", "8997",
    "<Voucher>\n  <PayMode>1</PayMode>\n  <PayCode>1</PayCode>\n</Voucher>", -1 },
  { "unknown-field", "8997",
    "<Voucher><PayCode>1</PayCode><PayMode>1</PayMode><New>x</New></Voucher>", -1 },
  { "cdata", "8997", "<Voucher><PayCode><![CDATA[1]]></PayCode><PayMode>1</PayMode></Voucher>",
    -1 },
  { "declaration", "8997",
    "<?xml version='1.0' encoding='UTF-8'?><Voucher><PayCode>1</PayCode>"
    "<PayMode>1</PayMode></Voucher>",
    -1 },
  { "missing", "8997", "<Voucher><PayCode>1</PayCode></Voucher>", KAI_NET_ERROR_FIELD },
  { "empty", "8997", "<Voucher><PayCode/><PayMode>1</PayMode></Voucher>", KAI_NET_ERROR_FIELD },
  { "twice", "8997",
    "<Voucher><PayCode>1</PayCode><PayCode>2</PayCode><PayMode>1</PayMode></Voucher>",
    KAI_NET_ERROR_FIELD },
  { "comment-in-value", "8997",
    "<Voucher><PayCode>1<!-- -->2</PayCode><PayMode>1</PayMode></Voucher>",
    KAI_NET_ERROR_MALFORMED },
  { "element-in-value", "8997",
    "<Voucher><PayCode><b>1</b></PayCode><PayMode>1</PayMode></Voucher>", KAI_NET_ERROR_MALFORMED },
  { "text-between", "8997", "<Voucher>x<PayCode>1</PayCode><PayMode>1</PayMode></Voucher>",
    KAI_NET_ERROR_MALFORMED },
  { "namespace", "8997",
    "<Voucher xmlns='urn:x'><PayCode>1</PayCode><PayMode>1</PayMode></Voucher>",
    KAI_NET_ERROR_MALFORMED },
  { "other-root", "8997", "<Other><PayCode>1</PayCode><PayMode>1</PayMode></Other>",
    KAI_NET_ERROR_MALFORMED },
  { "dtd", "8997",
    "<!DOCTYPE Voucher [<!ENTITY a 'b'>]><Voucher><PayCode>&a;</PayCode><PayMode>1</PayMode>"
    "</Voucher>",
    KAI_NET_ERROR_MALFORMED },
  { "one-of-two-present", "2698", "<Voucher><MobilePhone>13800000000</MobilePhone></Voucher>", -1 },
  { "one-of-two-missing", "2698", "<Voucher><Hold1>x</Hold1></Voucher>", KAI_NET_ERROR_FIELD },
  { "payee-needed", "5997", "<Voucher>" BILL_5997 "<RecAcctType>1</RecAcctType></Voucher>",
    KAI_NET_ERROR_FIELD },
  { "payee-not-needed", "5997", "<Voucher>" BILL_5997 "<RecAcctType>3</RecAcctType></Voucher>",
    -1 },
  { "list", "5698",
    "<Voucher><Result>00000</Result><BillList><Bill>" BILL_5997
    "<RecAcctType>3</RecAcctType></Bill></BillList></Voucher>",
    -1 },
  { "empty-list", "5698", "<Voucher><Result>00000</Result><BillList/></Voucher>", -1 },
  { "stranger-in-list", "5698",
    "<Voucher><Result>00000</Result><BillList><Boll/></BillList></Voucher>", KAI_NET_ERROR_FIELD },
  { "bad-row-in-list", "5698",
    "<Voucher><Result>00000</Result><BillList><Bill/></BillList></Voucher>", KAI_NET_ERROR_FIELD },
};

static void
test_voucher (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autoptr (KaiCatalogue) catalogue = load ();
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiRecord) record =
      kai_voucher_decode (voucher_rows[i].xml, strlen (voucher_rows[i].xml),
                          kai_catalogue_get (catalogue, voucher_rows[i].number), &error);

  if (voucher_rows[i].code < 0)
    {
      g_assert_no_error (error);
      g_assert_nonnull (record);
      if (g_str_equal (voucher_rows[i].name, "unknown-field"))
        g_assert_cmpstr (kai_record_get (record, "New"), ==, "x");
    }
  else
    {
      g_assert_null (record);
      g_assert_error (error, KAI_NET_ERROR, voucher_rows[i].code);
    }
}

/* ---- Documents that someone else wrote ---- */

#define HEAD(number, id)                                                                           \
  "<HEAD><APP>CNNONTAX</APP><VER>1.0</VER><SRC>K1</SRC><DES>F320684</DES><MsgNo>" number           \
  "</MsgNo><MsgID>" id "</MsgID><MsgRef>" id "</MsgRef><WorkDate>20261121</WorkDate>"              \
  "<Reserve></Reserve></HEAD>"
#define BODY(number, n, base64)                                                                    \
  "<VoucherBody AdmDivCode=\"320684\" StYear=\"2026\" VtCode=\"" number "\" VoucherNo=\"" n        \
  "\"><Voucher>" base64 "</Voucher></VoucherBody>"
#define DOCUMENT(head, count, bodies)                                                              \
  "<CFX>" head "<MSG><MOF><VoucherCount>" count "</VoucherCount>" bodies "</MOF></MSG></CFX>"
/* <Voucher><PayCode>1</PayCode><PayMode>1</PayMode></Voucher> */
#define V8997 "PFZvdWNoZXI+PFBheUNvZGU+MTwvUGF5Q29kZT48UGF5TW9kZT4xPC9QYXlNb2RlPjwvVm91Y2hlcj4="
/* <Voucher><MobilePhone>1</MobilePhone></Voucher> */
#define V2698 "PFZvdWNoZXI+PE1vYmlsZVBob25lPjE8L01vYmlsZVBob25lPjwvVm91Y2hlcj4="
#define GOOD DOCUMENT (HEAD ("8997", "A1"), "1", BODY ("8997", "1", V8997))

static const struct
{
  const char *name, *xml;
  int code; /* -1 = good */
} document_rows[] = {
  { "good", GOOD, -1 },
  { "two", DOCUMENT (HEAD ("8997", "A1"), "2", BODY ("8997", "1", V8997) BODY ("8997", "2", V8997)),
    -1 },
  { "long-id",
    DOCUMENT (HEAD ("8997", "12345678901234567890123456789012"), "1", BODY ("8997", "1", V8997)),
    -1 },
  { "id-of-33",
    DOCUMENT (HEAD ("8997", "123456789012345678901234567890123"), "1", BODY ("8997", "1", V8997)),
    KAI_NET_ERROR_FIELD },
  { "older-number", DOCUMENT (HEAD ("2697", "A1"), "1", BODY ("2697", "1", V2698)), -1 },
  { "base64-in-lines",
    DOCUMENT (HEAD ("8997", "A1"), "1",
              BODY ("8997", "1",
                    "PFZvdWNoZXI+PFBheUNvZGU+MTwvUGF5Q29kZT4&#13;\n"
                    "8UGF5TW9kZT4xPC9QYXlNb2RlPjwvVm91Y2hlcj4=\n")),
    -1 },
  { "wrong-count", DOCUMENT (HEAD ("8997", "A1"), "2", BODY ("8997", "1", V8997)),
    KAI_NET_ERROR_MALFORMED },
  { "no-voucher", DOCUMENT (HEAD ("8997", "A1"), "0", ""), KAI_NET_ERROR_MALFORMED },
  { "wrong-order", DOCUMENT (HEAD ("8997", "A1"), "1", BODY ("8997", "2", V8997)),
    KAI_NET_ERROR_MALFORMED },
  { "other-kind", DOCUMENT (HEAD ("8997", "A1"), "1", BODY ("8994", "1", V8997)),
    KAI_NET_ERROR_MALFORMED },
  { "unknown-number", DOCUMENT (HEAD ("1234", "A1"), "1", BODY ("1234", "1", V8997)),
    KAI_NET_ERROR_UNKNOWN_MESSAGE },
  { "number-not-digits", DOCUMENT (HEAD ("89x7", "A1"), "1", BODY ("89x7", "1", V8997)),
    KAI_NET_ERROR_FIELD },
  { "no-id", DOCUMENT (HEAD ("8997", ""), "1", BODY ("8997", "1", V8997)), KAI_NET_ERROR_FIELD },
  { "not-base64", DOCUMENT (HEAD ("8997", "A1"), "1", BODY ("8997", "1", "*" V8997)),
    KAI_NET_ERROR_MALFORMED },
  { "base64-of-nonsense", DOCUMENT (HEAD ("8997", "A1"), "1", BODY ("8997", "1", "AAAA")),
    KAI_NET_ERROR_MALFORMED },
  { "two-heads", DOCUMENT (HEAD ("8997", "A1") HEAD ("8997", "A2"), "1", BODY ("8997", "1", V8997)),
    KAI_NET_ERROR_MALFORMED },
  { "id-twice",
    "<CFX><HEAD><MsgNo>8997</MsgNo><APP>CNNONTAX</APP><VER>1.0</VER><SRC>K1</SRC><DES>F</DES>"
    "<MsgID>A</MsgID><MsgID>B</MsgID><MsgRef>A</MsgRef><WorkDate>20261121</WorkDate></HEAD><MSG>"
    "<MOF><VoucherCount>1</VoucherCount>" BODY ("8997", "1", V8997) "</MOF></MSG></CFX>",
    KAI_NET_ERROR_MALFORMED },
  { "no-message", "<CFX>" HEAD ("8997", "A1") "</CFX>", KAI_NET_ERROR_MALFORMED },
  { "stranger", "<CFX>" HEAD ("8997", "A1") "<MSG><MOF/></MSG><X/></CFX>",
    KAI_NET_ERROR_MALFORMED },
  { "other-root", "<CFY/>", KAI_NET_ERROR_MALFORMED },
  { "not-xml", "hello", KAI_NET_ERROR_MALFORMED },
  { "cut", "<CFX><HEAD>", KAI_NET_ERROR_MALFORMED },
};

static void
test_document (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autoptr (KaiCatalogue) catalogue = load ();
  g_autoptr (GBytes) bytes =
      g_bytes_new_static (document_rows[i].xml, strlen (document_rows[i].xml));
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiMessage) message = kai_message_decode_bytes (bytes, catalogue, &error);

  if (document_rows[i].code < 0)
    {
      g_assert_no_error (error);
      g_assert_nonnull (message);
      g_assert_cmpstr (message->number, ==,
                       g_str_equal (document_rows[i].name, "older-number") ? "2698" : "8997");
    }
  else
    {
      g_assert_null (message);
      g_assert_error (error, KAI_NET_ERROR, document_rows[i].code);
    }
}

static void
test_each (void)
{
  /* The second lacks PayMode: <Voucher><PayCode>2</PayCode></Voucher> */
  const char *xml =
      DOCUMENT (HEAD ("8997", "A1"), "3",
                BODY ("8997", "1", V8997)
                    BODY ("8997", "2", "PFZvdWNoZXI+PFBheUNvZGU+MjwvUGF5Q29kZT48L1ZvdWNoZXI+")
                        BODY ("8997", "3", V8997));
  g_autoptr (KaiCatalogue) catalogue = load ();
  g_autoptr (GError) error = NULL;
  g_autoptr (xmlDoc) doc = kai_xml_parse (xml, strlen (xml), &error);
  g_autoptr (GPtrArray) problems = NULL;
  g_autoptr (KaiMessage) message = NULL;

  g_assert_no_error (error);
  message = kai_message_decode_each (xmlDocGetRootElement (doc), catalogue, &problems, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (message->vouchers->len, ==, 3);
  g_assert_cmpuint (problems->len, ==, 3);
  g_assert_null (problems->pdata[0]);
  g_assert_error ((GError *)problems->pdata[1], KAI_NET_ERROR, KAI_NET_ERROR_FIELD);
  g_assert_nonnull (strstr (((GError *)problems->pdata[1])->message, "voucher 2"));
  g_assert_null (problems->pdata[2]);
  g_assert_cmpstr (kai_record_get (message->vouchers->pdata[1], "PayCode"), ==, "2");
}

/* ---- What is on the wire ---- */

static void
test_wire (void)
{
  static const char expected[] =
      "<Voucher><PayCode>1</PayCode><BillNo>2</BillNo><AdmDivCode>320684</AdmDivCode>"
      "<BillTypeCode>3</BillTypeCode><BillTypeName>票</BillTypeName><BillVerCode>4</BillVerCode>"
      "<BillVerName>版</BillVerName><Version>1.0</Version><Content>QQ==</Content><Seal_Pic>"
      "</Seal_Pic><Attach_Info></Attach_Info><Hold1></Hold1><Sign_Info><Value>Qg==</Value>"
      "<Format>DETACH</Format><Algorithm>SM2</Algorithm><Time>20261121080000+0800</Time>"
      "<Key_Info></Key_Info></Sign_Info><Recipient_Addr></Recipient_Addr></Voucher>";
  static const char *const values[] = { "PayCode",
                                        "1",
                                        "BillNo",
                                        "2",
                                        "AdmDivCode",
                                        "320684",
                                        "BillTypeCode",
                                        "3",
                                        "BillTypeName",
                                        "票",
                                        "BillVerCode",
                                        "4",
                                        "BillVerName",
                                        "版",
                                        "Version",
                                        "1.0",
                                        "Content",
                                        "QQ==",
                                        "Sign_Info/Value",
                                        "Qg==",
                                        "Sign_Info/Format",
                                        "DETACH",
                                        "Sign_Info/Algorithm",
                                        "SM2",
                                        "Sign_Info/Time",
                                        "20261121080000+0800",
                                        NULL };
  g_autoptr (KaiCatalogue) catalogue = load ();
  g_autoptr (KaiRecord) record = kai_record_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *xml = NULL;
  g_autofree char *unsigned_xml = NULL;

  for (int i = 0; values[i]; i += 2)
    kai_record_set (record, values[i], values[i + 1]);
  xml = kai_voucher_encode (record, kai_catalogue_get (catalogue, "8981"), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (xml, ==, expected);
  /* A required group must be filled. */
  kai_record_set (record, "Sign_Info/Value", "");
  unsigned_xml = kai_voucher_encode (record, kai_catalogue_get (catalogue, "8981"), &error);
  g_assert_null (unsigned_xml);
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_FIELD);
}

static void
test_gbk_document (void)
{
  g_autoptr (KaiCatalogue) catalogue = load ();
  g_autoptr (KaiMessage) message = new_message ("5001");
  KaiRecord *record = kai_record_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GBytes) utf8 = NULL;
  g_autoptr (KaiMessage) back = NULL;
  const char *text;
  gsize length;

  g_free (message->reserve);
  message->reserve = g_strdup ("镕𠮷");
  kai_record_set (record, "OriMsgNo", "8994");
  kai_record_set (record, "Result", "00000");
  kai_record_set (record, "AddWord", "㛃已受理");
  g_ptr_array_add (message->vouchers, record);
  bytes = kai_message_encode (message, catalogue, TRUE, &error);
  g_assert_no_error (error);
  text = g_bytes_get_data (bytes, &length);
  g_assert_true (g_str_has_prefix (text, "<?xml version='1.0' encoding='GBK'?>"));
  g_assert_nonnull (g_strstr_len (text, (gssize)length, "<Reserve>\xe9\x46&#134071;</Reserve>"));
  back = kai_message_decode_bytes (bytes, catalogue, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (back->reserve, ==, "镕𠮷");
  g_assert_cmpstr (kai_record_get (back->vouchers->pdata[0], "AddWord"), ==, "㛃已受理");
  utf8 = kai_message_encode (message, catalogue, FALSE, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (g_bytes_get_data (utf8, NULL), "<CFX><HEAD><APP>CNNONTAX"));
}

static void
test_unknown_name (void)
{
  g_autoptr (KaiCatalogue) catalogue = load ();
  const KaiMessageSpec *spec = kai_catalogue_get (catalogue, "8997");
  g_autoptr (KaiRecord) record = kai_record_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *xml = NULL;

  kai_record_set (record, "PayCode", "1");
  kai_record_set (record, "PayMode", "1");
  kai_record_add (record, "AckList/Ack");
  xml = kai_voucher_encode (record, spec, &error);
  g_assert_null (xml);
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_FIELD);
  g_assert_nonnull (strstr (error->message, "AckList/Ack"));
}

static void
test_refused_message (void)
{
  g_autoptr (KaiCatalogue) catalogue = load ();
  g_autoptr (KaiMessage) message = new_message ("8997");
  g_autoptr (GError) error = NULL;
  KaiRecord *record = kai_record_new ();

  g_assert_null (kai_message_encode (message, catalogue, FALSE, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_FIELD);
  g_clear_error (&error);
  kai_record_set (record, "PayCode", "1");
  kai_record_set (record, "PayMode", "1");
  g_ptr_array_add (message->vouchers, record);
  g_free (message->id);
  message->id = g_strdup ("123456789012345678901");
  g_assert_null (kai_message_encode (message, catalogue, FALSE, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_FIELD);
  g_assert_nonnull (strstr (error->message, "MsgID"));
  g_clear_error (&error);
  g_free (message->id);
  message->id = kai_message_new_id ();
  g_free (message->region);
  message->region = g_strdup ("\"/>");
  g_assert_null (kai_message_encode (message, catalogue, FALSE, &error));
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_FIELD);
}

static void
test_new_id (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (int i = 0; i < 1000; i++)
    {
      char *id = kai_message_new_id ();

      g_assert_cmpuint (strlen (id), ==, 20);
      g_assert_cmpuint (strspn (id, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"), ==, 20);
      g_assert_true (g_hash_table_add (seen, id));
    }
}

/* ---- The catalogue ---- */

static void
test_catalogue (void)
{
  g_autoptr (KaiCatalogue) catalogue = load ();
  g_auto (GStrv) numbers = kai_catalogue_list (catalogue);
  const KaiMessageSpec *spec = kai_catalogue_get (catalogue, "8994");

  g_assert_cmpuint (g_strv_length (numbers), >=, 28);
  for (int i = 1; numbers[i]; i++)
    g_assert_cmpstr (numbers[i - 1], <, numbers[i]);
  g_assert_true (g_strv_contains ((const char *const *)numbers, "8902"));
  g_assert_false (g_strv_contains ((const char *const *)numbers, "*"));
  g_assert_cmpuint (kai_catalogue_get (catalogue, "*")->fields->len, ==, KAI_HEAD_FIELDS);
  g_assert_cmpuint (spec->fields->len, ==, 29);
  g_assert_cmpstr (((KaiFieldSpec *)spec->fields->pdata[1])->tag, ==, "PayCode");
  g_assert_true (kai_catalogue_get (catalogue, "2697") == kai_catalogue_get (catalogue, "2698"));
  g_assert_null (kai_catalogue_get (catalogue, "0000"));
}

static void
test_site_file (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiCatalogue) catalogue =
      load_site ("# our own\n"
                 "message\tpath\ttag\tname_zh\ttype\tmin\tmax\tpresence\tnote\n"
                 "8997\tVoucher\tPayMode\t收款渠道\tNString\t1\t3\tO\tlonger here\n"
                 "8997\tVoucher\tClass\t班级\tGBString\t1\t20\tM\t\n"
                 "8997\tVoucher/RowList/Row\tName\t名称\tGBString\t1\t20\tM\t\n"
                 "9997\t=\t8997\t\t\t\t\t\t\n",
                 &error);
  const KaiMessageSpec *spec;
  const KaiFieldSpec *field;
  g_autoptr (KaiRecord) record = kai_record_new ();
  g_autofree char *xml = NULL;

  g_assert_no_error (error);
  spec = kai_catalogue_get (catalogue, "9997");
  g_assert_cmpstr (spec->number, ==, "8997");
  g_assert_cmpuint (spec->fields->len, ==, 6);
  field = spec->fields->pdata[1];
  g_assert_cmpstr (field->tag, ==, "PayMode");
  g_assert_cmpint (field->max, ==, 3);
  kai_record_set (record, "PayCode", "1");
  kai_record_set (record, "Class", "一班");
  kai_record_set (kai_record_add (record, "RowList/Row"), "Name", "甲");
  xml = kai_voucher_encode (record, spec, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (xml, ==,
                   "<Voucher><PayCode>1</PayCode><PayMode></PayMode><Hold1></Hold1>"
                   "<Hold2></Hold2><Class>一班</Class><RowList><Row><Name>甲</Name></Row>"
                   "</RowList></Voucher>");
}

static const struct
{
  const char *name, *row;
} bad_site_rows[] = {
  { "type", "8997\tVoucher\tX\t\tText\t\t\tM\t\n" },
  { "presence", "8997\tVoucher\tX\t\tString\t\t\tN\t\n" },
  { "columns", "8997\tVoucher\tX\n" },
  { "number", "899\tVoucher\tX\t\tString\t\t\tM\t\n" },
  { "path", "8997\tBody\tX\t\tString\t\t\tM\t\n" },
  { "tag", "8997\tVoucher\t<X>\t\tString\t\t\tM\t\n" },
  { "length", "8997\tVoucher\tX\t\tString\t9\t1\tM\t\n" },
  { "length-text", "8997\tVoucher\tX\t\tString\tfour\t5\tM\t\n" },
  { "new-head-field", "*\tCFX/HEAD\tX\t\tString\t\t\tO\t\n" },
  { "list-without-item", "8997\tVoucher/RowList\tX\t\tString\t\t\tM\t\n" },
  { "field-below-a-field", "8997\tVoucher/PayCode\tX\t\tString\t\t\tM\t\n" },
  { "not-utf8", "8997\tVoucher\tX\t\xff\tString\t\t\tM\t\n" },
};

static void
test_bad_site_file (gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiCatalogue) catalogue =
      load_site (bad_site_rows[GPOINTER_TO_UINT (data)].row, &error);

  g_assert_null (catalogue);
  g_assert_error (error, KAI_NET_ERROR, KAI_NET_ERROR_MALFORMED);
}

static void
test_missing_site_file (void)
{
  g_autoptr (KaiTestDir) dir = kai_test_make_dir ();
  g_autofree char *path = g_build_filename (dir, "none.tsv", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiCatalogue) catalogue = kai_catalogue_load (path, &error);

  g_assert_no_error (error);
  g_assert_nonnull (catalogue);
}

#define ADD_ROWS(prefix, rows, func)                                                               \
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)                                                  \
    {                                                                                              \
      g_autofree char *name = g_strconcat (prefix, rows[i].name, NULL);                            \
                                                                                                   \
      g_test_add_data_func (name, GUINT_TO_POINTER (i), func);                                     \
    }

int
main (int argc, char **argv)
{
  g_autoptr (KaiCatalogue) catalogue = NULL;
  g_auto (GStrv) numbers = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  catalogue = load ();
  numbers = kai_catalogue_list (catalogue);
  for (int i = 0; numbers[i]; i++)
    {
      g_autofree char *name = g_strconcat ("/message/round-trip/", numbers[i], NULL);

      g_test_add_data_func (name, numbers[i], test_round_trip);
    }
  ADD_ROWS ("/message/field/", field_rows, test_field);
  ADD_ROWS ("/message/voucher/", voucher_rows, test_voucher);
  ADD_ROWS ("/message/document/", document_rows, test_document);
  ADD_ROWS ("/message/bad-site-file/", bad_site_rows, test_bad_site_file);
  g_test_add_func ("/message/each", test_each);
  g_test_add_func ("/message/wire", test_wire);
  g_test_add_func ("/message/gbk-document", test_gbk_document);
  g_test_add_func ("/message/unknown-name", test_unknown_name);
  g_test_add_func ("/message/refused", test_refused_message);
  g_test_add_func ("/message/new-id", test_new_id);
  g_test_add_func ("/message/catalogue", test_catalogue);
  g_test_add_func ("/message/site-file", test_site_file);
  g_test_add_func ("/message/missing-site-file", test_missing_site_file);
  status = g_test_run ();
  return status;
}
