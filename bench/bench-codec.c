/* Vouchers a second through the codec: notices (8994) written and read one by one and 500 in a message, in the same run, and the memory that messages of different sizes take. Ends
 * with 1 when a batch costs more than as many single messages, or when memory is not linear. */
#include "messages/kai-message.h"

#include <malloc.h>

#define BATCH 500
#define ROUNDS 10

static KaiCatalogue *catalogue;

static double
seconds_since (gint64 start)
{
  return (double)(g_get_monotonic_time () - start) / G_USEC_PER_SEC;
}

static void
add_notice (KaiMessage *message, int i)
{
  static const char *const fields[][2] = {
    { "AdmDivCode", "320684" },
    { "BillDate", "20261121" },
    { "ChgAgenCode", "320684001" },
    { "ChgAgenName", "海门市第一中学" },
    { "PayerName", "王小明" },
    { "Amt", "850.00" },
    { "OriAmt", "850.00" },
    { "DelayAmt", "0.00" },
    { "PayStats", "0" },
    { "RecAcctType", "1" },
    { "RecName", "财政专户" },
    { "RecAcct", "1111822609000012345" },
    { "RecOpBk", "工商银行海门支行" },
    { "RecBankNo", "102306840001" },
    { "IsInterBank", "0" },
    { "PayInfo", "320600010001|学费|850.00|学期|1|无限制|0.00-0.00#" },
    { "MobilePhone", "13800000000" },
    { "PayerCreditCode", "11010519491231002X" },
    { "Hold1", "Y" },
  };
  g_autofree char *code = g_strdup_printf ("320684263001%08d", i);
  KaiRecord *record = kai_record_new ();

  kai_record_set (record, "PayCode", code);
  for (gsize k = 0; k < G_N_ELEMENTS (fields); k++)
    kai_record_set (record, fields[k][0], fields[k][1]);
  g_ptr_array_add (message->vouchers, record);
}

static KaiMessage *
make_message (int n)
{
  KaiMessage *message = kai_message_new ("8994");

  g_free (message->source);
  message->source = g_strdup ("K3206840001");
  g_free (message->destination);
  message->destination = g_strdup ("F320684");
  g_free (message->region);
  message->region = g_strdup ("320684");
  for (int i = 0; i < n; i++)
    add_notice (message, i);
  return message;
}

static GBytes *
encode (const KaiMessage *message)
{
  g_autoptr (GError) error = NULL;
  GBytes *bytes = kai_message_encode (message, catalogue, FALSE, &error);

  if (!bytes)
    g_error ("%s", error->message);
  return bytes;
}

/* Writes and reads @times messages of @n vouchers. */
static void
measure (int n, int times, double *write, double *read)
{
  g_autoptr (KaiMessage) message = make_message (n);
  g_autoptr (GBytes) bytes = NULL;
  gint64 start = g_get_monotonic_time ();

  for (int i = 0; i < times; i++)
    {
      g_clear_pointer (&bytes, g_bytes_unref);
      bytes = encode (message);
    }
  *write += seconds_since (start);
  start = g_get_monotonic_time ();
  for (int i = 0; i < times; i++)
    {
      g_autoptr (KaiMessage) back = kai_message_decode_bytes (bytes, catalogue, NULL);

      if (!back || back->vouchers->len != (guint)n)
        g_error ("not read");
    }
  *read += seconds_since (start);
}

/* Bytes a voucher that a message of @n takes when it has been read. */
static double
measure_memory (int n)
{
  g_autoptr (KaiMessage) message = make_message (n);
  g_autoptr (GBytes) bytes = encode (message);
  gsize before = mallinfo2 ().uordblks + mallinfo2 ().hblkhd;
  G_GNUC_UNUSED g_autoptr (KaiMessage) back = kai_message_decode_bytes (bytes, catalogue, NULL);
  gsize after = mallinfo2 ().uordblks + mallinfo2 ().hblkhd;

  return (double)(after - before) / n;
}

int
main (void)
{
  double one_write = 0, one_read = 0, batch_write = 0, batch_read = 0, small, large;
  int vouchers = BATCH * ROUNDS;

  catalogue = kai_catalogue_load (NULL, NULL);
  for (int i = 0; i < ROUNDS; i++)
    {
      measure (1, BATCH, &one_write, &one_read);
      measure (BATCH, 1, &batch_write, &batch_read);
    }
  g_print ("one a message      encode %7.0f vouchers/s   decode %7.0f vouchers/s\n",
           vouchers / one_write, vouchers / one_read);
  g_print ("%d a message      encode %7.0f vouchers/s   decode %7.0f vouchers/s\n", BATCH,
           vouchers / batch_write, vouchers / batch_read);
  g_print ("a batch of %d costs %.2f (encode) and %.2f (decode) of %d single messages\n", BATCH,
           batch_write / one_write, batch_read / one_read, BATCH);
  small = measure_memory (50);
  large = measure_memory (BATCH);
  g_print ("memory of a message that was read: %.0f bytes a voucher of 50, %.0f of %d\n", small,
           large, BATCH);
  kai_catalogue_free (catalogue);
  return batch_write <= one_write && batch_read <= one_read && large <= 1.2 * small ? 0 : 1;
}
