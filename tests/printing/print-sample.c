#include "print-sample.h"

static KaiUnit unit = {
  .code = (char *)"320684001",
  .name = (char *)"南通市海门区第一实验小学",
  .region = (char *)"320684",
  .account_name = (char *)"南通市海门区财政局",
  .account = (char *)"1111822609000012345",
  .account_bank = (char *)"工商银行海门支行",
};

const KaiUnit *
sample_unit (void)
{
  return &unit;
}

static void
describe_item (KaiNoticeItem *item, const char *name)
{
  kai_notice_set (&item->name, name);
  kai_notice_set (&item->unit_of_measure, "学期");
  item->standard = KAI_STANDARD_FIXED;
  item->min = 10005;
}

KaiNotice *
sample_notice (int n)
{
  KaiNotice *notice = kai_notice_new ();

  kai_notice_set (&notice->payment_code, SAMPLE_CODE);
  kai_notice_set (&notice->check_code, "8K3A");
  kai_notice_set (&notice->unit_code, "320684001");
  kai_notice_set (&notice->payer_name, "𠮷龘㛃");
  kai_notice_set (&notice->payer_id, SAMPLE_ID);
  kai_notice_set (&notice->mobile, SAMPLE_MOBILE);
  kai_notice_set (&notice->memo, "请于开学前缴清");
  kai_notice_set (&notice->clerk_name, "王小明");
  notice->payer_kind = KAI_PAYER_PERSON;
  notice->bill_date = 20261121;
  notice->valid_until = 20261201;
  notice->late_fee = 100;
  for (int i = 0; i < n; i++)
    describe_item (kai_notice_add_item (notice, "103042705001", 1, 10005), "学费");
  g_assert_true (kai_notice_sum (notice));
  return notice;
}

KaiEbill *
sample_ebill (int n)
{
  KaiEbill *ebill = kai_ebill_new ();

  kai_notice_set (&ebill->name, "江苏省非税收入统一票据（电子）");
  kai_notice_set (&ebill->code, "32060126");
  kai_notice_set (&ebill->number, "0000012345");
  kai_notice_set (&ebill->check_code, "a1B2c3");
  kai_notice_set (&ebill->identity, "5432100000-62106023");
  kai_notice_set (&ebill->issuer_name, unit.name);
  kai_notice_set (&ebill->payer_name, "欧阳明月");
  kai_notice_set (&ebill->payer_code, SAMPLE_ID);
  kai_notice_set (&ebill->payment_code, SAMPLE_CODE);
  kai_notice_set (&ebill->clerk, "王小明");
  kai_notice_set (&ebill->reviewer, "李四");
  kai_notice_set (&ebill->unit_seal_name, "电子票据专用章");
  kai_notice_set (&ebill->supervisor_seal_name, "江苏省财政票据监制章");
  ebill->payer_kind = KAI_PAYER_PERSON;
  ebill->issue_date = 20261121;
  for (int i = 0; i < n; i++)
    {
      KaiNoticeItem *item = kai_notice_item_new ("103042705001", 1, 10005);

      describe_item (item, "学费");
      g_ptr_array_add (ebill->items, item);
      ebill->total += item->amount;
    }
  return ebill;
}

static char *
long_text (int length)
{
  GString *text = g_string_new (NULL);

  for (int i = 0; i < length; i++)
    g_string_append_unichar (text, 0x4e00 + (gunichar)(i * 37 % 5000));
  return g_string_free (text, FALSE);
}

KaiNotice *
sample_long_notice (int length)
{
  KaiNotice *notice = sample_notice (3);
  g_autofree char *text = long_text (length);
  char **fields[] = { &notice->check_code, &notice->unit_code, &notice->payer_name,
                      &notice->mobile,     &notice->memo,      &notice->clerk_name };

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    kai_notice_set (fields[i], text);
  for (guint i = 0; i < notice->items->len; i++)
    {
      KaiNoticeItem *item = g_ptr_array_index (notice->items, i);

      kai_notice_set (&item->name, text);
      kai_notice_set (&item->unit_of_measure, text);
      kai_notice_set (&item->code, text);
      item->amount = KAI_MONEY_MAX;
      item->quantity = 99999999;
      item->standard = KAI_STANDARD_RANGE;
      item->max = KAI_MONEY_MAX;
    }
  notice->amount = KAI_MONEY_MAX;
  return notice;
}

KaiEbill *
sample_long_ebill (int length)
{
  KaiEbill *ebill = sample_ebill (3);
  g_autofree char *text = long_text (length);
  char **fields[] = {
    &ebill->name,
    &ebill->code,
    &ebill->number,
    &ebill->check_code,
    &ebill->identity,
    &ebill->issuer_name,
    &ebill->payee_name,
    &ebill->payee_account,
    &ebill->payee_bank,
    &ebill->payer_name,
    &ebill->payer_code,
    &ebill->payment_code,
    &ebill->clerk,
    &ebill->reviewer,
    &ebill->remark,
    &ebill->related_code,
    &ebill->related_number,
    &ebill->unit_seal_name,
    &ebill->supervisor_seal_name,
  };

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    kai_notice_set (fields[i], text);
  ebill->total = -KAI_MONEY_MAX;
  return ebill;
}
