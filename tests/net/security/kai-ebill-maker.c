/* E-bills for tests. */
#include "kai-ebill-maker.h"

#include "values/kai-codes.h"

static void
add_item (KaiEbill *ebill, const char *code, const char *name, gint64 quantity, KaiMoney amount,
          KaiStandardKind standard, KaiMoney min)
{
  KaiNoticeItem *item = kai_notice_item_new (code, quantity, amount);

  kai_notice_set (&item->name, name);
  kai_notice_set (&item->unit_of_measure, "人");
  item->standard = standard;
  item->min = item->max = min;
  g_ptr_array_add (ebill->items, item);
}

KaiEbill *
make_ebill (void)
{
  KaiEbill *ebill = kai_ebill_new ();
  const struct
  {
    char **field;
    const char *text;
  } texts[] = {
    { &ebill->code, "32010226" },
    { &ebill->number, "0000000101" },
    { &ebill->check_code, "a1b2c3" },
    { &ebill->tag, "CZ-EI-32" },
    { &ebill->version, "1.1.0" },
    { &ebill->name, "江苏省非税收入<统一>票据（电子） & 试" },
    { &ebill->specimen, "3201020001" },
    { &ebill->region, "320684" },
    { &ebill->issue_time, "093000" },
    { &ebill->issuer_code, "123206844669530072" },
    { &ebill->issuer_name, "海门市第一中学" },
    { &ebill->payee_name, "海门市财政局" },
    { &ebill->payer_code, "11010519491231002X" },
    { &ebill->payer_name, "𠮷田" },
    { &ebill->payment_code, "32068426000000000012" },
    { &ebill->clerk, "张三" },
    { &ebill->reviewer, "李四" },
    { &ebill->unit_seal_id, "320684001" },
    { &ebill->unit_seal_name, "海门市第一中学" },
    { &ebill->unit_seal_hash, "00" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    kai_notice_set (texts[i].field, texts[i].text);
  g_free (ebill->identity);
  ebill->identity = kai_ebill_identity (ebill->code, ebill->number);
  ebill->issue_date = kai_day_today ();
  add_item (ebill, "320600000001", "培训费", 2, 12000, KAI_STANDARD_FIXED, 6000);
  add_item (ebill, "320600000002", "资料费", 1, 50, KAI_STANDARD_FREE, 0);
  ebill->total = 12050;
  return ebill;
}

GBytes *
make_ebill_file (KaiEbill *ebill, const KaiTestKey *unit, const KaiTestKey *supervisor)
{
  g_autoptr (KaiKey) unit_key = kai_key_new_for_pkey (unit->pkey, unit->certificate);
  g_autoptr (KaiKey) supervisor_key =
      kai_key_new_for_pkey (supervisor->pkey, supervisor->certificate);
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) content = kai_ebill_content_build (ebill, &error);
  g_autoptr (KaiEbillSignature) signature = NULL;
  GBytes *file;

  g_assert_no_error (error);
  signature = kai_ebill_sign (content, unit_key, now, &error);
  g_assert_no_error (error);
  g_assert_true (kai_ebill_check_unit_signature (content, signature, unit->certificate, &error));
  file = kai_ebill_file_build (content, signature, supervisor_key, now, &error);
  g_assert_no_error (error);
  return file;
}
